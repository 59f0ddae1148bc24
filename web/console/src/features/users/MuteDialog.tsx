import { Alert, App, Form, Skeleton } from 'antd';
import { api } from '@/api/client';
import { useInvalidate, useRead } from '@/api/hooks';
import type { MuteUser, UserMutes, UserRow } from '@/api/types/users';
import { FormDialog } from '@/components/FormDialog';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { MuteTime } from '../operations/MuteTime';
import { userTexts } from './texts';

interface Props {
  user: UserRow | undefined;
  open: boolean;
  onClose: () => void;
}

/** 全局禁言: how long the user may write to nobody, no group, no room. */
export function MuteDialog({ user, open, onClose }: Props) {
  const t = useTexts(userTexts);
  const app = useApp();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  const path = `${app.api}/users/${encodeURIComponent(user?.id ?? '')}/mute`;
  const now = useRead<UserMutes>(path, {}, { enabled: open && user !== undefined });
  const save = async (values: MuteUser): Promise<void> => {
    // What was not touched keeps running.
    const changed = Object.entries(values).filter(([kind, seconds]) => seconds !== now.data?.[kind as keyof MuteUser]);
    await api.put(path, Object.fromEntries(changed));
    await invalidate(path);
    void message.success(t.muteDone);
  };
  if (open && now.data === undefined) {
    return (
      <FormDialog title={t.muteTitle(user?.id ?? '')} open onClose={onClose} onSubmit={() => Promise.resolve()}>
        <Skeleton active paragraph={{ rows: 5 }} />
      </FormDialog>
    );
  }
  return (
    <FormDialog<MuteUser>
      key={user?.id}
      title={t.muteTitle(user?.id ?? '')}
      open={open}
      onClose={onClose}
      onSubmit={save}
      initial={now.data ? { chat: now.data.chat, groupchat: now.data.groupchat, chatroom: now.data.chatroom } : {}}
      intro={now.data?.enabled === false ? <Alert type="warning" showIcon title={t.muteOff} /> : t.muteText}
    >
      <Form.Item name="chat" label={t.muteChat}>
        <MuteTime />
      </Form.Item>
      <Form.Item name="groupchat" label={t.muteGroups}>
        <MuteTime />
      </Form.Item>
      <Form.Item name="chatroom" label={t.muteRooms} className="last-item">
        <MuteTime />
      </Form.Item>
    </FormDialog>
  );
}
