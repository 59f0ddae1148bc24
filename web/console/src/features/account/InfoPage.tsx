import { useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button, Descriptions, Form, Input } from 'antd';
import { api } from '@/api/client';
import { useAction } from '@/api/hooks';
import { refreshSession } from '@/api/session';
import { useConfirm } from '@/components/ConfirmDialog';
import { useOpening } from '@/components/dialog';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { useRules } from '@/components/rules';
import { StatusTag } from '@/components/StatusTag';
import { useSubmit } from '@/components/submit';
import { TimeText } from '@/components/TimeText';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useInstallation, useMay, useMe } from '@/shell/session';
import { shellTexts } from '@/shell/texts';
import { PasswordDialog } from './PasswordDialog';
import { accountTexts } from './texts';
import './account.css';

/** `/account/info` */
export default function InfoPage() {
  const t = useTexts(accountTexts);
  const me = useMe();
  return (
    <>
      <PageHeader description={t.infoAbout} />
      <Summary />
      <Profile />
      {me.role === 'super_admin' && <CloseAccount />}
    </>
  );
}

function Summary() {
  const t = useTexts(accountTexts);
  const roles = useTexts(shellTexts);
  const me = useMe();
  return (
    <Panel>
      <Descriptions
        column={2}
        items={[
          { key: 'role', label: t.role, children: <StatusTag tone="busy">{roles[me.role]}</StatusTag> },
          ...(me.org ? [{ key: 'org', label: t.org, children: <code>{me.org.name}</code> }] : []),
          { key: 'created', label: t.created, children: <TimeText value={me.created} /> },
          { key: 'last', label: t.lastLogin, children: <TimeText value={me.last_login} /> },
        ]}
      />
    </Panel>
  );
}

interface Values {
  name: string;
  company?: string;
  phone: string;
  qq: string;
}

function Profile() {
  const t = useTexts(accountTexts);
  const words = useTexts(common);
  const rules = useRules();
  const me = useMe();
  const may = useMay();
  const client = useQueryClient();
  const { message } = App.useApp();
  const password = useOpening();
  const [form] = Form.useForm<Values>();
  const { send, busy, problem } = useSubmit(form, async (values: Values) => {
    await api.put('/account', values);
    await refreshSession(client);
    void message.success(words.saved);
  });
  const ownsCompany = me.org?.kind === 'company' && may('members');
  return (
    <Panel title={t.profile}>
      <Form
        form={form}
        layout="vertical"
        className="profile-form"
        initialValues={{ name: me.name, company: me.org?.title, phone: me.phone, qq: me.qq }}
        onFinish={(values) => void send(values)}
      >
        {problem && <Alert type="error" showIcon title={problem} className="dialog-problem" />}
        <Form.Item label={t.email}>
          <Email />
        </Form.Item>
        <Form.Item label={t.password}>
          <div className="field-row">
            <code>{'*'.repeat(10)}</code>
            <Button type="link" size="small" onClick={() => password.show(true)}>
              {t.changePassword}
            </Button>
          </div>
        </Form.Item>
        <Form.Item name="name" label={t.name} rules={[rules.atMost(64)]}>
          <Input autoComplete="name" />
        </Form.Item>
        {ownsCompany && (
          <Form.Item name="company" label={t.company} rules={[rules.required(t.company), rules.atMost(64)]}>
            <Input autoComplete="organization" />
          </Form.Item>
        )}
        <Form.Item name="phone" label={t.phone} rules={[rules.pattern(/^[-+() 0-9]{3,32}$/, t.phoneRule)]}>
          <Input type="tel" autoComplete="tel" />
        </Form.Item>
        <Form.Item name="qq" label={t.qq} rules={[rules.pattern(/^\d{1,16}$/, t.qqRule)]}>
          <Input autoComplete="off" inputMode="numeric" />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={busy}>
          {words.save}
        </Button>
      </Form>
      <PasswordDialog open={password.open} onClose={password.hide} />
    </Panel>
  );
}

function Email() {
  const t = useTexts(accountTexts);
  const me = useMe();
  const { mail_configured } = useInstallation();
  const confirm = useConfirm();
  const { message } = App.useApp();
  const verify = (): void =>
    confirm({
      title: t.verifyEmail,
      content: t.verifyEmailText(me.email),
      okText: t.sendVerification,
      onOk: async () => {
        await api.post('/email/send-verification');
        void message.success(t.verificationSent);
      },
    });
  if (me.email_verified) {
    return (
      <div className="field-row">
        {me.email}
        <StatusTag tone="good">{t.verified}</StatusTag>
      </div>
    );
  }
  return (
    <div className="field-row">
      {me.email}
      <StatusTag tone="warning">{t.unverified}</StatusTag>
      {mail_configured ? (
        <Button type="link" size="small" onClick={verify}>
          {t.verifyEmail}
        </Button>
      ) : (
        <span className="faint">{t.noMail}</span>
      )}
    </div>
  );
}

function CloseAccount() {
  const t = useTexts(accountTexts);
  const me = useMe();
  const confirm = useConfirm();
  const client = useQueryClient();
  const { message } = App.useApp();
  const org = me.org?.name ?? '';
  const takeBack = useAction(
    async () => {
      await api.delete('/account/close');
      await refreshSession(client);
    },
    { done: t.closeTakenBack },
  );
  const ask = (): void =>
    confirm({
      title: t.closeTitle,
      content: t.closeConfirm(org),
      danger: true,
      typed: org,
      okText: t.closeButton,
      onOk: async () => {
        await api.post('/account/close');
        await refreshSession(client);
        void message.success(t.closeSent);
      },
    });
  return (
    <Panel title={t.closeTitle}>
      <ul className="settings">
        <li>
          <p>{t.closeText}</p>
          <div className="setting-action">
            {me.org?.closing_requested ? (
              <>
                <StatusTag tone="warning">{t.closeRequested}</StatusTag>
                <Button loading={takeBack.busy} onClick={() => void takeBack.run()}>
                  {t.closeTakeBack}
                </Button>
              </>
            ) : (
              <Button danger onClick={ask}>
                {t.closeButton}
              </Button>
            )}
          </div>
        </li>
      </ul>
    </Panel>
  );
}
