import { App, Form, Input } from 'antd';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import type { CreateUser } from '@/api/types/users';
import { FormDialog } from '@/components/FormDialog';
import { useRules } from '@/components/rules';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { passwordChars, nicknameChars, userIdPattern } from './limits';
import { userTexts } from './texts';

interface Props {
  open: boolean;
  onClose: () => void;
}

interface Values extends CreateUser {
  again: string;
}

/** 创建IM用户. */
export function CreateUserDialog({ open, onClose }: Props) {
  const t = useTexts(userTexts);
  const rules = useRules();
  const app = useApp();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  const create = async ({ user, nickname, password }: Values): Promise<void> => {
    const body: CreateUser = { user: user.trim(), password, ...(nickname ? { nickname } : {}) };
    await api.post(`${app.api}/users`, body);
    await invalidate(`${app.api}/users`, `${app.api}/overview`);
    void message.success(t.createDone(body.user.toLowerCase()));
  };
  return (
    <FormDialog<Values> title={t.create} open={open} onClose={onClose} onSubmit={create}>
      <Form.Item
        name="user"
        label={t.id}
        extra={t.idHint}
        validateFirst
        rules={[rules.required(t.id), rules.pattern(userIdPattern, t.idRule)]}
      >
        <Input autoComplete="off" spellCheck={false} />
      </Form.Item>
      <Form.Item name="nickname" label={t.nickname} rules={[rules.atMost(nicknameChars)]}>
        <Input autoComplete="off" />
      </Form.Item>
      <Form.Item name="password" label={t.password} rules={[rules.required(t.password), rules.atMost(passwordChars)]}>
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <Form.Item
        name="again"
        label={t.passwordAgain}
        dependencies={['password']}
        className="last-item"
        rules={[rules.required(t.passwordAgain), rules.sameAs('password')]}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
    </FormDialog>
  );
}
