import { App, Button, Form, Input, Modal, Switch, Tooltip } from 'antd';
import { useState, type ReactNode } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from 'react-router';
import { api } from '@/api/client';
import { useInvalidate, useRead } from '@/api/hooks';
import { refreshSession } from '@/api/session';
import type { EmailChange, RecoveryCodes as Made, Security } from '@/api/types/account';
import { useConfirm } from '@/components/ConfirmDialog';
import { useOpening } from '@/components/dialog';
import { ErrorState } from '@/components/ErrorState';
import { FormDialog } from '@/components/FormDialog';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { useRules } from '@/components/rules';
import { StatusTag } from '@/components/StatusTag';
import { useTexts } from '@/i18n';
import { useMe } from '@/shell/session';
import { MfaWizard } from './MfaWizard';
import { PasswordDialog } from './PasswordDialog';
import { RecoveryCodes } from './RecoveryCodes';
import { accountTexts } from './texts';

/** `/account/security` */
export default function SecurityPage() {
  const t = useTexts(accountTexts);
  const { data, error, refetch } = useRead<Security>('/account/security');
  const invalidate = useInvalidate();
  const client = useQueryClient();
  const changed = async (): Promise<void> => {
    await Promise.all([invalidate('/account/security'), refreshSession(client)]);
  };
  if (error && !data) return <ErrorState error={error} onRetry={() => void refetch()} />;
  return (
    <>
      <PageHeader description={t.securityAbout} />
      <Panel title={t.basic}>
        <ul className="settings">
          <PasswordSetting />
          <EmailSetting onChanged={changed} />
          <PhoneSetting />
          <MfaSetting security={data} onChanged={changed} />
        </ul>
      </Panel>
      <Panel title={t.protection}>
        <ul className="settings">
          <ProtectionSetting which="login" security={data} onChanged={changed} />
          <ProtectionSetting which="operation" security={data} onChanged={changed} />
        </ul>
      </Panel>
    </>
  );
}

interface SettingProps {
  title: string;
  status?: ReactNode;
  text: ReactNode;
  children: ReactNode;
}

function Setting({ title, status, text, children }: SettingProps) {
  return (
    <li>
      <div>
        <h3>
          {title}
          {status}
        </h3>
        <p>{text}</p>
      </div>
      <div className="setting-action">{children}</div>
    </li>
  );
}

function PasswordSetting() {
  const t = useTexts(accountTexts);
  const dialog = useOpening();
  return (
    <Setting title={t.password} text={t.passwordText}>
      <Button onClick={() => dialog.show(true)}>{t.changePassword}</Button>
      <PasswordDialog open={dialog.open} onClose={dialog.hide} />
    </Setting>
  );
}

interface Changing {
  onChanged: () => Promise<void>;
}

function EmailSetting({ onChanged }: Changing) {
  const t = useTexts(accountTexts);
  const rules = useRules();
  const me = useMe();
  const { message } = App.useApp();
  const dialog = useOpening();
  const status = me.email_verified ? (
    <StatusTag tone="good">{t.verified}</StatusTag>
  ) : (
    <StatusTag tone="warning">{t.unverified}</StatusTag>
  );
  return (
    <Setting title={t.email} status={status} text={`${me.email} · ${t.emailText}`}>
      <Button onClick={() => dialog.show(true)}>{t.changeEmail}</Button>
      <FormDialog<{ email: string }>
        title={t.changeEmail}
        open={dialog.open}
        onClose={dialog.hide}
        width={460}
        onSubmit={async ({ email }) => {
          const { mailed } = await api.post<EmailChange>('/account/email', { email: email.trim() });
          await onChanged();
          void message.success(mailed ? t.emailMailed : t.emailChanged);
        }}
      >
        <Form.Item name="email" label={t.newEmail} rules={[rules.required(t.newEmail), rules.email]}>
          <Input type="email" autoComplete="email" />
        </Form.Item>
      </FormDialog>
    </Setting>
  );
}

function PhoneSetting() {
  const t = useTexts(accountTexts);
  const { phone } = useMe();
  return (
    <Setting title={t.phone} text={`${phone || t.notSet} · ${t.phoneText}`}>
      <Link to="/account/info">
        <Button>{t.edit}</Button>
      </Link>
    </Setting>
  );
}

interface SecurityProps extends Changing {
  security: Security | undefined;
}

function MfaSetting({ security, onChanged }: SecurityProps) {
  const t = useTexts(accountTexts);
  const confirm = useConfirm();
  const { email, totp_bound } = useMe();
  const { message } = App.useApp();
  const wizard = useOpening();
  const [codes, setCodes] = useState<string[]>();
  const bound = security?.totp_bound ?? totp_bound;
  const unbind = (): void =>
    confirm({
      title: t.unbindTitle,
      content: t.unbindText,
      danger: true,
      okText: t.unbind,
      onOk: async () => {
        await api.post('/account/totp/unbind');
        await onChanged();
        void message.success(t.unbindDone);
      },
    });
  const renew = (): void =>
    confirm({
      title: t.renewTitle,
      content: t.renewText,
      onOk: async () => {
        const made = await api.post<Made>('/account/recovery-codes');
        await onChanged();
        setCodes(made.recovery_codes);
      },
    });
  const status = security && (
    <StatusTag tone={bound ? 'good' : 'off'}>{bound ? t.bound : t.unbound}</StatusTag>
  );
  return (
    <>
      <Setting title={t.mfa} status={status} text={t.mfaText}>
        {bound ? (
          <Button danger onClick={unbind}>
            {t.unbind}
          </Button>
        ) : (
          <Button disabled={!security} onClick={() => wizard.show(true)}>
            {t.bind}
          </Button>
        )}
        <MfaWizard open={wizard.open} onClose={wizard.hide} onBound={() => void onChanged()} />
      </Setting>
      {bound && (
        <Setting title={t.recovery} text={t.recoveryText(security?.recovery_codes_left ?? 0)}>
          <Button onClick={renew}>{t.renew}</Button>
        </Setting>
      )}
      <Modal
        title={t.recovery}
        open={codes !== undefined}
        footer={null}
        closable={false}
        keyboard={false}
        mask={{ closable: false }}
        destroyOnHidden
      >
        {codes && <RecoveryCodes codes={codes} email={email} onDone={() => setCodes(undefined)} />}
      </Modal>
    </>
  );
}

function ProtectionSetting({ which, security, onChanged }: SecurityProps & { which: 'login' | 'operation' }) {
  const t = useTexts(accountTexts);
  const confirm = useConfirm();
  const { message } = App.useApp();
  const isLogin = which === 'login';
  const name = isLogin ? t.loginProtection : t.operationProtection;
  const on = (isLogin ? security?.login_protection : security?.operation_protection) ?? false;
  const lacksFactor = isLogin && security !== undefined && !on && !security.login_factor;
  const consequence = isLogin
    ? [t.turnOnLogin, t.turnOffLogin]
    : [t.turnOnOperation, t.turnOffOperation];
  const toggle = (): void =>
    confirm({
      title: on ? t.turnOff(name) : t.turnOn(name),
      content: consequence[on ? 1 : 0],
      onOk: async () => {
        await api.put('/account/protection', { [which]: !on });
        await onChanged();
        void message.success(on ? t.turnedOff : t.turnedOn);
      },
    });
  return (
    <Setting title={name} text={isLogin ? t.loginProtectionText : t.operationProtectionText}>
      <Tooltip title={lacksFactor ? t.needsFactor : undefined}>
        <Switch checked={on} disabled={!security || lacksFactor} onChange={toggle} aria-label={name} />
      </Tooltip>
    </Setting>
  );
}
