import { App, Form, Input, Switch } from 'antd';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import { FormDialog } from '@/components/FormDialog';
import { useRules } from '@/components/rules';
import { OrgField } from '@/features/auth/OrgField';
import { PasswordField } from '@/features/members/PasswordField';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { organisationTexts } from './organisationTexts';

interface Props {
  open: boolean;
  onClose: () => void;
}

interface Values {
  org: string;
  title: string;
  withAdmin: boolean;
  email?: string;
  password?: string;
}

export function CreateOrganisationDialog({ open, onClose }: Props) {
  const t = useTexts(organisationTexts);
  const words = useTexts(common);
  const rules = useRules();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  const [form] = Form.useForm<Values>();
  const withAdmin = Form.useWatch('withAdmin', form);
  return (
    <FormDialog<Values>
      form={form}
      title={t.createTitle}
      open={open}
      onClose={onClose}
      submitText={words.create}
      initial={{ withAdmin: true }}
      onSubmit={async ({ org, title, withAdmin, email, password }) => {
        const admin = withAdmin ? { email: email?.trim(), password } : {};
        await api.post('/organisations', { org, title: title.trim(), ...admin });
        await invalidate('/organisations');
        void message.success(t.done(org));
      }}
    >
      <OrgField required hint={t.orgHint} check={(org) => api.get('/register/check', { org })} />
      <Form.Item name="title" label={t.companyName} rules={[rules.required(t.companyName), rules.atMost(64)]}>
        <Input autoComplete="off" />
      </Form.Item>
      <Form.Item name="withAdmin" label={t.withSuperAdmin} extra={t.superAdminText} valuePropName="checked">
        <Switch />
      </Form.Item>
      {withAdmin && (
        <>
          <Form.Item name="email" label={t.email} rules={[rules.required(t.email), rules.email]} validateTrigger="onBlur">
            <Input type="email" autoComplete="off" />
          </Form.Item>
          <PasswordField label={t.password} />
        </>
      )}
    </FormDialog>
  );
}
