import { useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Form, Input } from 'antd';
import { Navigate, useNavigate, useSearchParams } from 'react-router';
import { api } from '@/api/client';
import { useAction } from '@/api/hooks';
import { forgetSession, refreshSession, useSessionQuery } from '@/api/session';
import { useDocumentTitle } from '@/components/PageHeader';
import { useRules } from '@/components/rules';
import { useSubmit } from '@/components/submit';
import { useTexts } from '@/i18n';
import { nextPath } from '@/shell/login';
import { authTexts } from './texts';

interface Values {
  old: string;
  new: string;
}

/** `/user/first-password`: a password that somebody else chose has to go before anything else. */
export default function FirstPasswordPage() {
  const t = useTexts(authTexts);
  const rules = useRules();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const { data: session } = useSessionQuery();
  const [form] = Form.useForm<Values>();
  const { send, busy, problem } = useSubmit(form, async (values: Values) => {
    await api.post('/account/password', { old: values.old, new: values.new });
    await refreshSession(client);
    await navigate(nextPath(search), { replace: true });
  });
  const signOut = useAction(async () => {
    await api.post('/logout', undefined, { anonymous: true });
    await forgetSession(client);
  });
  useDocumentTitle(t.firstTitle);
  if (!session?.signed_in?.must_change_password) return <Navigate to={nextPath(search)} replace />;
  return (
    <>
      <h1>{t.firstTitle}</h1>
      <p className="auth-intro">{t.firstIntro}</p>
      <Form form={form} layout="vertical" size="large" requiredMark={false} onFinish={(values) => void send(values)}>
        {problem && <Alert type="error" showIcon title={problem} className="dialog-problem" />}
        <Form.Item name="old" label={t.currentPassword} rules={[rules.required(t.currentPassword)]}>
          <Input.Password autoComplete="current-password" autoFocus />
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
        <Button type="primary" htmlType="submit" block loading={busy}>
          {t.firstSubmit}
        </Button>
      </Form>
      <div className="auth-links">
        <Button type="link" size="small" loading={signOut.busy} onClick={() => void signOut.run()}>
          {t.signOut}
        </Button>
      </div>
    </>
  );
}
