import { Button } from 'antd';
import { useCursors, useFilters } from '@/api/lists';
import type { OrderRow, OrderState } from '@/api/types/billing';
import { useAddressed } from '@/components/addressed';
import { DataTable } from '@/components/DataTable';
import { FilterSelect } from '@/components/FilterSelect';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { SearchInput } from '@/components/SearchInput';
import { TimeRange } from '@/components/TimeRange';
import { TimeText } from '@/components/TimeText';
import { Toolbar } from '@/components/Toolbar';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useOrgQuery } from '@/shell/organisation';
import { useName } from '../apps/tags';
import { AppFilter } from './AppFilter';
import { CsvButton } from './CsvButton';
import { OrderDrawer } from './OrderDrawer';
import { orderTexts } from './orderTexts';
import { ProductFilter } from './ProductFilter';
import { OrderStateTag } from './tags';
import { moneyTexts } from './words';

const states: readonly OrderState[] = [
  'pending_payment',
  'provisioning',
  'in_service',
  'finished',
  'cancelled',
];

/** `/billing/orders`; `?order=NO` opens that one. */
export default function OrdersPage() {
  const t = useTexts(orderTexts);
  const words = useTexts(moneyTexts);
  const buttons = useTexts(common);
  const nameOf = useName();
  const [filters, setFilters] = useFilters(['app_key', 'item', 'order_no', 'state', 'from', 'to']);
  const query = { ...useOrgQuery(), ...filters };
  const list = useCursors<OrderRow>('/billing/orders', query);
  const [shown, show] = useAddressed('order');
  return (
    <>
      <PageHeader description={t.about} extra={<CsvButton path="/billing/orders.csv" query={query} />} />
      <Panel>
        <Toolbar
          filters={
            <>
              <TimeRange label={t.dates} value={filters} onChange={setFilters} />
              <AppFilter value={filters.app_key} onChange={(app_key) => setFilters({ app_key })} />
              <ProductFilter value={filters.item} onChange={(item) => setFilters({ item })} />
              <FilterSelect
                label={t.state}
                value={filters.state}
                onChange={(state) => setFilters({ state })}
                options={states.map((state) => ({ value: state, label: words.orderStates[state] }))}
              />
              <SearchInput
                label={t.findNo}
                value={filters.order_no}
                onSearch={(order_no) => setFilters({ order_no })}
                width={220}
              />
            </>
          }
        />
        <DataTable<OrderRow>
          list={list}
          rowKey="order_no"
          label={t.orders}
          empty={t.none}
          columns={[
            { title: t.orderNo, dataIndex: 'order_no', render: (no: string) => <code>{no}</code> },
            { title: t.appKey, dataIndex: 'app_key', render: (key: string) => <code>{key}</code> },
            { title: t.product, key: 'product', render: () => words.product },
            { title: t.item, key: 'item', render: (_, order) => nameOf(order) },
            { title: t.state, dataIndex: 'state', render: (state: OrderState) => <OrderStateTag state={state} /> },
            { title: t.created, dataIndex: 'created', render: (time: number) => <TimeText value={time} /> },
            {
              title: buttons.actions,
              key: 'actions',
              fixed: 'right',
              render: (_, { order_no }) => (
                <Button type="link" size="small" className="cell-button" onClick={() => show(order_no)}>
                  {words.detail}
                </Button>
              ),
            },
          ]}
        />
      </Panel>
      <OrderDrawer orderNo={shown} onClose={() => show(undefined)} />
    </>
  );
}
