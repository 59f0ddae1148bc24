import { Alert, Button, Form, Input, Segmented } from 'antd';
import { useEffect, useState } from 'react';
import { useAction } from '@/api/hooks';
import type { Factor } from '@/api/types/account';
import { defineTexts, useTexts } from '@/i18n';
import { useRules } from './rules';
import { useSubmit } from './submit';

const texts = defineTexts(
  {
    method: '验证方式',
    totp: 'MFA 设备',
    email: '邮箱',
    recovery: '恢复码',
    password: '登录密码',
    totpCode: 'MFA 动态码',
    emailCode: '邮箱验证码',
    recoveryCode: '恢复码',
    totpHint: '打开身份验证器应用，输入当前显示的 6 位数字。',
    emailHint: '点击“获取验证码”，我们会把 6 位数字发送到您的邮箱。',
    emailSent: (address: string) => `验证码已发送至 ${address}`,
    recoveryHint: '绑定 MFA 设备时保存的恢复码，每个只能使用一次。',
    digits: '请输入 6 位数字',
    send: '获取验证码',
    sent: '验证码已发送',
    again: (seconds: number) => `${seconds} 秒后重发`,
    nothing: '此账号没有可用的验证方式，请联系组织的超级管理员。',
  },
  {
    method: 'Verify with',
    totp: 'Authenticator',
    email: 'E-mail',
    recovery: 'Recovery code',
    password: 'Password',
    totpCode: 'Code of the authenticator app',
    emailCode: 'Code of the e-mail',
    recoveryCode: 'Recovery code',
    totpHint: 'Open your authenticator app and enter the 6 digits it shows.',
    emailHint: 'Press “Send code”: we send 6 digits to your e-mail address.',
    emailSent: (address) => `A code was sent to ${address}`,
    recoveryHint: 'One of the codes saved when the app was bound. Each works once.',
    digits: 'Please enter 6 digits',
    send: 'Send code',
    sent: 'The code was sent',
    again: (seconds) => `Again in ${seconds} s`,
    nothing: 'This account has nothing to verify with. Ask your super admin.',
  },
);

interface Props {
  /** The preferred one first. */
  factors: readonly Factor[];
  /** Where a code has been sent already, if so. */
  mailedTo?: string;
  intro?: string;
  submitText: string;
  onSendEmail: () => Promise<unknown>;
  onSubmit: (factor: Factor, code: string) => Promise<unknown>;
}

/** Asks for a second factor, at login and before protected operations. */
export function FactorForm({ factors, mailedTo, intro, submitText, onSendEmail, onSubmit }: Props) {
  const t = useTexts(texts);
  const rules = useRules();
  const [form] = Form.useForm<{ code: string }>();
  const [factor, setFactor] = useState<Factor | undefined>(factors[0]);
  const { send, busy, problem, clear } = useSubmit(form, async ({ code }: { code: string }) => {
    if (factor) await onSubmit(factor, factor === 'password' ? code : code.replaceAll(/\s/g, ''));
  });
  if (!factor) return <Alert type="warning" showIcon title={t.nothing} />;
  const label = { totp: t.totpCode, email: t.emailCode, recovery: t.recoveryCode, password: t.password }[factor];
  const mailHint = mailedTo ? t.emailSent(mailedTo) : t.emailHint;
  const hint = { totp: t.totpHint, email: mailHint, recovery: t.recoveryHint, password: undefined }[factor];
  const isDigits = factor === 'totp' || factor === 'email';
  const digits = rules.pattern(/^\s*(\d\s*){6}$/, t.digits);
  return (
    <Form form={form} layout="vertical" onFinish={(values) => void send(values)}>
      {intro && <p className="dialog-intro">{intro}</p>}
      {factors.length > 1 && (
        <Form.Item label={t.method}>
          <Segmented
            block
            aria-label={t.method}
            value={factor}
            options={factors.map((value) => ({ value, label: t[value] }))}
            onChange={(value) => {
              setFactor(value);
              clear();
              form.resetFields();
            }}
          />
        </Form.Item>
      )}
      {problem && <Alert type="error" showIcon title={problem} className="dialog-problem" />}
      <Form.Item label={label} extra={hint} required={false} className="factor-code">
        <div className="factor-row">
          <Form.Item name="code" noStyle rules={[rules.required(label), ...(isDigits ? [digits] : [])]}>
            {factor === 'password' ? (
              <Input.Password key={factor} autoFocus autoComplete="current-password" aria-label={label} />
            ) : (
              <Input
                key={factor}
                autoFocus
                aria-label={label}
                autoComplete="one-time-code"
                inputMode={isDigits ? 'numeric' : 'text'}
              />
            )}
          </Form.Item>
          {factor === 'email' && <SendCode sent={mailedTo !== undefined} onSend={onSendEmail} />}
        </div>
      </Form.Item>
      <Button type="primary" htmlType="submit" block loading={busy}>
        {submitText}
      </Button>
    </Form>
  );
}

const pause = 60;

/** Sends a code by mail, and not again for a minute. */
function SendCode({ sent, onSend }: { sent: boolean; onSend: () => Promise<unknown> }) {
  const t = useTexts(texts);
  const [left, setLeft] = useState(sent ? pause : 0);
  const { run, busy } = useAction(onSend, { done: t.sent });
  useEffect(() => {
    if (left === 0) return undefined;
    const timer = setTimeout(() => setLeft(left - 1), 1000);
    return () => clearTimeout(timer);
  }, [left]);
  return (
    <Button
      loading={busy}
      disabled={left > 0}
      className="send-code"
      onClick={async () => {
        if (await run()) setLeft(pause);
      }}
    >
      {left > 0 ? t.again(left) : t.send}
    </Button>
  );
}
