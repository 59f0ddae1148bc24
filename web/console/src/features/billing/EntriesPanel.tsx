import { Link } from 'react-router';
import { useCursors, useFilters } from '@/api/lists';
import type { EntryKind, LedgerEntry } from '@/api/types/billing';
import { Clipped } from '@/components/Clipped';
import { DataTable } from '@/components/DataTable';
import { FilterSelect } from '@/components/FilterSelect';
import { Money } from '@/components/Money';
import { Panel } from '@/components/Panel';
import { TimeRange } from '@/components/TimeRange';
import { TimeText } from '@/components/TimeText';
import { Toolbar } from '@/components/Toolbar';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useOrgQuery } from '@/shell/organisation';
import { accountTexts } from './accountTexts';
import { CsvButton } from './CsvButton';
import { moneyTexts } from './words';
import './billing.css';

const kinds: readonly EntryKind[] = ['charge', 'recharge', 'refund', 'adjustment', 'gift'];

/** 账户收支明细. */
export function EntriesPanel() {
  const t = useTexts(accountTexts);
  const words = useTexts(moneyTexts);
  const buttons = useTexts(common);
  const [filters, setFilters] = useFilters(['kind', 'from', 'to']);
  const query = { ...useOrgQuery(), ...filters };
  const list = useCursors<LedgerEntry>('/billing/entries', query);
  return (
    <Panel title={t.entries} extra={<CsvButton path="/billing/entries.csv" query={query} />}>
      <Toolbar
        filters={
          <>
            <TimeRange label={t.queryTime} value={filters} onChange={setFilters} />
            <FilterSelect
              label={t.kind}
              value={filters.kind}
              onChange={(kind) => setFilters({ kind })}
              options={kinds.map((kind) => ({ value: kind, label: words.entryKinds[kind] }))}
            />
          </>
        }
      />
      <DataTable<LedgerEntry>
        list={list}
        rowKey="id"
        label={t.entries}
        empty={t.noEntries}
        columns={[
          { title: t.time, dataIndex: 'time', width: 180, render: (time: number) => <TimeText value={time} /> },
          { title: t.entryKind, dataIndex: 'kind', render: (kind: EntryKind) => words.entryKinds[kind] },
          {
            title: t.reference,
            key: 'reference',
            render: (_, { reference, note }) => (
              <span className="line-name">
                <code>{reference}</code>
                {note && (
                  <small className="faint">
                    <Clipped text={note} width={200} />
                  </small>
                )}
              </span>
            ),
          },
          {
            title: t.spent,
            key: 'spent',
            align: 'right',
            render: (_, { kind, amount }) => <Money value={kind === 'charge' ? -amount : null} />,
          },
          {
            title: t.change,
            dataIndex: 'amount',
            align: 'right',
            render: (amount: number) => <Money value={amount} signed />,
          },
          {
            title: t.after,
            dataIndex: 'balance_after',
            align: 'right',
            render: (amount: number) => <Money value={amount} />,
          },
          {
            title: buttons.actions,
            key: 'actions',
            fixed: 'right',
            render: (_, { bill_no }) =>
              bill_no && <Link to={`/billing/bills?bill=${encodeURIComponent(bill_no)}`}>{words.billDetail}</Link>,
          },
        ]}
      />
    </Panel>
  );
}
