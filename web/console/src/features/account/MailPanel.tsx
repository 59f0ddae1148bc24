import { Alert, Descriptions } from 'antd';
import { useRead } from '@/api/hooks';
import type { MailStatus } from '@/api/types/account';
import { ErrorState } from '@/components/ErrorState';
import { StatusTag } from '@/components/StatusTag';
import { TimeText } from '@/components/TimeText';
import { useTexts } from '@/i18n';
import { organisationTexts } from './organisationTexts';

/** How the mails do, which the operator would otherwise learn from customers. */
export function MailPanel() {
  const t = useTexts(organisationTexts);
  const { data, error, refetch } = useRead<MailStatus>('/mail', {}, { every: 10_000 });
  if (error && !data) return <ErrorState error={error} onRetry={() => void refetch()} />;
  const failure = data?.last_failure;
  return (
    <>
      {data && !data.configured && <Alert type="warning" showIcon title={t.noMail} className="dialog-problem" />}
      <Descriptions
        column={4}
        items={[
          {
            key: 'state',
            label: t.state,
            children: data && (
              <StatusTag tone={data.configured ? 'good' : 'off'}>{data.configured ? t.configured : t.notConfigured}</StatusTag>
            ),
          },
          { key: 'queued', label: t.queued, children: data?.queued },
          { key: 'sent', label: t.sent, children: data?.sent },
          { key: 'failed', label: t.failed, children: data?.failed },
        ]}
      />
      {failure && (
        <Alert
          type="error"
          showIcon
          title={
            <>
              {t.lastFailure} <TimeText value={failure.time} />
            </>
          }
          description={failure.why}
        />
      )}
    </>
  );
}
