import { App, Form, Input } from 'antd';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import type { MuteUser } from '@/api/types/users';
import { FormDialog } from '@/components/FormDialog';
import { useRules } from '@/components/rules';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { userIdPattern } from '../users/limits';
import { MuteFields } from '../users/MuteFields';
import { userTexts } from '../users/texts';
import { muteTexts } from './texts';

interface Props {
  open: boolean;
  onClose: () => void;
}

interface Values extends Required<MuteUser> {
  user: string;
}

const initial: Values = { user: '', chat: 0, groupchat: 0, chatroom: 0 };

/** 添加禁言: who is muted, and for how long in which type of chat. */
export function AddMuteDialog({ open, onClose }: Props) {
  const t = useTexts(muteTexts);
  const users = useTexts(userTexts);
  const rules = useRules();
  const app = useApp();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  const save = async ({ user, ...times }: Values): Promise<void> => {
    // Whoever is muted already stays so where nothing was chosen.
    const chosen: MuteUser = Object.fromEntries(Object.entries(times).filter(([, seconds]) => seconds !== 0));
    if (Object.keys(chosen).length === 0) throw new Error(t.addNone);
    const id = user.trim().toLowerCase();
    await api.put(`${app.api}/users/${encodeURIComponent(id)}/mute`, chosen);
    await invalidate(`${app.api}/mutes`);
    void message.success(t.addDone(id));
  };
  return (
    <FormDialog<Values> title={t.add} open={open} onClose={onClose} onSubmit={save} initial={initial} intro={t.addText} submitText={t.add}>
      <Form.Item
        name="user"
        label={t.id}
        validateFirst
        rules={[rules.required(t.id), rules.pattern(userIdPattern, users.idRule)]}
      >
        <Input autoComplete="off" spellCheck={false} />
      </Form.Item>
      <MuteFields />
    </FormDialog>
  );
}
