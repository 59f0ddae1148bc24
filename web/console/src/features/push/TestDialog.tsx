import { Alert, AutoComplete, Button, Descriptions, Form, Input, Modal, Radio, Select } from 'antd';
import { useState } from 'react';
import { api } from '@/api/client';
import { describe } from '@/api/errors';
import { useRead } from '@/api/hooks';
import type { CursorPage } from '@/api/types/page';
import type { CertificateTest, CertificateTested, PushCertificate, UserPush } from '@/api/types/push';
import type { UserRow } from '@/api/types/users';
import { useRules } from '@/components/rules';
import { StatusTag } from '@/components/StatusTag';
import { useSubmit } from '@/components/submit';
import { useLanguage, useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useApp } from '@/shell/app';
import { CodeBlock } from '../apps/CodeBlock';
import { JsonBlock } from '../apps/JsonBlock';
import { testChars } from './limits';
import { testTexts } from './testTexts';

interface Props {
  certificate: PushCertificate | undefined;
  open: boolean;
  onClose: () => void;
}

/** 测试推送: one notice to one device, and what the vendor said. */
export function TestDialog({ certificate, open, onClose }: Props) {
  const t = useTexts(testTexts);
  const words = useTexts(common);
  return (
    <Modal
      title={t.title(certificate?.name ?? '')}
      open={open}
      onCancel={onClose}
      footer={<Button onClick={onClose}>{words.close}</Button>}
      width={640}
      destroyOnHidden
    >
      {certificate && <Test certificate={certificate} />}
    </Modal>
  );
}

interface Values {
  to: 'user' | 'token';
  user?: string;
  device?: string;
  token?: string;
  title: string;
  content: string;
}

function Test({ certificate }: { certificate: PushCertificate }) {
  const t = useTexts(testTexts);
  const rules = useRules();
  const app = useApp();
  const [form] = Form.useForm<Values>();
  const to = Form.useWatch('to', form) ?? 'user';
  const [tested, setTested] = useState<CertificateTested>();
  const { send, busy, problem } = useSubmit(form, async ({ to, user, device, token, title, content }) => {
    setTested(undefined);
    const nobody = { user: null, device: null, token: null };
    const whom =
      to === 'user'
        ? { ...nobody, user: user?.trim() ?? null, device: device ?? null }
        : { ...nobody, token: token?.trim() ?? null };
    const body: CertificateTest = { ...whom, title: title.trim(), content: content.trim() };
    setTested(await api.post<CertificateTested>(`${app.api}/push/certificates/${certificate.id}/test`, body));
  });
  return (
    <>
      <p className="dialog-intro">{t.about}</p>
      <Form<Values>
        form={form}
        layout="vertical"
        initialValues={{ to: 'user', title: t.headingPreset, content: t.contentPreset }}
        onFinish={(values) => void send(values)}
      >
        <Form.Item name="to" label={t.to}>
          <Radio.Group
            options={[
              { value: 'user', label: t.toUser },
              { value: 'token', label: t.toToken },
            ]}
          />
        </Form.Item>
        {to === 'user' ? (
          <UserFields notifier={certificate.name} />
        ) : (
          <Form.Item name="token" label={t.token} extra={t.tokenHint} rules={[rules.required(t.token)]}>
            <Input.TextArea autoSize={{ minRows: 2, maxRows: 4 }} spellCheck={false} />
          </Form.Item>
        )}
        <Form.Item name="title" label={t.heading} rules={[rules.required(t.heading), rules.atMost(testChars)]}>
          <Input autoComplete="off" />
        </Form.Item>
        <Form.Item name="content" label={t.content} rules={[rules.required(t.content), rules.atMost(testChars)]}>
          <Input autoComplete="off" />
        </Form.Item>
        {problem && <Alert type="error" showIcon title={problem} className="dialog-problem" />}
        <Button type="primary" htmlType="submit" loading={busy}>
          {t.send}
        </Button>
      </Form>
      <div aria-live="polite">{tested && <Outcome tested={tested} />}</div>
    </>
  );
}

/** Who, and which of the devices that are bound to the certificate. */
function UserFields({ notifier }: { notifier: string }) {
  const t = useTexts(testTexts);
  const rules = useRules();
  const app = useApp();
  const { language } = useLanguage();
  const form = Form.useFormInstance<Values>();
  const typed = (Form.useWatch('user', form) ?? '').trim();
  const [user, setUser] = useState('');
  const found = useRead<CursorPage<UserRow>>(
    `${app.api}/users`,
    { search: typed, limit: 10 },
    { enabled: typed !== '', keep: true },
  );
  const path = `${app.api}/users/${encodeURIComponent(user)}/push`;
  const push = useRead<UserPush>(path, {}, { enabled: user !== '', fresh: true });
  const bindings = push.data?.bindings.filter(({ notifier_name }) => notifier_name === notifier);
  const choose = (): void => {
    // What was watched may be a keystroke behind.
    const chosen = ((form.getFieldValue('user') as string | undefined) ?? '').trim();
    if (chosen === user) return;
    setUser(chosen);
    form.setFieldValue('device', undefined);
  };
  const trouble = push.error ? describe(push.error, language) : bindings?.length === 0 ? t.noDevices : undefined;
  return (
    <div className="push-fields">
      <Form.Item
        name="user"
        label={t.user}
        extra={trouble ? undefined : t.userHint}
        rules={[rules.required(t.user)]}
        {...(trouble ? { validateStatus: 'error' as const, help: trouble } : {})}
      >
        <AutoComplete
          options={typed === '' ? [] : (found.data?.items ?? []).map(({ id }) => ({ value: id }))}
          onSelect={choose}
          onBlur={choose}
          onKeyDown={({ key }) => key === 'Enter' && choose()}
        />
      </Form.Item>
      <Form.Item name="device" label={t.device} rules={[rules.choose(t.device)]}>
        <Select
          disabled={!bindings?.length}
          loading={push.isFetching}
          options={(bindings ?? []).map(({ device_id }) => ({ value: device_id, label: device_id }))}
        />
      </Form.Item>
    </div>
  );
}

function Outcome({ tested: { delivered, outcome, why, vendor_id, took_ms } }: { tested: CertificateTested }) {
  const t = useTexts(testTexts);
  const says = (t.outcomes as Record<string, string>)[outcome] ?? outcome;
  return (
    <div className="push-outcome">
      <h2>{t.result}</h2>
      <Descriptions
        size="small"
        colon={false}
        column={2}
        items={[
          {
            key: 'delivered',
            children: <StatusTag tone={delivered ? 'good' : 'bad'}>{delivered ? t.delivered : t.failed}</StatusTag>,
          },
          { key: 'took', label: t.took, children: `${took_ms.toLocaleString()} ms` },
        ]}
      />
      <p>{says}</p>
      {vendor_id && (
        <section>
          <h3>{t.vendorId}</h3>
          <CodeBlock text={vendor_id} what={t.vendorId} />
        </section>
      )}
      {why && (
        <section>
          <h3>{t.answer}</h3>
          <JsonBlock text={why} what={t.answer} />
        </section>
      )}
    </div>
  );
}
