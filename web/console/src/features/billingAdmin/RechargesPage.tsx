import { App } from 'antd';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import { useCursors } from '@/api/lists';
import type { RechargeRow } from '@/api/types/billing';
import { useConfirm } from '@/components/ConfirmDialog';
import { useMoney } from '@/components/Money';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { useTexts } from '@/i18n';
import { BillingTimes } from '../billing/BillingTimes';
import { RechargeTable } from '../billing/RechargeTable';
import { rechargeTexts } from '../billing/rechargeTexts';

const path = '/operator/billing/recharges';

/** `/account/billing-recharges`: those of all organisations that wait for their money. */
export default function RechargesPage() {
  const t = useTexts(rechargeTexts);
  const list = useCursors<RechargeRow>(path, { state: 'unpaid' });
  const confirmArrival = useConfirmArrival();
  return (
    <>
      <PageHeader description={t.confirmAbout} />
      <Panel>
        <BillingTimes>
          <RechargeTable
            list={list}
            label={t.recharges}
            empty={t.confirmNone}
            withOrg
            actions={(row) => [{ key: 'confirm', label: t.confirm, onClick: () => confirmArrival(row) }]}
          />
        </BillingTimes>
      </Panel>
    </>
  );
}

function useConfirmArrival(): (row: RechargeRow) => void {
  const t = useTexts(rechargeTexts);
  const money = useMoney();
  const confirm = useConfirm();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  return ({ recharge_no, org, amount }) =>
    confirm({
      title: t.confirmTitle,
      content: t.confirmText(org, money(amount)),
      okText: t.confirm,
      onOk: async () => {
        await api.post(`${path}/${encodeURIComponent(recharge_no)}/confirm`);
        await invalidate('/operator/billing', '/billing');
        void message.success(t.confirmed(money(amount)));
      },
    });
}
