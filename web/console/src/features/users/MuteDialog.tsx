import { Alert, App, Skeleton } from 'antd';
import { api } from '@/api/client';
import { useInvalidate, useRead } from '@/api/hooks';
import type { MuteUser, UserMutes } from '@/api/types/users';
import { FormDialog } from '@/components/FormDialog';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { MuteFields } from './MuteFields';
import { userTexts } from './texts';

interface Props {
  /** Who. */
  user: string | undefined;
  open: boolean;
  onClose: () => void;
}

/** 全局禁言: how long the user may write to nobody, no group, no room. */
export function MuteDialog({ user, open, onClose }: Props) {
  const t = useTexts(userTexts);
  const app = useApp();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  // While it is closed it asks about nobody: it always starts with what is so now.
  const path = `${app.api}/users/${encodeURIComponent((open && user) || '')}/mute`;
  const now = useRead<UserMutes>(path, {}, { enabled: open && user !== undefined, fresh: true });
  const save = async (values: MuteUser): Promise<void> => {
    // What was not touched keeps running.
    const changed = Object.entries(values).filter(([kind, seconds]) => seconds !== now.data?.[kind as keyof MuteUser]);
    await api.put(path, Object.fromEntries(changed));
    await invalidate(`${app.api}/mutes`);
    void message.success(t.muteDone);
  };
  if (open && now.data === undefined) {
    return (
      <FormDialog title={t.muteTitle(user ?? '')} open onClose={onClose} onSubmit={() => Promise.resolve()}>
        <Skeleton active paragraph={{ rows: 5 }} />
      </FormDialog>
    );
  }
  return (
    <FormDialog<MuteUser>
      key={user}
      title={t.muteTitle(user ?? '')}
      open={open}
      onClose={onClose}
      onSubmit={save}
      initial={now.data ? { chat: now.data.chat, groupchat: now.data.groupchat, chatroom: now.data.chatroom } : {}}
      intro={now.data?.enabled === false ? <Alert type="warning" showIcon title={t.muteOff} /> : t.muteText}
    >
      <MuteFields />
    </FormDialog>
  );
}
