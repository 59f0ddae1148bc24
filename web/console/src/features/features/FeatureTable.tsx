import { Progress } from 'antd';
import type { ReactNode } from 'react';
import { useNavigate } from 'react-router';
import type { FeatureRow } from '@/api/types/features';
import { DataTable } from '@/components/DataTable';
import { RowActions, type RowAction } from '@/components/RowActions';
import { StatusTag } from '@/components/StatusTag';
import { useLanguage, useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useApp } from '@/shell/app';
import { useMay } from '@/shell/session';
import { useName } from '../apps/tags';
import { noteOf } from './notes';
import { Summary } from './Summary';
import { useSwitch } from './switch';
import { featureTexts } from './texts';

/** What a row can lead to. */
interface Destinations {
  recall(): void;
  devices(): void;
  vas(row: FeatureRow): void;
  upgrade(row: FeatureRow): void;
}

interface Props {
  rows: readonly FeatureRow[] | undefined;
  error: unknown;
  onRetry: () => void;
  actions: Destinations;
}

export function FeatureTable({ rows, error, onRetry, actions }: Props) {
  const t = useTexts(featureTexts);
  const words = useTexts(common);
  const nameOf = useName();
  return (
    <DataTable<FeatureRow>
      list={{
        items: rows,
        error,
        refreshing: false,
        refetch: onRetry,
        pager: { kind: 'pages', page: 1, size: 20, total: undefined, quiet: true, go: () => undefined },
      }}
      rowKey="key"
      label={t.feature}
      empty={t.noMatch}
      minWidth={860}
      columns={[
        {
          title: t.feature,
          key: 'name',
          width: 220,
          render: (_, row) => <strong className="feature-name">{nameOf(row)}</strong>,
        },
        {
          title: t.scope,
          dataIndex: 'included',
          width: 120,
          render: (included: boolean) => (
            <span className={included ? '' : 'faint'}>{included ? t.included : t.notIncluded}</span>
          ),
        },
        { title: t.state, key: 'state', width: 160, render: (_, row) => <State row={row} /> },
        { title: t.extra, key: 'extra', render: (_, row) => <Extra row={row} /> },
        { title: words.actions, key: 'actions', width: 130, render: (_, row) => <Actions row={row} to={actions} /> },
      ]}
    />
  );
}

function State({ row }: { row: FeatureRow }) {
  const t = useTexts(featureTexts);
  const amount = useAmount();
  if (row.kind === 'switch' || row.kind === 'always') {
    return row.enabled ? <StatusTag tone="good">{t.on}</StatusTag> : <StatusTag tone="off">{t.off}</StatusTag>;
  }
  const limit = row.unlimited ? undefined : (row.limit ?? undefined);
  const used = row.used ?? undefined;
  return (
    <span className="quota">
      <strong>{amount(row, limit)}</strong>
      {used !== undefined && (
        <small className="faint">{t.used(used.toLocaleString())}</small>
      )}
      {used !== undefined && limit !== undefined && limit > 0 && (
        <Progress
          percent={Math.min(100, (used / limit) * 100)}
          showInfo={false}
          size="small"
          status={used >= limit ? 'exception' : 'normal'}
          {...(used < limit && used / limit >= 0.9 ? { strokeColor: nearlyFull } : {})}
          aria-hidden="true"
        />
      )}
    </span>
  );
}

const nearlyFull = '#c26a12';

/** A limit in words: 100, 7 天, 不限. */
export function useAmount(): (of: Pick<FeatureRow, 'kind'>, limit: number | null | undefined) => string {
  const t = useTexts(featureTexts);
  return ({ kind }, limit) => {
    if (limit === undefined || limit === null) return t.unlimited;
    return kind === 'days' ? t.days(limit.toLocaleString()) : limit.toLocaleString();
  };
}

function Extra({ row }: { row: FeatureRow }): ReactNode {
  const { language } = useLanguage();
  const note = noteOf(row.key, language);
  return (
    <span className="feature-extra">
      {row.enabled && <Summary row={row} />}
      {note && <span className="faint">{note.about}</span>}
    </span>
  );
}

/** One primary action, and 关闭 where that is possible. */
function Actions({ row, to }: { row: FeatureRow; to: Destinations }) {
  const t = useTexts(featureTexts);
  const nameOf = useName();
  const may = useMay();
  const { home } = useApp();
  const navigate = useNavigate();
  const { enable, disable } = useSwitch();
  const settings = {
    recall_windows: to.recall,
    device_policy: to.devices,
    ip_allowlist: () => void navigate(`${home}/im/security`),
    callbacks: () => void navigate(`${home}/im/callbacks`),
    sensitive_words: () => void navigate(`${home}/im/sensitive-words`),
    moderation: () => void navigate(`${home}/im/moderation/rules`),
    push_certificates: () => void navigate(`${home}/im/push/certs`),
    push_templates: () => void navigate(`${home}/im/push/templates`),
  };
  const primary: Record<FeatureRow['action'], Omit<RowAction, 'key'> | undefined> = {
    enable: { label: t.enable, onClick: () => enable(row), hidden: !may('features') },
    settings: { label: t.settings, onClick: () => row.settings && settings[row.settings](), hidden: !may('features') },
    upgrade: { label: t.upgrade, onClick: () => to.upgrade(row) },
    vas: { label: t.vas, onClick: () => to.vas(row) },
    none: undefined,
  };
  const action = primary[row.action];
  const shown: RowAction[] = action ? [{ key: row.action, ...action }] : [];
  shown.push({
    key: 'close',
    label: t.close,
    hidden: !row.can_disable || !row.enabled || !may('features'),
    onClick: () => disable(row),
  });
  return <RowActions of={nameOf(row)} actions={shown} inline={2} />;
}
