import type { TableProps } from 'antd';
import type { List } from '@/api/lists';
import type { RechargeChannel, RechargeRow } from '@/api/types/billing';
import { Clipped } from '@/components/Clipped';
import { DataTable } from '@/components/DataTable';
import { Money } from '@/components/Money';
import { RowActions, type RowAction } from '@/components/RowActions';
import { TimeText } from '@/components/TimeText';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { rechargeTexts } from './rechargeTexts';
import { RechargeStateTag } from './tags';
import { moneyTexts } from './words';

interface Props {
  list: List<RechargeRow>;
  label: string;
  empty: string;
  /** Says whose they are. */
  withOrg?: boolean;
  actions: (row: RechargeRow) => RowAction[];
}

/** Recharges, of one organisation or of all. */
export function RechargeTable({ list, label, empty, withOrg, actions }: Props) {
  const t = useTexts(rechargeTexts);
  const words = useTexts(moneyTexts);
  const buttons = useTexts(common);
  const org: NonNullable<TableProps<RechargeRow>['columns']> = withOrg
    ? [{ title: t.org, dataIndex: 'org', render: (name: string) => <code>{name}</code> }]
    : [];
  return (
    <DataTable<RechargeRow>
      list={list}
      rowKey="recharge_no"
      label={label}
      empty={empty}
      columns={[
        { title: t.no, dataIndex: 'recharge_no', render: (no: string) => <code>{no}</code> },
        ...org,
        { title: words.amount, dataIndex: 'amount', align: 'right', render: (amount: number) => <Money value={amount} /> },
        { title: words.channel, dataIndex: 'channel', render: (channel: RechargeChannel) => words.channels[channel] },
        {
          title: words.state,
          dataIndex: 'state',
          render: (state: RechargeRow['state']) => <RechargeStateTag state={state} />,
        },
        { title: words.note, dataIndex: 'note', render: (note: string) => <Clipped text={note} width={180} /> },
        { title: t.creator, dataIndex: 'creator', render: (who: string) => <Clipped text={who} width={160} /> },
        { title: words.created, dataIndex: 'created', render: (time: number) => <TimeText value={time} /> },
        { title: t.paid, dataIndex: 'paid', render: (time: number | null) => <TimeText value={time} /> },
        {
          title: buttons.actions,
          key: 'actions',
          fixed: 'right',
          render: (_, row) => <RowActions of={row.recharge_no} actions={actions(row)} inline={2} />,
        },
      ]}
    />
  );
}
