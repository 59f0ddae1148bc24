import { App, Form, Input } from 'antd';
import { api } from '@/api/client';
import type { NewPassword, UserRow } from '@/api/types/users';
import { FormDialog } from '@/components/FormDialog';
import { useRules } from '@/components/rules';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { passwordChars } from './limits';
import { userTexts } from './texts';

interface Props {
  user: UserRow | undefined;
  open: boolean;
  onClose: () => void;
}

interface Values extends NewPassword {
  again: string;
}

/** 重置密码. */
export function ResetPasswordDialog({ user, open, onClose }: Props) {
  const t = useTexts(userTexts);
  const rules = useRules();
  const app = useApp();
  const { message } = App.useApp();
  const reset = async ({ password }: Values): Promise<void> => {
    const body: NewPassword = { password };
    await api.post(`${app.api}/users/${encodeURIComponent(user?.id ?? '')}/password`, body);
    void message.success(t.resetDone);
  };
  return (
    <FormDialog<Values>
      title={t.resetTitle(user?.id ?? '')}
      open={open}
      onClose={onClose}
      onSubmit={reset}
      intro={t.resetText}
    >
      <Form.Item name="password" label={t.newPassword} rules={[rules.required(t.newPassword), rules.atMost(passwordChars)]}>
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
