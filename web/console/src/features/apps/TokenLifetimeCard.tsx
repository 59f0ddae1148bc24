import { Alert, App, Button, Form, Radio } from 'antd';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import type { TokenTtl } from '@/api/types/apps';
import { Panel } from '@/components/Panel';
import { useSubmit } from '@/components/submit';
import { useLanguage, useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { useMay } from '@/shell/session';
import { authTexts } from './authTexts';
import { shortDuration } from './duration';
import { DurationInput } from './DurationInput';
import { useTokenRule } from './tokenRule';

interface Values {
  never: boolean;
  seconds: number;
}

/** What is proposed to someone who leaves "never". */
const usualSeconds = 60 * 86_400;

/** Token 有效期. */
export function TokenLifetimeCard({ seconds }: { seconds: number }) {
  const t = useTexts(authTexts);
  const { language } = useLanguage();
  const { message } = App.useApp();
  const app = useApp();
  const may = useMay();
  const invalidate = useInvalidate();
  const rule = useTokenRule();
  const [form] = Form.useForm<Values>();
  const never = Form.useWatch('never', form) ?? seconds === 0;
  const { send, busy, problem } = useSubmit(form, async (values) => {
    await api.put(`${app.api}/token-ttl`, { seconds: values.never ? 0 : values.seconds } satisfies TokenTtl);
    await invalidate(app.api);
    void message.success(t.saved);
  });
  const editable = may('features');
  return (
    <Panel title={t.lifetime}>
      <p className="panel-hint">{t.lifetimeHint}</p>
      <p className="present">{t.current(seconds === 0 ? t.never : shortDuration(seconds, language))}</p>
      <Form<Values>
        form={form}
        layout="vertical"
        disabled={!editable}
        initialValues={{ never: seconds === 0, seconds: seconds || usualSeconds }}
        onFinish={(values) => void send(values)}
        className="narrow-form"
      >
        <Form.Item name="never" label={t.duration}>
          <Radio.Group
            options={[
              { value: false, label: t.limited },
              { value: true, label: t.never },
            ]}
          />
        </Form.Item>
        {never ? (
          <Alert type="warning" showIcon title={t.neverHint} className="form-note" />
        ) : (
          <Form.Item name="seconds" rules={[rule]}>
            <DurationInput label={t.duration} disabled={!editable} />
          </Form.Item>
        )}
        {problem && <Alert type="error" showIcon title={problem} className="form-note" />}
        <div className="form-foot">
          {editable && (
            <Button type="primary" htmlType="submit" loading={busy}>
              {t.save}
            </Button>
          )}
          <span className="faint">{t.onlyNew}</span>
        </div>
      </Form>
    </Panel>
  );
}
