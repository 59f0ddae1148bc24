import { Table } from 'antd';
import type { EndingOrder, Estimate } from '@/api/types/billing';
import { Money, useMoney } from '@/components/Money';
import { useTexts } from '@/i18n';
import { useName } from '../apps/tags';
import { moneyTexts } from '../billing/words';
import { useOverageWords } from './overage';
import { purchaseTexts } from './texts';

/** The lines of what is bought, what use above it costs, and what ends with it. */
export function EstimateLines({ estimate }: { estimate: Estimate }) {
  const t = useTexts(purchaseTexts);
  const words = useTexts(moneyTexts);
  const nameOf = useName();
  const overage = useOverageWords();
  const amount = (value: number) => <Money value={value} />;
  return (
    <div role="region" aria-label={t.summary} className="data-table">
      <Table
        size="small"
        pagination={false}
        dataSource={estimate.lines.map((line) => ({ ...line, key: line.item }))}
        columns={[
          { title: t.item, key: 'item', render: (_, line) => nameOf(line) },
          { title: t.unitPrice, dataIndex: 'unit_price', align: 'right', render: amount },
          { title: t.units, dataIndex: 'units', align: 'right' },
          {
            title: t.duration,
            dataIndex: 'term_months',
            align: 'right',
            render: (months: number | null) => (months === null ? t.monthly : words.months(months)),
          },
          {
            title: t.amount,
            key: 'amount',
            align: 'right',
            render: (_, { term_months, monthly, due_now }) => <Money value={term_months === null ? monthly : due_now} />,
          },
        ]}
      />
      {estimate.overage.map((each) => (
        <p key={each.meter} className="overage faint">
          {overage(each)}
        </p>
      ))}
      {estimate.ends.length > 0 && <Ends orders={estimate.ends} />}
    </div>
  );
}

function Ends({ orders }: { orders: readonly EndingOrder[] }) {
  const t = useTexts(purchaseTexts);
  const nameOf = useName();
  const money = useMoney();
  return (
    <section className="ends">
      <h3 className="panel-subtitle">{t.ends}</h3>
      <ul className="effects">
        {orders.map((order) => (
          <li key={order.order_no}>
            {nameOf(order)} <code className="faint">{order.order_no}</code>
            {order.refund > 0 && <> · {t.endsRefund(money(order.refund))}</>}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** 预估费用, and what is to be paid at once. */
export function EstimateTotal({ estimate }: { estimate: Estimate }) {
  const t = useTexts(purchaseTexts);
  return (
    <div className="estimate-total">
      <dl>
        <div>
          <dt>{t.estimate}</dt>
          <dd>
            <Money value={estimate.monthly} /> {t.estimateUnit}
          </dd>
        </div>
        {estimate.refund > 0 && (
          <div>
            <dt>{t.refund}</dt>
            <dd>
              <Money value={estimate.refund} />
            </dd>
          </div>
        )}
        {estimate.due_now > 0 && (
          <div className="estimate-due">
            <dt>{t.due}</dt>
            <dd>
              <Money value={estimate.due_now} />
            </dd>
          </div>
        )}
      </dl>
      <p className="faint">{t.estimateNote}</p>
    </div>
  );
}
