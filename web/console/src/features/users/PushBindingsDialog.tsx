import { Button, Modal } from 'antd';
import { useAll } from '@/api/lists';
import type { UserPushBinding, UserRow } from '@/api/types/users';
import { Clipped } from '@/components/Clipped';
import { DataTable } from '@/components/DataTable';
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
      width={720}
      destroyOnHidden
    >
      {user && <Bindings user={user} />}
    </Modal>
  );
}

type Line = UserPushBinding & { key: string };

function Bindings({ user }: { user: UserRow }) {
  const t = useTexts(userTexts);
  const app = useApp();
  const list = useAll<UserPushBinding>(
    `${app.api}/users/${encodeURIComponent(user.id)}/push-bindings`,
    {},
    { place: 'here' },
  );
  const lines = list.items?.map((line): Line => ({ ...line, key: `${line.device_id} ${line.notifier_name}` }));
  return (
    <DataTable<Line>
      list={{ ...list, items: lines }}
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
        { title: t.notifier, dataIndex: 'notifier_name' },
      ]}
    />
  );
}
