import { App, Form, Input, Radio } from 'antd';
import { useRef } from 'react';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import type { RechargeChannel, RechargeRow } from '@/api/types/billing';
import { FormDialog } from '@/components/FormDialog';
import { MoneyInput } from '@/components/MoneyInput';
import { useRules } from '@/components/rules';
import { defineTexts, useTexts } from '@/i18n';
import { useOrgQuery } from '@/shell/organisation';
import { moneyTexts } from './words';
import '../apps/apps.css';

const texts = defineTexts(
  {
    title: '充值',
    amount: '充值金额',
    submit: '提交充值',
    done: (no: string) => `充值单 ${no} 已提交`,
    least: '充值金额不能小于 0.01',
    offline: '提交后请按金额转账，运维人员确认到账后计入余额。',
    test: '仅用于测试，提交后在充值记录中支付，立即计入余额。',
    noChannel: '本部署没有可用的支付方式，请联系运维人员。',
    noteHint: '例如转账的户名或流水号，便于核对。',
  },
  {
    title: 'Recharge',
    amount: 'Amount',
    submit: 'Submit',
    done: (no) => `Recharge ${no} is submitted`,
    least: 'At least 0.01',
    offline: 'Transfer the amount; it is added once the operator has confirmed it.',
    test: 'For tests only: pay it in the list of recharges, and it is added at once.',
    noChannel: 'There is no way to pay here. Ask the operator.',
    noteHint: 'Such as the name or number of the transfer, to recognise it.',
  },
);

interface Values {
  amount: number;
  channel: RechargeChannel;
  note?: string;
}

interface Props {
  open: boolean;
  /** With what was made, if so. */
  onClose: (made: RechargeRow | undefined) => void;
  channels: readonly RechargeChannel[];
}

/** Makes a recharge, to be paid. */
export function RechargeDialog({ open, onClose, channels }: Props) {
  const t = useTexts(texts);
  const words = useTexts(moneyTexts);
  const rules = useRules();
  const org = useOrgQuery();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  const made = useRef<RechargeRow>(undefined);
  const hints: Record<RechargeChannel, string> = { offline: t.offline, test: t.test };
  return (
    <FormDialog<Values>
      title={t.title}
      open={open}
      onClose={() => onClose(made.current)}
      submitText={t.submit}
      initial={channels[0] ? { channel: channels[0] } : {}}
      onSubmit={async ({ amount, channel, note }) => {
        const body = { amount, channel, note: note?.trim() ?? '' };
        made.current = await api.post<RechargeRow>('/billing/recharges', body, { query: org });
        await invalidate('/billing');
        void message.success(t.done(made.current.recharge_no));
      }}
    >
      <Form.Item
        name="amount"
        label={t.amount}
        rules={[{ required: true, type: 'integer', min: 1, message: t.least }]}
      >
        <MoneyInput />
      </Form.Item>
      <Form.Item name="channel" label={words.channel} rules={[rules.choose(words.channel)]}>
        {channels.length === 0 ? (
          <span className="faint">{t.noChannel}</span>
        ) : (
          <Radio.Group className="registration-choices">
            {channels.map((channel) => (
              <Radio key={channel} value={channel}>
                <span className="choice">
                  {words.channels[channel]}
                  <small>{hints[channel]}</small>
                </span>
              </Radio>
            ))}
          </Radio.Group>
        )}
      </Form.Item>
      <Form.Item name="note" label={words.note} extra={t.noteHint} className="last-item" rules={[rules.atMost(200)]}>
        <Input.TextArea autoSize={{ minRows: 2, maxRows: 4 }} />
      </Form.Item>
    </FormDialog>
  );
}
