import { App, Form } from 'antd';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import { FormDialog } from '@/components/FormDialog';
import { MoneyInput } from '@/components/MoneyInput';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { adminTexts } from './texts';

interface Props {
  org: string;
  limit: number;
  open: boolean;
  onClose: () => void;
}

/** 信用额度. */
export function CreditDialog({ org, limit, open, onClose }: Props) {
  const t = useTexts(adminTexts);
  const words = useTexts(common);
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  return (
    <FormDialog<{ credit_limit: number }>
      title={t.creditTitle(org)}
      intro={t.creditIntro}
      open={open}
      onClose={onClose}
      initial={{ credit_limit: limit }}
      onSubmit={async (values) => {
        await api.put(`/operator/billing/orgs/${org}`, values);
        await invalidate('/operator/billing', '/billing');
        void message.success(words.saved);
      }}
    >
      <Form.Item
        name="credit_limit"
        label={t.creditLimit}
        className="last-item"
        rules={[{ required: true, type: 'integer', min: 0, message: t.creditRule }]}
      >
        <MoneyInput />
      </Form.Item>
    </FormDialog>
  );
}
