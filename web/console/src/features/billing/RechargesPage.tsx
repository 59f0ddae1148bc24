import { App, Button } from 'antd';
import { api } from '@/api/client';
import { useAction, useInvalidate, useRead } from '@/api/hooks';
import { useCursors, useFilters } from '@/api/lists';
import type { BillingAccount, RechargeRow } from '@/api/types/billing';
import { useConfirm } from '@/components/ConfirmDialog';
import { useOpening } from '@/components/dialog';
import { FilterSelect } from '@/components/FilterSelect';
import { useMoney } from '@/components/Money';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import type { RowAction } from '@/components/RowActions';
import { Toolbar } from '@/components/Toolbar';
import { useTexts } from '@/i18n';
import { useOrgQuery } from '@/shell/organisation';
import { useMay } from '@/shell/session';
import { RechargeDialog } from './RechargeDialog';
import { RechargeTable } from './RechargeTable';
import { rechargeTexts } from './rechargeTexts';
import { moneyTexts } from './words';

/** `/billing/recharges` */
export default function RechargesPage() {
  const t = useTexts(rechargeTexts);
  const words = useTexts(moneyTexts);
  const may = useMay();
  const org = useOrgQuery();
  const [{ state }, setFilters] = useFilters(['state']);
  const list = useCursors<RechargeRow>('/billing/recharges', { ...org, state });
  const account = useRead<BillingAccount>('/billing/account', org);
  const recharging = useOpening();
  const actions = useRechargeActions();
  return (
    <>
      <PageHeader
        description={t.about}
        extra={
          may('billing_write') && (
            <Button type="primary" disabled={!account.data} onClick={() => recharging.show(true)}>
              {t.create}
            </Button>
          )
        }
      />
      <Panel title={t.tab}>
        <Toolbar
          filters={
            <FilterSelect
              label={words.state}
              value={state}
              onChange={(state) => setFilters({ state })}
              options={(['unpaid', 'paid'] as const).map((value) => ({ value, label: words.rechargeStates[value] }))}
            />
          }
        />
        <RechargeTable list={list} label={t.recharges} empty={t.none} actions={actions} />
      </Panel>
      {account.data && (
        <RechargeDialog open={recharging.open} onClose={recharging.hide} channels={account.data.channels} />
      )}
    </>
  );
}

/** What can be done with those that are not paid. */
function useRechargeActions(): (row: RechargeRow) => RowAction[] {
  const t = useTexts(rechargeTexts);
  const may = useMay();
  const money = useMoney();
  const org = useOrgQuery();
  const confirm = useConfirm();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  const path = ({ recharge_no }: RechargeRow): string => `/billing/recharges/${encodeURIComponent(recharge_no)}`;
  const pay = useAction((row: RechargeRow) => api.post(`${path(row)}/pay`, undefined, { query: org }), {
    done: t.paidDone,
    changes: ['/billing'],
  });
  const remove = (row: RechargeRow): void =>
    confirm({
      title: t.removeTitle,
      content: t.removeText(row.recharge_no, money(row.amount)),
      okText: t.remove,
      danger: true,
      onOk: async () => {
        await api.delete(path(row), undefined, { query: org });
        await invalidate('/billing/recharges');
        void message.success(t.removed);
      },
    });
  return (row) => {
    if (row.state === 'paid' || !may('billing_write')) return [];
    return [
      {
        key: 'pay',
        label: t.pay,
        hidden: row.channel !== 'test',
        disabled: pay.busy,
        onClick: () => void pay.run(row),
      },
      { key: 'remove', label: t.remove, danger: true, onClick: () => remove(row) },
    ];
  };
}
