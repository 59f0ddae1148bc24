import type { BillState, OrderState, RechargeRow } from '@/api/types/billing';
import { StatusTag, type Tone } from '@/components/StatusTag';
import { useTexts } from '@/i18n';
import { moneyTexts } from './words';

const orderTones: Record<OrderState, Tone> = {
  pending_payment: 'warning',
  provisioning: 'busy',
  in_service: 'good',
  finished: 'off',
  cancelled: 'off',
};

export function OrderStateTag({ state }: { state: OrderState }) {
  const t = useTexts(moneyTexts);
  return <StatusTag tone={orderTones[state]}>{t.orderStates[state]}</StatusTag>;
}

const billTones: Record<BillState, Tone> = { paid: 'good', unpaid: 'bad', part_paid: 'warning' };

export function BillStateTag({ state }: { state: BillState }) {
  const t = useTexts(moneyTexts);
  return <StatusTag tone={billTones[state]}>{t.billStates[state]}</StatusTag>;
}

export function RechargeStateTag({ state }: { state: RechargeRow['state'] }) {
  const t = useTexts(moneyTexts);
  return <StatusTag tone={state === 'paid' ? 'good' : 'warning'}>{t.rechargeStates[state]}</StatusTag>;
}
