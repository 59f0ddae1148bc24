import { Skeleton } from 'antd';
import { useRead } from '@/api/hooks';
import { useFilters } from '@/api/lists';
import type { AppCosts, Costs } from '@/api/types/billing';
import { Chart } from '@/components/Chart';
import { DataTable } from '@/components/DataTable';
import { ErrorState } from '@/components/ErrorState';
import { fromUnits, Money, toUnits, useMoney } from '@/components/Money';
import { Panel } from '@/components/Panel';
import { useTexts } from '@/i18n';
import { useOrgQuery } from '@/shell/organisation';
import { accountTexts } from './accountTexts';
import { MonthPicker, monthWord, useThisMonth } from './MonthPicker';
import { moneyTexts } from './words';

/** What a month has cost so far: the line of its days, and each app's share. */
export function CostsPanel() {
  const t = useTexts(accountTexts);
  const money = useMoney();
  const now = useThisMonth();
  const [{ month = monthWord(now) }, setFilters] = useFilters(['month']);
  const read = useRead<Costs>('/billing/costs', { ...useOrgQuery(), month }, { keep: true });
  const costs = read.data;
  return (
    <Panel
      title={t.costs}
      extra={
        <MonthPicker
          value={month}
          until={now}
          onChange={(to) => setFilters({ month: to === monthWord(now) ? undefined : to })}
        />
      }
    >
      <p className="panel-hint">{t.costsAbout}</p>
      {costs ? (
        <>
          <Chart
            kind="line"
            height={240}
            title={t.costsChart(costs.month)}
            labels={costs.days.map(({ day }) => day.slice(5))}
            series={[{ name: t.accumulated, values: costs.days.map(({ amount }) => fromUnits(amount)) }]}
            format={(value) => money(toUnits(value))}
          />
          <p className="costs-total">
            {t.total} <Money value={costs.total} />
          </p>
        </>
      ) : (
        !read.error && <Skeleton active title={false} paragraph={{ rows: 7 }} />
      )}
      {read.error && !costs ? (
        <ErrorState error={read.error} onRetry={() => void read.refetch()} />
      ) : (
        <ByApp apps={costs?.apps} refreshing={read.isPlaceholderData} />
      )}
    </Panel>
  );
}

function ByApp({ apps, refreshing }: { apps: readonly AppCosts[] | undefined; refreshing: boolean }) {
  const t = useTexts(accountTexts);
  const words = useTexts(moneyTexts);
  const amount = (value: number) => <Money value={value} />;
  return (
    <DataTable<AppCosts>
      list={{ items: apps, error: undefined, refreshing, refetch: () => undefined, pager: undefined }}
      rowKey="app_key"
      label={t.byApp}
      empty={t.noCosts}
      columns={[
        { title: words.appKey, dataIndex: 'app_key', render: (key: string) => <code>{key}</code> },
        { title: t.planFee, dataIndex: 'plan_fee', align: 'right', render: amount },
        { title: t.overage, dataIndex: 'overage', align: 'right', render: amount },
        { title: t.services, dataIndex: 'services', align: 'right', render: amount },
        {
          title: t.peakDau,
          key: 'peak',
          align: 'right',
          render: (_, { peak_dau, peak_day }) => (
            <>
              {peak_dau.toLocaleString()}
              {peak_day && <small className="peak-day faint">{peak_day.slice(5)}</small>}
            </>
          ),
        },
        {
          title: t.total,
          dataIndex: 'total',
          align: 'right',
          render: (value: number) => (
            <strong>
              <Money value={value} />
            </strong>
          ),
        },
      ]}
    />
  );
}
