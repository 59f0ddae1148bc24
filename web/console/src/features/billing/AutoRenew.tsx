import { Switch } from 'antd';
import { api } from '@/api/client';
import { useAction, useInvalidate } from '@/api/hooks';
import type { OrderRow } from '@/api/types/billing';
import { useConfirm } from '@/components/ConfirmDialog';
import { useZone } from '@/components/zone';
import { useTexts } from '@/i18n';
import { useOrgQuery } from '@/shell/organisation';
import { useMay } from '@/shell/session';
import { orderTexts } from './orderTexts';

/** Whether a prepaid order goes on after its term. */
export function AutoRenew({ order }: { order: OrderRow }) {
  const t = useTexts(orderTexts);
  const may = useMay();
  const zone = useZone();
  const org = useOrgQuery();
  const confirm = useConfirm();
  const invalidate = useInvalidate();
  const set = (auto_renew: boolean): Promise<void> =>
    api.put(`/billing/orders/${encodeURIComponent(order.order_no)}/auto-renew`, { auto_renew }, { query: org });
  const turnOn = useAction(() => set(true), { done: t.autoRenewOn, changes: ['/billing/orders'] });
  const turnOff = (): void =>
    confirm({
      title: t.offTitle,
      content: t.offText(order.expires ? zone.show(order.expires).format('YYYY-MM-DD') : '–'),
      danger: true,
      onOk: async () => {
        await set(false);
        await invalidate('/billing/orders');
      },
    });
  return (
    <div className="field-row">
      <Switch
        aria-label={t.autoRenew}
        checked={order.auto_renew}
        loading={turnOn.busy}
        disabled={!may('billing_write')}
        onChange={(on) => (on ? void turnOn.run() : turnOff())}
      />
      <span>{t.autoRenew}</span>
      <span className="faint">{t.autoRenewHint}</span>
    </div>
  );
}
