import { Alert, App, Button, Form, Input } from 'antd';
import { Link, useNavigate, useSearchParams } from 'react-router';
import { api } from '@/api/client';
import { Notice } from '@/components/Notice';
import { useDocumentTitle } from '@/components/PageHeader';
import { useRules } from '@/components/rules';
import { useSubmit } from '@/components/submit';
import { useTexts } from '@/i18n';
import { authTexts } from './texts';

/** `/user/reset?token=…`: where the mail's link leads. */
export default function ResetPage() {
  const t = useTexts(authTexts);
  const rules = useRules();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const token = search.get('token');
  const [form] = Form.useForm<{ password: string }>();
  const { send, busy, problem } = useSubmit(form, async ({ password }: { password: string }) => {
    await api.post('/password/reset', { token, password }, { anonymous: true });
    void message.success(t.resetDone);
    await navigate('/user/login', { replace: true });
  });
  useDocumentTitle(t.resetTitle);
  if (!token) {
    return (
      <Notice status="warning" title={t.linkMissing} text={t.linkMissingHint}>
        <Link to="/user/forgot">
          <Button type="primary">{t.forgotTitle}</Button>
        </Link>
      </Notice>
    );
  }
  return (
    <>
      <h1>{t.resetTitle}</h1>
      <Form form={form} layout="vertical" size="large" requiredMark={false} onFinish={(values) => void send(values)}>
        {problem && (
          <Alert
            type="error"
            showIcon
            title={problem}
            className="dialog-problem"
            action={<Link to="/user/forgot">{t.forgotTitle}</Link>}
          />
        )}
        <Form.Item
          name="password"
          label={t.newPassword}
          extra={rules.passwordHint}
          rules={[rules.required(t.newPassword), rules.password]}
        >
          <Input.Password autoComplete="new-password" autoFocus />
        </Form.Item>
        <Form.Item
          name="repeated"
          label={t.confirmPassword}
          dependencies={['password']}
          rules={[rules.required(t.confirmPassword), rules.sameAs('password')]}
        >
          <Input.Password autoComplete="new-password" />
        </Form.Item>
        <Button type="primary" htmlType="submit" block loading={busy}>
          {t.resetSubmit}
        </Button>
      </Form>
    </>
  );
}
