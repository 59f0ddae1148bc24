import { Descriptions, Drawer, Skeleton, Table } from 'antd';
import { useRead } from '@/api/hooks';
import type { EndReason, OperationKind, OrderDetail, OrderOperation, OrderRow } from '@/api/types/billing';
import { ErrorState } from '@/components/ErrorState';
import { Money } from '@/components/Money';
import { TimeText } from '@/components/TimeText';
import { useTexts } from '@/i18n';
import { useOrgQuery } from '@/shell/organisation';
import { useDataCenterName } from '../apps/dataCenter';
import { useName } from '../apps/tags';
import { AutoRenew } from './AutoRenew';
import { orderTexts } from './orderTexts';
import { useLastShown } from './shown';
import { OrderStateTag } from './tags';
import { moneyTexts } from './words';
import './billing.css';

interface Props {
  /** Undefined: closed. */
  orderNo: string | undefined;
  onClose: () => void;
}

/** 订单详情. */
export function OrderDrawer({ orderNo, onClose }: Props) {
  const t = useTexts(orderTexts);
  const about = useLastShown(orderNo);
  return (
    <Drawer title={t.title} open={orderNo !== undefined} onClose={onClose} size={860}>
      {about && <Order key={about} orderNo={about} />}
    </Drawer>
  );
}

function Order({ orderNo }: { orderNo: string }) {
  const { data, error, refetch } = useRead<OrderDetail>(
    `/billing/orders/${encodeURIComponent(orderNo)}`,
    useOrgQuery(),
  );
  if (data) return <Detail detail={data} />;
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  return <Skeleton active paragraph={{ rows: 10 }} />;
}

function Detail({ detail }: { detail: OrderDetail }) {
  const t = useTexts(orderTexts);
  const dataCenter = useDataCenterName();
  const { order } = detail;
  return (
    <>
      <Facts detail={detail} />
      <h3 className="drawer-heading">{t.lines}</h3>
      <Lines lines={detail.lines} dataCenter={dataCenter(detail.data_center)} />
      <p className="lines-total">
        {t.total} <Money value={detail.monthly} />
      </p>
      {order.term_months !== null && order.state === 'in_service' && <AutoRenew order={order} />}
      <h3 className="drawer-heading">{t.operations}</h3>
      <Operations operations={detail.operations} />
    </>
  );
}

function Facts({ detail: { order, creator } }: { detail: OrderDetail }) {
  const t = useTexts(orderTexts);
  const words = useTexts(moneyTexts);
  const { state, end_reason } = order;
  return (
    <Descriptions
      column={2}
      size="small"
      items={[
        { key: 'no', label: t.orderNo, children: <code>{order.order_no}</code> },
        {
          key: 'state',
          label: t.state,
          children: (
            <>
              <OrderStateTag state={state} />
              {end_reason && t.because(words.endReasons[end_reason])}
            </>
          ),
        },
        { key: 'monthly', label: t.monthly, children: <Money value={order.monthly} /> },
        { key: 'app', label: t.appKey, children: <code>{order.app_key}</code> },
        { key: 'creator', label: t.creator, children: creator },
        { key: 'created', label: words.created, children: <TimeText value={order.created} /> },
        { key: 'effective', label: t.effective, children: <TimeText value={order.effective} /> },
        { key: 'ended', label: t.ended, children: <TimeText value={order.ended} /> },
        ...(order.expires === null
          ? []
          : [{ key: 'expires', label: t.expires, children: <TimeText value={order.expires} /> }]),
      ]}
    />
  );
}

function Lines({ lines, dataCenter }: { lines: readonly OrderRow[]; dataCenter: string }) {
  const t = useTexts(orderTexts);
  const nameOf = useName();
  const amount = (value: number) => <Money value={value} />;
  return (
    <div role="region" aria-label={t.lines} className="data-table">
      <Table<OrderRow>
        size="small"
        pagination={false}
        dataSource={[...lines]}
        rowKey="order_no"
        columns={[
          { title: t.item, key: 'item', render: (_, line) => nameOf(line) },
          { title: t.dataCenter, key: 'dc', render: () => dataCenter },
          { title: t.unitPrice, dataIndex: 'unit_price', align: 'right', render: amount },
          { title: t.units, dataIndex: 'units', align: 'right' },
          { title: t.amount, dataIndex: 'monthly', align: 'right', render: amount },
        ]}
      />
    </div>
  );
}

function Operations({ operations }: { operations: readonly OrderOperation[] }) {
  const t = useTexts(orderTexts);
  const words = useTexts(moneyTexts);
  const nameOf = useName();
  const detailOf = ({ what, detail }: OrderOperation): string =>
    what === 'finished' ? (words.endReasons[detail as EndReason] ?? detail) : detail;
  return (
    <div role="region" aria-label={t.operations} className="data-table">
      <Table
        size="small"
        pagination={false}
        dataSource={operations.map((operation, key) => ({ ...operation, key }))}
        columns={[
          { title: t.time, dataIndex: 'time', render: (time: number) => <TimeText value={time} /> },
          { title: t.product, key: 'product', render: (_, operation) => nameOf(operation) },
          {
            title: t.operation,
            key: 'what',
            render: (_, operation) => (
              <span className="line-name">
                {words.operations[operation.what]}
                {operation.detail && <small className="faint">{detailOf(operation)}</small>}
              </span>
            ),
          },
          {
            title: t.actual,
            key: 'amount',
            align: 'right',
            render: (_, { what, amount }) => <Money value={spentBy[what]?.(amount)} />,
          },
        ]}
      />
    </div>
  );
}

/** What a step took from the balance; the others took nothing, whatever they are about. */
const spentBy: Partial<Record<OperationKind, (amount: number) => number>> = {
  paid: (amount) => amount,
  renewed: (amount) => amount,
  refunded: (amount) => -amount,
};
