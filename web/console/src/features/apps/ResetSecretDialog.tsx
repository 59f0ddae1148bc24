import { Alert, Checkbox, Form, Input, InputNumber } from 'antd';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import type { ClientSecret, ResetSecret } from '@/api/types/apps';
import { FormDialog } from '@/components/FormDialog';
import { useRules } from '@/components/rules';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { detailTexts } from './detailTexts';

interface Props {
  open: boolean;
  onClose: () => void;
  appKey: string;
  /** With the new secret. */
  onDone: (secret: string) => void;
}

interface Values {
  grace_hours: number;
  revoke_tokens: boolean;
  typed: string;
}

const longestGrace = 24;

export function ResetSecretDialog({ open, onClose, appKey, onDone }: Props) {
  const t = useTexts(detailTexts);
  const rules = useRules();
  const { api: path } = useApp();
  const invalidate = useInvalidate();
  const reset = async ({ grace_hours, revoke_tokens }: Values): Promise<void> => {
    const wanted: ResetSecret = { grace_seconds: grace_hours * 3600, revoke_tokens };
    const { client_secret } = await api.post<ClientSecret>(`${path}/secret/reset`, wanted);
    await invalidate(path);
    onDone(client_secret);
  };
  return (
    <FormDialog<Values>
      title={t.resetTitle}
      open={open}
      onClose={onClose}
      onSubmit={reset}
      initial={{ grace_hours: 0, revoke_tokens: false }}
      submitText={t.reset}
      danger
      intro={<Alert type="warning" showIcon title={t.resetWarning} />}
    >
      <Form.Item
        name="grace_hours"
        label={t.grace}
        extra={t.graceHint}
        rules={[{ ...rules.whole(0, longestGrace), required: true }]}
      >
        <InputNumber min={0} max={longestGrace} className="short-number" />
      </Form.Item>
      <Form.Item name="revoke_tokens" valuePropName="checked" extra={t.revokeHint}>
        <Checkbox>{t.revoke}</Checkbox>
      </Form.Item>
      <Form.Item
        name="typed"
        label={t.typed(appKey)}
        rules={[
          {
            validator: (_, text?: string) =>
              text?.trim() === appKey ? Promise.resolve() : Promise.reject(new Error(t.typedWrong)),
          },
        ]}
        validateTrigger="onSubmit"
      >
        <Input autoComplete="off" />
      </Form.Item>
    </FormDialog>
  );
}
