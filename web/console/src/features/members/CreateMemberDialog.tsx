import { App, Form, Input } from 'antd';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import { FormDialog } from '@/components/FormDialog';
import { useRules } from '@/components/rules';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useOrgQuery } from '@/shell/organisation';
import { PasswordField } from './PasswordField';
import { AppsFields, rightsBody, RoleField, type Rights } from './RightsFields';
import { memberTexts } from './texts';
import './members.css';

interface Props {
  open: boolean;
  onClose: () => void;
}

interface Values extends Rights {
  email: string;
  password: string;
  name?: string;
  phone?: string;
  remark?: string;
}

export function CreateMemberDialog({ open, onClose }: Props) {
  const t = useTexts(memberTexts);
  const words = useTexts(common);
  const rules = useRules();
  const query = useOrgQuery();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  return (
    <FormDialog<Values>
      title={t.createTitle}
      open={open}
      onClose={onClose}
      submitText={words.create}
      initial={{ role: 'developer', scope: 'all', may_reveal_secret: true }}
      onSubmit={async ({ email, password, name = '', phone = '', remark = '', ...rights }) => {
        const body = { email: email.trim(), password, name, phone, remark, ...rightsBody(rights) };
        await api.post('/members', body, { query });
        await invalidate('/members');
        void message.success(t.createdText(email.trim()));
      }}
    >
      <Form.Item name="email" label={t.email} rules={[rules.required(t.email), rules.email]} validateTrigger="onBlur">
        <Input type="email" autoComplete="off" />
      </Form.Item>
      <PasswordField label={t.password} />
      <RoleField />
      <AppsFields />
      <ContactFields />
    </FormDialog>
  );
}

export function ContactFields() {
  const t = useTexts(memberTexts);
  const rules = useRules();
  return (
    <>
      <div className="two-fields">
        <Form.Item name="name" label={t.name} rules={[rules.atMost(64)]}>
          <Input autoComplete="off" />
        </Form.Item>
        <Form.Item name="phone" label={t.phone} rules={[rules.pattern(/^[-+() 0-9]{3,32}$/, t.phoneRule)]}>
          <Input type="tel" autoComplete="off" />
        </Form.Item>
      </div>
      <Form.Item name="remark" label={t.remark} rules={[rules.atMost(128)]} className="last-item">
        <Input autoComplete="off" />
      </Form.Item>
    </>
  );
}
