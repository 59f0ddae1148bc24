import { App, Button } from 'antd';
import { api } from '@/api/client';
import { useInvalidate, useRead } from '@/api/hooks';
import type { AppGrant, AppGrants } from '@/api/types/billing';
import { useConfirm } from '@/components/ConfirmDialog';
import { DataTable } from '@/components/DataTable';
import { useOpening } from '@/components/dialog';
import { Panel } from '@/components/Panel';
import { RowActions } from '@/components/RowActions';
import { TimeText } from '@/components/TimeText';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useName } from '../apps/tags';
import { useAmount } from '../features/FeatureTable';
import { GrantDialog } from './GrantDialog';
import { useGrantsPath } from './grantsPath';
import { grantTexts } from './grantTexts';

/** 授权: what the operator has given this app beside its plan. */
export function GrantsPanel() {
  const t = useTexts(grantTexts);
  const words = useTexts(common);
  const nameOf = useName();
  const path = useGrantsPath();
  const { data, error, refetch } = useRead<AppGrants>(path);
  const adding = useOpening();
  const remove = useRemoval();
  return (
    <Panel title={t.title} extra={<Button onClick={() => adding.show(true)}>{t.add}</Button>}>
      <p className="panel-hint">{t.about}</p>
      <DataTable<AppGrant>
        list={{ items: data?.items, error, refreshing: false, refetch: () => void refetch(), pager: undefined }}
        rowKey="feature"
        label={t.title}
        empty={t.none}
        columns={[
          { title: t.feature, key: 'feature', render: (_, grant) => nameOf(grant) },
          { title: t.value, key: 'value', render: (_, grant) => <Value grant={grant} /> },
          {
            title: t.expires,
            dataIndex: 'expires',
            render: (time: number | null) => (time === null ? t.never : <TimeText value={time} />),
          },
          {
            title: words.actions,
            key: 'actions',
            render: (_, grant) => (
              <RowActions
                of={nameOf(grant)}
                actions={[{ key: 'remove', label: t.remove, danger: true, onClick: () => remove(grant) }]}
              />
            ),
          },
        ]}
      />
      <GrantDialog open={adding.open} onClose={adding.hide} />
    </Panel>
  );
}

function Value({ grant }: { grant: AppGrant }) {
  const t = useTexts(grantTexts);
  const amount = useAmount();
  const { kind, unlimited, limit } = grant;
  if (kind === 'switch') return <>{t.granted}</>;
  return <>{unlimited ? t.unlimited : amount({ kind }, limit)}</>;
}

function useRemoval(): (grant: AppGrant) => void {
  const t = useTexts(grantTexts);
  const path = useGrantsPath();
  const nameOf = useName();
  const confirm = useConfirm();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  return (grant) =>
    confirm({
      title: t.removeTitle(nameOf(grant)),
      content: t.removeText,
      okText: t.remove,
      danger: true,
      onOk: async () => {
        await api.delete(`${path}/${grant.feature}`);
        await invalidate(path, '/apps');
        void message.success(t.removed);
      },
    });
}
