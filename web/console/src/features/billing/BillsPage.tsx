import { Button } from 'antd';
import { useCursors, useFilters } from '@/api/lists';
import type { BillRow, BillState } from '@/api/types/billing';
import { useAddressed } from '@/components/addressed';
import { DataTable } from '@/components/DataTable';
import { Money } from '@/components/Money';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { SearchInput } from '@/components/SearchInput';
import { TimeRange } from '@/components/TimeRange';
import { TimeText } from '@/components/TimeText';
import { Toolbar } from '@/components/Toolbar';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useOrgQuery } from '@/shell/organisation';
import { BillDrawer } from './BillDrawer';
import { billTexts } from './billTexts';
import { CsvButton } from './CsvButton';
import { ProductFilter } from './ProductFilter';
import { BillStateTag } from './tags';
import { moneyTexts } from './words';
import './billing.css';

/** `/billing/bills`; `?bill=NO` opens that one. */
export default function BillsPage() {
  const t = useTexts(billTexts);
  const words = useTexts(moneyTexts);
  const buttons = useTexts(common);
  const [filters, setFilters] = useFilters(['item', 'bill_no', 'from', 'to']);
  const query = { ...useOrgQuery(), ...filters };
  const list = useCursors<BillRow>('/billing/bills', query);
  const [shown, show] = useAddressed('bill');
  const amount = (value: number) => <Money value={value} />;
  return (
    <>
      <PageHeader description={t.about} extra={<CsvButton path="/billing/bills.csv" query={query} />} />
      <Panel title={t.tab}>
        <Toolbar
          filters={
            <>
              <ProductFilter value={filters.item} onChange={(item) => setFilters({ item })} />
              <TimeRange label={t.queryTime} value={filters} onChange={setFilters} />
              <SearchInput
                label={t.find}
                value={filters.bill_no}
                onSearch={(bill_no) => setFilters({ bill_no })}
                width={220}
              />
            </>
          }
        />
        <DataTable<BillRow>
          list={list}
          rowKey="bill_no"
          label={t.bills}
          empty={t.none}
          columns={[
            { title: t.billNo, dataIndex: 'bill_no', render: (no: string) => <code>{no}</code> },
            {
              title: t.product,
              key: 'product',
              render: (_, { kind, month }) => (
                <span className="line-name">
                  {words.product}
                  <small className="faint">{month ? `${words.billKinds[kind]} ${month}` : words.billKinds[kind]}</small>
                </span>
              ),
            },
            { title: t.issued, dataIndex: 'issued', render: (time: number) => <TimeText value={time} /> },
            { title: t.total, dataIndex: 'total', align: 'right', render: amount },
            { title: t.state, dataIndex: 'state', render: (state: BillState) => <BillStateTag state={state} /> },
            { title: t.cash, dataIndex: 'cash', align: 'right', render: amount },
            {
              title: buttons.actions,
              key: 'actions',
              fixed: 'right',
              render: (_, { bill_no }) => (
                <Button type="link" size="small" className="cell-button" onClick={() => show(bill_no)}>
                  {words.billDetail}
                </Button>
              ),
            },
          ]}
        />
      </Panel>
      <BillDrawer billNo={shown} onClose={() => show(undefined)} />
    </>
  );
}
