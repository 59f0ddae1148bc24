import { App, Form, Input } from 'antd';
import { api } from '@/api/client';
import { FormDialog } from '@/components/FormDialog';
import { useRules } from '@/components/rules';
import { useTexts } from '@/i18n';
import { accountTexts } from './texts';

interface Props {
  open: boolean;
  onClose: () => void;
}

export function PasswordDialog({ open, onClose }: Props) {
  const t = useTexts(accountTexts);
  const rules = useRules();
  const { message } = App.useApp();
  return (
    <FormDialog<{ old: string; new: string }>
      title={t.changePassword}
      open={open}
      onClose={onClose}
      width={460}
      onSubmit={async (values) => {
        await api.post('/account/password', { old: values.old, new: values.new });
        void message.success(t.passwordChanged);
      }}
    >
      <Form.Item name="old" label={t.currentPassword} rules={[rules.required(t.currentPassword)]}>
        <Input.Password autoComplete="current-password" />
      </Form.Item>
      <Form.Item
        name="new"
        label={t.newPassword}
        extra={rules.passwordHint}
        dependencies={['old']}
        rules={[rules.required(t.newPassword), rules.password, rules.differentFrom('old', t.different)]}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <Form.Item
        name="repeated"
        label={t.confirmPassword}
        dependencies={['new']}
        rules={[rules.required(t.confirmPassword), rules.sameAs('new')]}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
    </FormDialog>
  );
}
