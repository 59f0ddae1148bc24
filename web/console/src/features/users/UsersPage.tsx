import { PlusOutlined } from '@ant-design/icons';
import { App, Button } from 'antd';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import { useCursors, useFilters } from '@/api/lists';
import type { UserRow } from '@/api/types/users';
import { Clipped } from '@/components/Clipped';
import { useConfirm } from '@/components/ConfirmDialog';
import { CopyText } from '@/components/CopyText';
import { DataTable } from '@/components/DataTable';
import { useOpening } from '@/components/dialog';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { RowActions } from '@/components/RowActions';
import { SearchInput } from '@/components/SearchInput';
import { StatusTag } from '@/components/StatusTag';
import { TimeText } from '@/components/TimeText';
import { Toolbar } from '@/components/Toolbar';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useApp } from '@/shell/app';
import { SendMessageDialog } from '../operations/SendMessageDialog';
import { CreateUserDialog } from './CreateUserDialog';
import { EditUserDialog } from './EditUserDialog';
import { MuteDialog } from './MuteDialog';
import { PushBindingsDialog } from './PushBindingsDialog';
import { RelationsDialog } from './RelationsDialog';
import { ResetPasswordDialog } from './ResetPasswordDialog';
import { TokenDialog } from './TokenDialog';
import { userTexts } from './texts';
import './users.css';

/** 用户管理. */
export default function UsersPage() {
  const t = useTexts(userTexts);
  const words = useTexts(common);
  const app = useApp();
  const [filters, setFilters] = useFilters(['search']);
  const list = useCursors<UserRow>(`${app.api}/users`, filters);
  const creating = useOpening();
  const editing = useOpening<UserRow>();
  const friends = useOpening<UserRow>();
  const blocked = useOpening<UserRow>();
  const bindings = useOpening<UserRow>();
  const resetting = useOpening<UserRow>();
  const token = useOpening<UserRow>();
  const muting = useOpening<UserRow>();
  const sending = useOpening<UserRow>();
  const ask = useUserQuestions();
  return (
    <>
      <PageHeader description={t.about} />
      <Panel>
        <Toolbar
          filters={
            <SearchInput label={t.search} value={filters.search} onSearch={(search) => setFilters({ search })} width={280} />
          }
        >
          <Button type="primary" icon={<PlusOutlined />} onClick={() => creating.show(true)}>
            {t.create}
          </Button>
        </Toolbar>
        <DataTable<UserRow>
          list={list}
          rowKey="id"
          label={t.users}
          empty={filters.search ? t.notFound : t.empty}
          columns={[
            { title: t.id, dataIndex: 'id', render: (id: string) => <CopyText text={id} what={t.id} /> },
            {
              title: t.nickname,
              dataIndex: 'nickname',
              render: (nickname: string | null) => <Clipped text={nickname ?? ''} width={180} />,
            },
            { title: t.created, dataIndex: 'created', render: (time: number) => <TimeText value={time} /> },
            {
              title: t.state,
              dataIndex: 'activated',
              render: (activated: boolean) => (
                <StatusTag tone={activated ? 'good' : 'bad'}>{activated ? t.normal : t.banned}</StatusTag>
              ),
            },
            {
              title: t.presence,
              dataIndex: 'online',
              render: (online: boolean) => (
                <StatusTag tone={online ? 'good' : 'off'}>{online ? t.online : t.offline}</StatusTag>
              ),
            },
            {
              title: words.actions,
              key: 'actions',
              fixed: 'right',
              width: 150,
              render: (_, user) => (
                <RowActions
                  of={user.id}
                  actions={[
                    { key: 'edit', label: t.edit, onClick: () => editing.show(user) },
                    { key: 'friends', label: t.friends, onClick: () => friends.show(user) },
                    { key: 'blocked', label: t.blocklist, onClick: () => blocked.show(user) },
                    { key: 'bindings', label: t.bindings, onClick: () => bindings.show(user) },
                    { key: 'token', label: t.token, onClick: () => token.show(user) },
                    { key: 'password', label: t.resetPassword, onClick: () => resetting.show(user) },
                    { key: 'send', label: t.send, onClick: () => sending.show(user) },
                    { key: 'mute', label: t.mute, onClick: () => muting.show(user) },
                    { key: 'ban', label: t.ban, hidden: !user.activated, danger: true, onClick: () => ask.ban(user) },
                    { key: 'unban', label: t.unban, hidden: user.activated, onClick: () => ask.unban(user) },
                    { key: 'offline', label: t.forceOffline, disabled: !user.online, onClick: () => ask.disconnect(user) },
                    { key: 'delete', label: t.remove, danger: true, onClick: () => ask.remove(user) },
                  ]}
                />
              ),
            },
          ]}
        />
      </Panel>
      <CreateUserDialog open={creating.open} onClose={creating.hide} />
      <EditUserDialog user={editing.about} open={editing.open} onClose={editing.hide} />
      <RelationsDialog kind="friends" user={friends.about} open={friends.open} onClose={friends.hide} />
      <RelationsDialog kind="blocklist" user={blocked.about} open={blocked.open} onClose={blocked.hide} />
      <PushBindingsDialog user={bindings.about} open={bindings.open} onClose={bindings.hide} />
      <ResetPasswordDialog user={resetting.about} open={resetting.open} onClose={resetting.hide} />
      <TokenDialog user={token.about} open={token.open} onClose={token.hide} />
      <MuteDialog user={muting.about?.id} open={muting.open} onClose={muting.hide} />
      <SendMessageDialog receivers="users" to={sending.about?.id} open={sending.open} onClose={sending.hide} />
    </>
  );
}

/** What is asked before a user is kept out or deleted. */
function useUserQuestions() {
  const t = useTexts(userTexts);
  const app = useApp();
  const confirm = useConfirm();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  const path = (user: UserRow): string => `${app.api}/users/${encodeURIComponent(user.id)}`;
  const done = async (text: string): Promise<void> => {
    await invalidate(`${app.api}/users`);
    void message.success(text);
  };
  const post = (user: UserRow, action: string, text: string) => async (): Promise<void> => {
    await api.post(`${path(user)}/${action}`, {});
    await done(text);
  };
  return {
    ban: (user: UserRow) =>
      confirm({
        title: t.banTitle(user.id),
        content: t.banText,
        okText: t.ban,
        danger: true,
        onOk: post(user, 'ban', t.banDone),
      }),
    unban: (user: UserRow) =>
      confirm({ title: t.unbanTitle(user.id), content: t.unbanText, okText: t.unban, onOk: post(user, 'unban', t.unbanDone) }),
    disconnect: (user: UserRow) =>
      confirm({
        title: t.offlineTitle(user.id),
        content: t.offlineText,
        okText: t.forceOffline,
        onOk: post(user, 'disconnect', t.offlineDone),
      }),
    remove: (user: UserRow) =>
      confirm({
        title: t.removeTitle(user.id),
        content: t.removeText,
        okText: t.remove,
        danger: true,
        typed: user.id,
        onOk: async () => {
          await api.delete(path(user));
          await done(t.removeDone);
        },
      }),
  };
}
