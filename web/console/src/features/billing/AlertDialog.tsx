import { App, Form, Switch } from 'antd';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import { FormDialog } from '@/components/FormDialog';
import { MoneyInput } from '@/components/MoneyInput';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useOrgQuery } from '@/shell/organisation';
import { accountTexts } from './accountTexts';

interface Values {
  on: boolean;
  alert_below?: number | null;
}

interface Props {
  open: boolean;
  onClose: () => void;
  /** Null: none is set. */
  below: number | null;
}

/** 余额预警. */
export function AlertDialog({ open, onClose, below }: Props) {
  const t = useTexts(accountTexts);
  const words = useTexts(common);
  const org = useOrgQuery();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  const [form] = Form.useForm<Values>();
  const on = Form.useWatch('on', form);
  return (
    <FormDialog<Values>
      form={form}
      title={t.alertTitle}
      intro={t.alertIntro}
      open={open}
      onClose={onClose}
      initial={{ on: below !== null, alert_below: below }}
      onSubmit={async ({ on, alert_below }) => {
        await api.put('/billing/alert', { alert_below: on ? (alert_below ?? null) : null }, { query: org });
        await invalidate('/billing/account');
        void message.success(words.saved);
      }}
    >
      <Form.Item name="on" label={t.alertOn} valuePropName="checked">
        <Switch />
      </Form.Item>
      {on && (
        <Form.Item
          name="alert_below"
          label={t.alertAmount}
          className="last-item"
          rules={[{ required: true, type: 'integer', min: 0, message: t.alertLeast }]}
        >
          <MoneyInput />
        </Form.Item>
      )}
    </FormDialog>
  );
}
