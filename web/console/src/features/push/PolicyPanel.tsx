import { Alert, App, Button, Form, Radio, Select } from 'antd';
import { useMemo } from 'react';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import type { DevicePolicy, Push, PushPolicyForm } from '@/api/types/push';
import { Panel } from '@/components/Panel';
import { useSubmit } from '@/components/submit';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useApp } from '@/shell/app';
import { useMay } from '@/shell/session';
import { pushTexts } from './texts';

/** 多设备消息推送策略, and in which zone and language notices are made. */
export function PolicyPanel({ push }: { push: Push | undefined }) {
  const t = useTexts(pushTexts);
  return (
    <Panel title={t.policyTitle} loading={push === undefined} lines={5}>
      {push && <PolicyForm push={push} />}
    </Panel>
  );
}

function PolicyForm({ push: { policy, time_zone, language } }: { push: Push }) {
  const t = useTexts(pushTexts);
  const words = useTexts(common);
  const app = useApp();
  const may = useMay();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  const [form] = Form.useForm<PushPolicyForm>();
  const zones = useTimeZones(time_zone);
  const saved = { policy, time_zone, language };
  const typed = Form.useWatch([], form) as PushPolicyForm | undefined;
  const names = Object.keys(saved) as (keyof PushPolicyForm)[];
  const changed = typed !== undefined && names.some((name) => typed[name] !== saved[name]);
  const { send, busy, problem } = useSubmit(form, async (values) => {
    await api.put(`${app.api}/push/policy`, values);
    await invalidate(`${app.api}/push`);
    void message.success(t.policySaved);
  });
  const choice = (value: DevicePolicy, label: string, hint: string) => ({
    value,
    label: (
      <span className="choice">
        {label}
        <small>{hint}</small>
      </span>
    ),
  });
  return (
    <Form<PushPolicyForm>
      form={form}
      layout="vertical"
      initialValues={saved}
      disabled={!may('features')}
      onFinish={(values) => void send(values)}
    >
      <p className="panel-hint">{t.policyAbout}</p>
      {problem && <Alert type="error" showIcon title={problem} className="form-note" />}
      <Form.Item name="policy">
        <Radio.Group
          aria-label={t.policy}
          className="registration-choices"
          options={[
            choice('any_offline', t.anyOffline, t.anyOfflineHint),
            choice('all_offline', t.allOffline, t.allOfflineHint),
          ]}
        />
      </Form.Item>
      <div className="policy-fields">
        <Form.Item name="time_zone" label={t.timeZone} extra={t.timeZoneHint}>
          <Select showSearch options={zones} />
        </Form.Item>
        <Form.Item name="language" label={t.language} extra={t.languageHint}>
          <Select
            options={[
              { value: 'zh', label: t.zh },
              { value: 'en', label: t.en },
            ]}
          />
        </Form.Item>
      </div>
      {may('features') && (
        <Button type="primary" htmlType="submit" disabled={!changed} loading={busy}>
          {words.save}
        </Button>
      )}
    </Form>
  );
}

/** The zones that the browser knows, and the one that is set. */
function useTimeZones(current: string): { value: string; label: string }[] {
  return useMemo(() => {
    const zones = new Set(['UTC', current, ...Intl.supportedValuesOf('timeZone')]);
    return [...zones].sort().map((zone) => ({ value: zone, label: `${zone} (${offset(zone)})` }));
  }, [current]);
}

/** UTC+08:00. */
function offset(timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).formatToParts();
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
  return name.replace('GMT', 'UTC');
}
