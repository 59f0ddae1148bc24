import { useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Form, Input } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { Link, Navigate, useNavigate, useSearchParams } from 'react-router';
import { refreshSession, useSessionQuery } from '@/api/session';
import type { LoginState } from '@/api/types/account';
import { useDocumentTitle } from '@/components/PageHeader';
import { useRules } from '@/components/rules';
import { useSubmit } from '@/components/submit';
import { useTexts } from '@/i18n';
import { nextPath } from '@/shell/login';
import { Agreement } from './Agreement';
import { postWithProof } from './proof';
import { authTexts } from './texts';

const SecondFactor = lazy(() => import('./SecondFactor'));

type Pending = Extract<LoginState, { status: 'factor_required' }>;

/** `/user/login`: the password, then the second factor where login protection is on. */
export default function LoginPage() {
  const t = useTexts(authTexts);
  const [search] = useSearchParams();
  const { data: session } = useSessionQuery();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [pending, setPending] = useState<Pending>();
  useDocumentTitle(t.signIn);
  if (session?.signed_in && !pending) return <Navigate to={nextPath(search)} replace />;

  const enter = async (): Promise<void> => {
    client.clear();
    await refreshSession(client);
    await navigate(nextPath(search), { replace: true });
  };
  if (pending) {
    return (
      <Suspense>
        <SecondFactor pending={pending} onDone={enter} onBack={() => setPending(undefined)} />
      </Suspense>
    );
  }
  return (
    <PasswordForm
      registration={session?.installation.registration !== 'closed'}
      onAnswer={async (answer) => {
        if (answer.status === 'signed_in') await enter();
        else setPending(answer);
      }}
    />
  );
}

interface Credentials {
  email: string;
  password: string;
}

interface PasswordProps {
  /** Whether to offer a way to an account of one's own. */
  registration: boolean;
  onAnswer: (answer: LoginState) => Promise<void>;
}

function PasswordForm({ registration, onAnswer }: PasswordProps) {
  const t = useTexts(authTexts);
  const rules = useRules();
  const [form] = Form.useForm<Credentials>();
  const [working, setWorking] = useState(false);
  const { send, busy, problem } = useSubmit(form, async ({ email, password }: Credentials) => {
    await onAnswer(await postWithProof<LoginState>('/login', { email: email.trim(), password }, setWorking));
  });
  return (
    <>
      <h1>{t.signIn}</h1>
      <Form form={form} layout="vertical" size="large" requiredMark={false} onFinish={(values) => void send(values)}>
        {problem && <Alert type="error" showIcon title={problem} className="dialog-problem" />}
        <Form.Item name="email" label={t.email} rules={[rules.required(t.email), rules.email]} validateTrigger="onBlur">
          <Input type="email" autoComplete="username" autoFocus />
        </Form.Item>
        <Form.Item name="password" label={t.password} rules={[rules.required(t.password)]}>
          <Input.Password autoComplete="current-password" />
        </Form.Item>
        <Agreement />
        <Button type="primary" htmlType="submit" block loading={busy}>
          {working ? t.checking : t.signIn}
        </Button>
      </Form>
      <div className="auth-links">
        <Link to="/user/forgot">{t.forgot}</Link>
        {registration && (
          <span>
            {t.noAccount} <Link to="/user/register">{t.register}</Link>
          </span>
        )}
      </div>
    </>
  );
}
