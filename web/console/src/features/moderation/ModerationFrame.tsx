import { Alert } from 'antd';
import type { ReactNode } from 'react';
import type { Moderation } from '@/api/types/moderation';
import { ErrorState } from '@/components/ErrorState';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { StatusTag } from '@/components/StatusTag';
import { useTexts } from '@/i18n';
import { FeatureOff, ToFeatures } from '../features/FeatureOff';
import { useModeration } from './service';
import { moderationTexts } from './texts';
import '../apps/apps.css';
import './moderation.css';

interface Props {
  /** What the page is for. */
  about: string;
  extra?: ReactNode;
  /** What it shows is of use while moderation is off, too. */
  stays?: boolean;
  children: (service: Moderation) => ReactNode;
}

/** A page of 内容审核: its head, and the page itself where the app has moderation. */
export function ModerationFrame({ about, extra, stays = false, children }: Props) {
  const t = useTexts(moderationTexts);
  const { data: service, error, refetch } = useModeration();
  const shown = service && (service.enabled || stays) ? service : undefined;
  return (
    <>
      <PageHeader status={service && <State service={service} />} description={about} extra={extra} />
      {shown && !shown.enabled && (
        <Alert type="warning" showIcon title={shown.included ? t.disabledNotice : t.offNotice} action={<ToFeatures />} />
      )}
      {shown ? (
        children(shown)
      ) : (
        <Panel loading={!service && !error} lines={8}>
          {service ? (
            <FeatureOff
              title={service.included ? t.disabledTitle : t.offTitle}
              hint={service.included ? t.disabledHint : t.offHint}
            />
          ) : (
            <ErrorState error={error} onRetry={() => void refetch()} />
          )}
        </Panel>
      )}
    </>
  );
}

function State({ service: { included, enabled } }: { service: Moderation }) {
  const t = useTexts(moderationTexts);
  return <StatusTag tone={enabled ? 'good' : 'off'}>{enabled ? t.on : included ? t.disabled : t.off}</StatusTag>;
}
