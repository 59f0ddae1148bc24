import { useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Form, Input, Radio } from 'antd';
import { useState, type ReactNode } from 'react';
import { Link, useNavigate, useSearchParams } from 'react-router';
import { api } from '@/api/client';
import { useRead } from '@/api/hooks';
import { refreshSession, useSessionQuery } from '@/api/session';
import type { InviteInfo, OrgKind, RegisterRequest } from '@/api/types/account';
import { ErrorState } from '@/components/ErrorState';
import { Notice } from '@/components/Notice';
import { useDocumentTitle } from '@/components/PageHeader';
import { useRules } from '@/components/rules';
import { useSubmit } from '@/components/submit';
import { useLanguage, useTexts } from '@/i18n';
import { shellTexts } from '@/shell/texts';
import { Agreement } from './Agreement';
import { OrgField } from './OrgField';
import { postWithProof } from './proof';
import { authTexts } from './texts';

/** `/user/register`: open to everybody, to those with an invitation, or to nobody. */
export default function RegisterPage() {
  const t = useTexts(authTexts);
  const [search] = useSearchParams();
  const { data: session } = useSessionQuery();
  const token = search.get('token') ?? undefined;
  useDocumentTitle(t.registerTitle);
  const registration = session?.installation.registration;
  // Members are invited even where nobody can register an organisation.
  if (token !== undefined) return <WithInvitation token={token} />;
  if (registration === 'closed') return <NoWay title={t.closedTitle}>{t.closedHint}</NoWay>;
  if (registration === 'invite') return <AskForInvitation />;
  return <RegisterForm />;
}

function NoWay({ title, children }: { title: string; children: ReactNode }) {
  const t = useTexts(authTexts);
  return (
    <Notice title={title} text={children}>
      <Link to="/user/login">
        <Button type="primary">{t.backToSignIn}</Button>
      </Link>
    </Notice>
  );
}

function AskForInvitation() {
  const t = useTexts(authTexts);
  const rules = useRules();
  const [, setSearch] = useSearchParams();
  return (
    <>
      <h1>{t.inviteTitle}</h1>
      <p className="auth-intro">{t.inviteHint}</p>
      <Form<{ code: string }>
        layout="vertical"
        size="large"
        requiredMark={false}
        onFinish={({ code }) => setSearch({ token: code.trim() })}
      >
        <Form.Item name="code" label={t.inviteCode} rules={[rules.required(t.inviteCode)]}>
          <Input autoFocus autoComplete="off" />
        </Form.Item>
        <Button type="primary" htmlType="submit" block>
          {t.useInvite}
        </Button>
      </Form>
      <SignInInstead />
    </>
  );
}

function WithInvitation({ token }: { token: string }) {
  const t = useTexts(authTexts);
  const { data, error, refetch } = useRead<InviteInfo>(`/invite/${encodeURIComponent(token)}`);
  if (error && 'status' in error) return <NoWay title={t.inviteInvalid}>{t.inviteHint}</NoWay>;
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  return data ? <RegisterForm token={token} invitation={data} /> : null;
}

interface Values {
  kind?: OrgKind;
  company?: string;
  name?: string;
  email: string;
  password: string;
  org?: string;
}

function RegisterForm({ token, invitation }: { token?: string; invitation?: InviteInfo }) {
  const t = useTexts(authTexts);
  const roles = useTexts(shellTexts);
  const rules = useRules();
  const { language } = useLanguage();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [form] = Form.useForm<Values>();
  const [working, setWorking] = useState(false);
  const kind = Form.useWatch('kind', form);
  const { send, busy, problem } = useSubmit(form, async (values: Values) => {
    const { kind, company, name, email, password, org } = values;
    const body: RegisterRequest = { email: email.trim(), password, language, agree: true };
    if (kind) body.kind = kind;
    if (company) body.company = company.trim();
    if (name) body.name = name.trim();
    if (org) body.org = org;
    if (token) body.invite = token;
    await postWithProof('/register', body, setWorking);
    client.clear();
    await refreshSession(client);
    await navigate('/', { replace: true });
  });
  const joins = invitation?.org ?? undefined;
  const invited = joins ? t.invitedTo(joins, roles[invitation?.role ?? 'developer']) : t.invitedNew;
  return (
    <>
      <h1>{t.registerTitle}</h1>
      {invitation && <Alert type="info" showIcon title={invited} className="dialog-problem" />}
      <Form
        form={form}
        layout="vertical"
        scrollToFirstError={{ focus: true }}
        initialValues={{ kind: 'company', email: invitation?.email ?? undefined }}
        onFinish={(values) => void send(values)}
      >
        {problem && <Alert type="error" showIcon title={problem} className="dialog-problem" />}
        {joins === undefined && (
          <>
            <Form.Item name="kind" label={t.kind} required={false}>
              <Radio.Group
                options={[
                  { value: 'company', label: t.company },
                  { value: 'individual', label: t.individual },
                ]}
              />
            </Form.Item>
            {kind === 'company' && (
              <Form.Item name="company" label={t.companyName} rules={[rules.required(t.companyName), rules.atMost(64)]}>
                <Input autoComplete="organization" />
              </Form.Item>
            )}
          </>
        )}
        {joins !== undefined && (
          <Form.Item name="name" label={t.name} rules={[rules.atMost(64)]}>
            <Input autoComplete="name" />
          </Form.Item>
        )}
        <Form.Item name="email" label={t.email} rules={[rules.required(t.email), rules.email]} validateTrigger="onBlur">
          <Input type="email" autoComplete="username" readOnly={Boolean(invitation?.email)} />
        </Form.Item>
        <Form.Item
          name="password"
          label={t.password}
          extra={rules.passwordHint}
          rules={[rules.required(t.password), rules.password]}
        >
          <Input.Password autoComplete="new-password" />
        </Form.Item>
        <Form.Item
          name="repeated"
          label={t.confirmPassword}
          dependencies={['password']}
          rules={[rules.required(t.confirmPassword), rules.sameAs('password')]}
        >
          <Input.Password autoComplete="new-password" />
        </Form.Item>
        {joins === undefined && (
          <OrgField hint={t.orgHint} check={(org) => api.get('/register/check', { org }, { anonymous: true })} />
        )}
        <Agreement terms />
        <Button type="primary" htmlType="submit" block size="large" loading={busy}>
          {working ? t.checking : t.submitRegister}
        </Button>
      </Form>
      <SignInInstead />
    </>
  );
}

function SignInInstead() {
  const t = useTexts(authTexts);
  return (
    <div className="auth-links">
      <span>
        {t.haveAccount} <Link to="/user/login">{t.toSignIn}</Link>
      </span>
    </div>
  );
}
