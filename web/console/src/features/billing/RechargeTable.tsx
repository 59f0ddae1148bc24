import type { TableProps } from 'antd';
import type { List } from '@/api/lists';
import type { RechargeRow } from '@/api/types/billing';
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
import './billing.css';

interface Props {
  list: List<RechargeRow>;
  label: string;
  empty: string;
  /** Those of all organisations that wait: says whose they are. */
  withOrg?: boolean;
  actions: (row: RechargeRow) => RowAction[];
}

/** Recharges, of one organisation or of all. */
export function RechargeTable({ list, label, empty, withOrg, actions }: Props) {
  const t = useTexts(rechargeTexts);
  const words = useTexts(moneyTexts);
  const buttons = useTexts(common);
  type Columns = NonNullable<TableProps<RechargeRow>['columns']>;
  // Those of all organisations wait, all of them.
  const org: Columns = [{ title: t.org, dataIndex: 'org', render: (name: string) => <code>{name}</code> }];
  const state: Columns = [
    {
      title: words.state,
      key: 'state',
      render: (_, { state, paid }) => (
        <span className="line-name">
          <span>
            <RechargeStateTag state={state} />
          </span>
          {paid !== null && (
            <small className="faint">
              <TimeText value={paid} />
            </small>
          )}
        </span>
      ),
    },
  ];
  return (
    <DataTable<RechargeRow>
      list={list}
      rowKey="recharge_no"
      label={label}
      empty={empty}
      columns={[
        { title: t.no, dataIndex: 'recharge_no', render: (no: string) => <code>{no}</code> },
        ...(withOrg ? org : []),
        { title: words.amount, dataIndex: 'amount', align: 'right', render: (amount: number) => <Money value={amount} /> },
        ...(withOrg ? [] : state),
        {
          title: words.channel,
          key: 'channel',
          render: (_, { channel, note }) => (
            <span className="line-name">
              {words.channels[channel]}
              {note && (
                <small className="faint">
                  <Clipped text={note} width={withOrg ? 200 : 130} />
                </small>
              )}
            </span>
          ),
        },
        {
          title: words.created,
          key: 'created',
          render: (_, { created, creator }) => (
            <span className="line-name">
              <TimeText value={created} />
              <small className="faint">
                <Clipped text={creator} width={148} />
              </small>
            </span>
          ),
        },
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
