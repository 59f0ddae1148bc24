import { App, Button, Modal } from 'antd';
import { api } from '@/api/client';
import { useInvalidate, useRead } from '@/api/hooks';
import type { PushBindingRow, UserPush } from '@/api/types/push';
import type { UserRow } from '@/api/types/users';
import { Clipped } from '@/components/Clipped';
import { useConfirm } from '@/components/ConfirmDialog';
import { DataTable } from '@/components/DataTable';
import { RowActions } from '@/components/RowActions';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useApp } from '@/shell/app';
import { userTexts } from './texts';

interface Props {
  user: UserRow | undefined;
  open: boolean;
  onClose: () => void;
}

/** 查看IM用户绑定推送证书. */
export function PushBindingsDialog({ user, open, onClose }: Props) {
  const t = useTexts(userTexts);
  const words = useTexts(common);
  return (
    <Modal
      title={t.bindingsTitle(user?.id ?? '')}
      open={open}
      onCancel={onClose}
      footer={<Button onClick={onClose}>{words.close}</Button>}
      width={800}
      destroyOnHidden
    >
      {user && <Bindings user={user} />}
    </Modal>
  );
}

type Line = PushBindingRow & { key: string };

function Bindings({ user }: { user: UserRow }) {
  const t = useTexts(userTexts);
  const words = useTexts(common);
  const app = useApp();
  const confirm = useConfirm();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  const path = `${app.api}/users/${encodeURIComponent(user.id)}/push`;
  const read = useRead<UserPush>(path);
  const lines = read.data?.bindings.map((line): Line => ({ ...line, key: `${line.device_id} ${line.notifier_name}` }));
  const unbind = ({ device_id, notifier_name }: PushBindingRow): void =>
    confirm({
      title: t.bindingRemoveTitle(notifier_name),
      content: t.bindingRemoveText(device_id),
      okText: t.unbind,
      danger: true,
      onOk: async () => {
        await api.delete(`${path}/bindings`, undefined, { query: { device_id, notifier_name } });
        await invalidate(path);
        void message.success(t.bindingRemoveDone);
      },
    });
  return (
    <DataTable<Line>
      list={{ items: lines, error: read.error, refreshing: false, refetch: () => void read.refetch(), pager: undefined }}
      rowKey="key"
      label={t.bindings}
      empty={t.bindingsEmpty}
      columns={[
        { title: t.deviceId, dataIndex: 'device_id', render: (id: string) => <Clipped text={id} width={180} /> },
        {
          title: t.deviceToken,
          dataIndex: 'device_token',
          render: (token: string) => <Clipped text={token} width={220} />,
        },
        { title: t.notifier, dataIndex: 'notifier_name', render: (name: string) => <Clipped text={name} width={160} /> },
        {
          title: words.actions,
          key: 'actions',
          render: (_, line) => (
            <RowActions
              of={line.device_id}
              actions={[{ key: 'unbind', label: t.unbind, danger: true, onClick: () => unbind(line) }]}
            />
          ),
        },
      ]}
    />
  );
}
