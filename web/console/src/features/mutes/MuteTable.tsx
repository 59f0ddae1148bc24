import { App } from 'antd';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import { useCursors } from '@/api/lists';
import type { MutedUser, MuteUser } from '@/api/types/users';
import { useConfirm } from '@/components/ConfirmDialog';
import { CopyText } from '@/components/CopyText';
import { DataTable } from '@/components/DataTable';
import { RowActions } from '@/components/RowActions';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useApp } from '@/shell/app';
import { operationTexts } from '../operations/texts';
import { muteTexts } from './texts';

const minute = 60;

/** Who is muted, and for how long still. */
export function MuteTable({ onEdit }: { onEdit: (user: string) => void }) {
  const t = useTexts(muteTexts);
  const words = useTexts(common);
  const app = useApp();
  // Time passes, and mutes end by themselves.
  const list = useCursors<MutedUser>(`${app.api}/mutes`, {}, { size: 20, every: minute * 1000 });
  const lift = useLift();
  const rest = (seconds: number) => <Rest seconds={seconds} />;
  return (
    <DataTable<MutedUser>
      list={list}
      rowKey="user"
      label={t.mutes}
      empty={t.empty}
      columns={[
        { title: t.id, dataIndex: 'user', render: (id: string) => <CopyText text={id} what={t.id} /> },
        { title: t.chat, dataIndex: 'chat', width: 180, render: rest },
        { title: t.groups, dataIndex: 'groupchat', width: 180, render: rest },
        { title: t.rooms, dataIndex: 'chatroom', width: 180, render: rest },
        {
          title: words.actions,
          key: 'actions',
          fixed: 'right',
          width: 170,
          render: (_, { user }) => (
            <RowActions
              of={user}
              actions={[
                { key: 'edit', label: t.edit, onClick: () => onEdit(user) },
                { key: 'lift', label: t.lift, onClick: () => lift(user) },
              ]}
            />
          ),
        },
      ]}
    />
  );
}

/** How long a mute still holds. */
function Rest({ seconds }: { seconds: number }) {
  const t = useTexts(muteTexts);
  const { duration } = useTexts(operationTexts);
  if (seconds === 0) return <span className="faint">–</span>;
  return seconds < 0 ? t.forever : duration(Math.ceil(seconds / minute));
}

/** 解除禁言, once it is confirmed. */
function useLift(): (user: string) => void {
  const t = useTexts(muteTexts);
  const app = useApp();
  const confirm = useConfirm();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  return (user) =>
    confirm({
      title: t.liftTitle(user),
      content: t.liftText,
      okText: t.lift,
      onOk: async () => {
        const none: MuteUser = { chat: 0, groupchat: 0, chatroom: 0 };
        await api.put(`${app.api}/users/${encodeURIComponent(user)}/mute`, none);
        await invalidate(`${app.api}/mutes`);
        void message.success(t.liftDone);
      },
    });
}
