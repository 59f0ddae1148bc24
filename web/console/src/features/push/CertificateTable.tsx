import { Tooltip } from 'antd';
import type { Push, PushCertificate } from '@/api/types/push';
import { Clipped } from '@/components/Clipped';
import { DataTable } from '@/components/DataTable';
import { RowActions } from '@/components/RowActions';
import { StatusTag } from '@/components/StatusTag';
import { TimeText } from '@/components/TimeText';
import { useLanguage, useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useMay } from '@/shell/session';
import { useCertificateActions } from './certificateActions';
import { fieldTexts } from './fieldTexts';
import { day, minute, statusTones } from './status';
import { pushTexts } from './texts';
import { typeName } from './words';

/** What a row can lead to. */
interface Destinations {
  edit(certificate: PushCertificate): void;
  test(certificate: PushCertificate): void;
}

interface Props {
  push: Push | undefined;
  error: unknown;
  onRetry: () => void;
  to: Destinations;
}

export function CertificateTable({ push, error, onRetry, to }: Props) {
  const t = useTexts(pushTexts);
  const words = useTexts(common);
  const { options } = useTexts(fieldTexts);
  const { language } = useLanguage();
  return (
    <DataTable<PushCertificate>
      list={{ items: push?.certificates, error, refreshing: false, refetch: onRetry, pager: undefined }}
      rowKey="id"
      label={t.certificates}
      empty={t.empty}
      columns={[
        { title: t.name, dataIndex: 'name', render: (name: string) => <Clipped text={name} width={180} /> },
        { title: t.type, key: 'type', render: (_, certificate) => typeName(certificate, language) },
        {
          title: t.environment,
          dataIndex: 'environment',
          render: (environment: PushCertificate['environment']) =>
            environment ? options[environment] : <span className="faint">–</span>,
        },
        { title: t.package, dataIndex: 'package', render: (name: string | null) => <Clipped text={name} width={180} /> },
        { title: t.status, key: 'status', render: (_, certificate) => <Status of={certificate} /> },
        {
          title: `${t.created} / ${t.updated}`,
          key: 'times',
          render: (_, { created, updated }) => (
            <>
              <TimeText value={created} />
              <br />
              <TimeText value={updated} />
            </>
          ),
        },
        {
          title: words.actions,
          key: 'actions',
          fixed: 'right',
          width: 130,
          render: (_, certificate) => <Actions of={certificate} on={push?.enabled ?? true} to={to} />,
        },
      ]}
    />
  );
}

/** In a word, until when, and why. */
function Status({ of: { status, status_until, status_reason, expires, waiting } }: { of: PushCertificate }) {
  const t = useTexts(pushTexts);
  const tag = <StatusTag tone={statusTones[status]}>{t.statuses(status)}</StatusTag>;
  const until = {
    ok: '',
    disabled: '',
    banned: status_until && t.until(minute(status_until)),
    over_quota: status_until && t.until(minute(status_until)),
    expiring: expires && t.expiresOn(day(expires)),
    expired: expires && t.expiredOn(day(expires)),
  }[status];
  return (
    <span className="push-status">
      {status_reason ? (
        <Tooltip title={status_reason} trigger={['hover', 'focus']}>
          <span tabIndex={0}>{tag}</span>
        </Tooltip>
      ) : (
        tag
      )}
      {until && <small className="faint">{until}</small>}
      {waiting > 0 && <small className="faint">{t.waiting(waiting.toLocaleString())}</small>}
    </span>
  );
}

/** 编辑, and the rest in 更多. */
function Actions({ of: certificate, on, to }: { of: PushCertificate; on: boolean; to: Destinations }) {
  const t = useTexts(pushTexts);
  const words = useTexts(common);
  const readOnly = !useMay()('features');
  // Without the feature they can only be looked at and deleted.
  const idle = readOnly || !on;
  const { enable, disable, remove } = useCertificateActions();
  const { name, enabled } = certificate;
  return (
    <RowActions
      of={name}
      actions={[
        { key: 'edit', label: words.edit, hidden: idle, onClick: () => to.edit(certificate) },
        { key: 'test', label: t.test, hidden: idle, onClick: () => to.test(certificate) },
        { key: 'enable', label: t.enable, hidden: idle || enabled, onClick: () => enable(certificate) },
        { key: 'disable', label: t.disable, hidden: idle || !enabled, onClick: () => disable(certificate) },
        { key: 'delete', label: words.delete, hidden: readOnly, danger: true, onClick: () => remove(certificate) },
      ]}
    />
  );
}
