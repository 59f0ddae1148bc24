import { Table } from 'antd';
import type { OrderRow } from '@/api/types/billing';
import { Money } from '@/components/Money';
import { useTexts } from '@/i18n';
import { useName } from '../apps/tags';
import { moneyTexts } from '../billing/words';
import { payTexts } from './payTexts';

/** The orders that a purchase is made of. */
export function PurchaseTable({ orders }: { orders: readonly OrderRow[] }) {
  const t = useTexts(payTexts);
  const words = useTexts(moneyTexts);
  const nameOf = useName();
  const amount = (value: number) => <Money value={value} />;
  return (
    <div role="region" aria-label={t.bought} className="data-table">
      <Table<OrderRow>
        size="small"
        pagination={false}
        dataSource={[...orders]}
        rowKey="order_no"
        columns={[
          { title: t.item, key: 'item', render: (_, order) => nameOf(order) },
          { title: t.orderNo, dataIndex: 'order_no', render: (no: string) => <code>{no}</code> },
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
            render: (_, { monthly, term_months }) => <Money value={monthly * (term_months ?? 1)} />,
          },
        ]}
      />
    </div>
  );
}
