import { App, Form, Input, Radio } from 'antd';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import type { EntryKind, LedgerEntry } from '@/api/types/billing';
import { FormDialog } from '@/components/FormDialog';
import { useMoney } from '@/components/Money';
import { MoneyInput } from '@/components/MoneyInput';
import { useRules } from '@/components/rules';
import { useTexts } from '@/i18n';
import { moneyTexts } from '../billing/words';
import { adminTexts } from './texts';
import '../apps/apps.css';

const kinds = ['recharge', 'gift', 'adjustment'] as const satisfies readonly EntryKind[];

interface Values {
  kind: (typeof kinds)[number];
  amount: number;
  reason: string;
}

interface Props {
  org: string;
  open: boolean;
  onClose: () => void;
}

/** 充值、赠送、调账. */
export function AdjustmentDialog({ org, open, onClose }: Props) {
  const t = useTexts(adminTexts);
  const words = useTexts(moneyTexts);
  const rules = useRules();
  const money = useMoney();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  const [form] = Form.useForm<Values>();
  return (
    <FormDialog<Values>
      form={form}
      title={t.adjustTitle(org)}
      open={open}
      onClose={onClose}
      initial={{ kind: 'recharge' }}
      onSubmit={async ({ kind, amount, reason }) => {
        const body = { kind, amount, reason: reason.trim() };
        const entry = await api.post<LedgerEntry>(`/operator/billing/orgs/${org}/adjustments`, body);
        await invalidate('/operator/billing', '/billing');
        void message.success(t.adjusted(money(entry.balance_after)));
      }}
    >
      <Form.Item name="kind" label={t.kind}>
        <Radio.Group className="registration-choices">
          {kinds.map((kind) => (
            <Radio key={kind} value={kind}>
              <span className="choice">
                {words.entryKinds[kind]}
                <small>{t.kindHints[kind]}</small>
              </span>
            </Radio>
          ))}
        </Radio.Group>
      </Form.Item>
      <Form.Item
        name="amount"
        label={t.amount}
        dependencies={['kind']}
        required
        rules={[
          ({ getFieldValue }) => ({
            validator: (_, amount?: number | null) => {
              if (getFieldValue('kind') === 'adjustment') {
                return amount ? Promise.resolve() : Promise.reject(new Error(t.amountNotZero));
              }
              return amount && amount > 0 ? Promise.resolve() : Promise.reject(new Error(t.amountRule));
            },
          }),
        ]}
      >
        <MoneyInput />
      </Form.Item>
      <Form.Item
        name="reason"
        label={t.reason}
        extra={t.reasonHint}
        className="last-item"
        rules={[rules.required(t.reason), rules.atMost(200)]}
      >
        <Input.TextArea autoSize={{ minRows: 2, maxRows: 4 }} />
      </Form.Item>
    </FormDialog>
  );
}
