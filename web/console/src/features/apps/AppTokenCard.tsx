import { Alert, Button, Form, Radio } from 'antd';
import { useState } from 'react';
import { api } from '@/api/client';
import type { AppDetail, AppToken, IssueAppToken } from '@/api/types/apps';
import { CopyButton } from '@/components/CopyButton';
import { Panel } from '@/components/Panel';
import { useSubmit } from '@/components/submit';
import { TimeText } from '@/components/TimeText';
import { useLanguage, useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { useMay, useMe } from '@/shell/session';
import { authTexts } from './authTexts';
import { CodeBlock } from './CodeBlock';
import { shortDuration } from './duration';
import { DurationInput } from './DurationInput';
import { Facts } from './Facts';
import { publicOrigin } from './publicOrigin';
import { useTokenRule } from './tokenRule';

interface Values {
  chosen: boolean;
  seconds: number;
}

/** 获取 App Token: for trying the REST API. */
export function AppTokenCard({ detail }: { detail: AppDetail }) {
  const t = useTexts(authTexts);
  const { language } = useLanguage();
  const app = useApp();
  const may = useMay();
  const { may_reveal_secret } = useMe();
  const [token, setToken] = useState<AppToken>();
  const rule = useTokenRule();
  const [form] = Form.useForm<Values>();
  const chosen = Form.useWatch('chosen', form) ?? false;
  const { send, busy, problem } = useSubmit(form, async (values) => {
    const body: IssueAppToken = values.chosen ? { ttl_seconds: values.seconds } : {};
    setToken(await api.post<AppToken>(`${app.api}/app-token`, body));
  });
  const allowed = may('reveal_secret') && may_reveal_secret;
  const preset = detail.token_ttl_seconds;
  return (
    <Panel title={t.appToken}>
      <p className="panel-hint">{t.appTokenHint}</p>
      {!allowed && <Alert type="info" showIcon title={t.appTokenDenied} className="form-note" />}
      <Form<Values>
        form={form}
        layout="vertical"
        disabled={!allowed}
        initialValues={{ chosen: false, seconds: 3600 }}
        onFinish={(values) => void send(values)}
        className="narrow-form"
      >
        <Form.Item name="chosen" label={t.ttl}>
          <Radio.Group
            options={[
              { value: false, label: t.ttlDefault(preset === 0 ? t.never : shortDuration(preset, language)) },
              { value: true, label: t.ttlChosen },
            ]}
          />
        </Form.Item>
        {chosen && (
          <Form.Item name="seconds" rules={[rule]}>
            <DurationInput label={t.ttl} disabled={!allowed} />
          </Form.Item>
        )}
        {problem && <Alert type="error" showIcon title={problem} className="form-note" />}
        <Button type={token ? 'default' : 'primary'} htmlType="submit" loading={busy}>
          {token ? t.again : t.get}
        </Button>
      </Form>
      {token && <Result token={token} detail={detail} />}
      <h3 className="panel-subtitle">{t.howTo}</h3>
      <p className="panel-hint">{t.howToHint}</p>
      <CodeBlock what={t.command} text={tokenCommand(detail)} />
    </Panel>
  );
}

function Result({ token, detail }: { token: AppToken; detail: AppDetail }) {
  const t = useTexts(authTexts);
  const { language } = useLanguage();
  return (
    <div className="token-result" aria-live="polite">
      <Facts
        items={[
          {
            label: t.token,
            value: (
              <span className="long-code">
                <code>{token.access_token}</code>
                <CopyButton text={token.access_token} what={t.token} />
              </span>
            ),
          },
          {
            label: t.expires,
            value: token.expires_at ? (
              <>
                <TimeText value={token.expires_at} />{' '}
                <span className="faint">{t.expiresIn(shortDuration(token.expires_in, language))}</span>
              </>
            ) : (
              t.never
            ),
          },
        ]}
      />
      <h3 className="panel-subtitle">{t.tryIt}</h3>
      <p className="panel-hint">{t.tryHint}</p>
      <CodeBlock what={t.command} text={usersCommand(detail, token.access_token)} />
    </div>
  );
}

function baseUrl(detail: AppDetail): string {
  return `${publicOrigin(detail)}/${detail.org}/${detail.name}`;
}

function tokenCommand(detail: AppDetail): string {
  const body = JSON.stringify({
    grant_type: 'client_credentials',
    client_id: detail.client_id,
    client_secret: 'YOUR_CLIENT_SECRET',
  });
  return `curl -X POST '${baseUrl(detail)}/token' \\\n  -H 'Content-Type: application/json' \\\n  -d '${body}'`;
}

function usersCommand(detail: AppDetail, token: string): string {
  return `curl '${baseUrl(detail)}/users?limit=10' \\\n  -H 'Authorization: Bearer ${token}'`;
}
