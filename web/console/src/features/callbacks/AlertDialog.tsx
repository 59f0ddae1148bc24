import { Alert, App, Form, InputNumber, Switch } from 'antd';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import type { CallbackAlert } from '@/api/types/callbacks';
import { FormDialog } from '@/components/FormDialog';
import { isEmail, useRules } from '@/components/rules';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { alertEmails, alertFailures, alertMinutes } from './limits';
import { linesOf } from './lines';
import { LinesField } from './LinesField';
import { ruleTexts } from './ruleTexts';

interface Props {
  current: CallbackAlert;
  /** Whether mail can be sent at all. */
  mail: boolean;
  open: boolean;
  onClose: () => void;
}

/** As typed: an address a line. */
type Values = Omit<CallbackAlert, 'emails'> & { emails: string };

/** 回调失败告警. */
export function AlertDialog({ current, mail, open, onClose }: Props) {
  const t = useTexts(ruleTexts);
  const rules = useRules();
  const app = useApp();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  const [form] = Form.useForm<Values>();
  const save = async (values: Values): Promise<void> => {
    const alert: CallbackAlert = { ...values, emails: linesOf(values.emails) };
    await api.put<CallbackAlert>(`${app.api}/callback-alert`, alert);
    await invalidate(`${app.api}/callbacks`);
    void message.success(t.alertSaved);
  };
  const checkEmails = (lines: readonly string[]): string | undefined => {
    if (lines.length === 0) return form.getFieldValue('enabled') ? t.emailsRequired : undefined;
    const bad = lines.find((line) => !isEmail(line));
    return bad === undefined ? undefined : t.badEmail(bad);
  };
  const { unit, most } = alertMinutes;
  return (
    <FormDialog<Values>
      title={t.alertTitle}
      open={open}
      onClose={onClose}
      onSubmit={save}
      form={form}
      initial={{ ...current, emails: current.emails.join('\n') }}
      intro={mail ? t.alertIntro : <Alert type="warning" showIcon title={t.noMail} />}
    >
      <Form.Item name="enabled" label={t.alertOn} valuePropName="checked" layout="horizontal">
        <Switch />
      </Form.Item>
      <Form.Item
        name="interval_minutes"
        label={t.interval}
        required
        rules={[
          {
            validator: (_, minutes: number | null) =>
              minutes !== null && minutes >= unit && minutes <= most && minutes % unit === 0
                ? Promise.resolve()
                : Promise.reject(new Error(t.intervalRule(unit, most))),
          },
        ]}
      >
        <InputNumber<number> step={unit} style={{ width: 200 }} />
      </Form.Item>
      <Form.Item name="failures" label={t.failures} rules={[rules.whole(1, alertFailures)]}>
        <InputNumber<number> style={{ width: 200 }} />
      </Form.Item>
      <LinesField name="emails" label={t.emails} hint={t.emailsHint} most={alertEmails} check={checkEmails} />
    </FormDialog>
  );
}
