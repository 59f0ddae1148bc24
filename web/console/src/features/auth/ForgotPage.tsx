import { Alert, Button, Form, Input } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';
import { useSessionQuery } from '@/api/session';
import { Notice } from '@/components/Notice';
import { useDocumentTitle } from '@/components/PageHeader';
import { useRules } from '@/components/rules';
import { useSubmit } from '@/components/submit';
import { useTexts } from '@/i18n';
import { postWithProof } from './proof';
import { authTexts } from './texts';

/** `/user/forgot`: sends a link, and never says whether the address has an account. */
export default function ForgotPage() {
  const t = useTexts(authTexts);
  const rules = useRules();
  const { data: session } = useSessionQuery();
  const [form] = Form.useForm<{ email: string }>();
  const [sentTo, setSentTo] = useState<string>();
  const [working, setWorking] = useState(false);
  const { send, busy, problem } = useSubmit(form, async ({ email }: { email: string }) => {
    await postWithProof('/password/forgot', { email: email.trim() }, setWorking);
    setSentTo(email.trim());
  });
  useDocumentTitle(t.forgotTitle);
  const back = (
    <Link to="/user/login">
      <Button type="primary">{t.backToSignIn}</Button>
    </Link>
  );
  if (session && !session.installation.mail_configured) {
    return (
      <Notice title={t.noMail} text={t.noMailHint}>
        {back}
      </Notice>
    );
  }
  if (sentTo) {
    return (
      <Notice status="success" title={t.forgotSent} text={t.forgotSentHint(sentTo)}>
        {back}
      </Notice>
    );
  }
  return (
    <>
      <h1>{t.forgotTitle}</h1>
      <p className="auth-intro">{t.forgotIntro}</p>
      <Form form={form} layout="vertical" size="large" requiredMark={false} onFinish={(values) => void send(values)}>
        {problem && <Alert type="error" showIcon title={problem} className="dialog-problem" />}
        <Form.Item name="email" label={t.email} rules={[rules.required(t.email), rules.email]} validateTrigger="onBlur">
          <Input type="email" autoComplete="username" autoFocus />
        </Form.Item>
        <Button type="primary" htmlType="submit" block loading={busy}>
          {working ? t.checking : t.sendLink}
        </Button>
      </Form>
      <div className="auth-links">
        <Link to="/user/login">{t.backToSignIn}</Link>
      </div>
    </>
  );
}
