import { useRead } from '@/api/hooks';
import type { Resource } from '@/api/types/billing';
import { DataTable } from '@/components/DataTable';
import { Panel } from '@/components/Panel';
import { TimeText } from '@/components/TimeText';
import { useTexts } from '@/i18n';
import { useOrgQuery } from '@/shell/organisation';
import { useName } from '../apps/tags';
import { accountTexts } from './accountTexts';
import { moneyTexts } from './words';
import './billing.css';

type Row = Resource & { row: number };

/** 其余资源剩余情况. */
export function ResourcesPanel() {
  const t = useTexts(accountTexts);
  const words = useTexts(moneyTexts);
  const nameOf = useName();
  const { data, error, refetch } = useRead<Resource[]>('/billing/resources', useOrgQuery());
  const items = data?.map((resource, row) => ({ ...resource, row }));
  const amount = ({ kind }: Resource, value: number): string =>
    kind === 'days' ? t.daysOf(value.toLocaleString()) : value.toLocaleString();
  return (
    <Panel title={t.resources}>
      <p className="panel-hint">{t.resourcesAbout}</p>
      <DataTable<Row>
        list={{ items, error, refreshing: false, refetch: () => void refetch(), pager: undefined }}
        rowKey="row"
        label={t.resources}
        empty={t.noResources}
        columns={[
          { title: words.appKey, dataIndex: 'app_key', render: (key: string) => <code>{key}</code> },
          {
            title: t.resource,
            key: 'resource',
            render: (_, row) => (
              <span className="line-name">
                {nameOf(row)}
                <small className="faint">{t.resourceKinds[row.kind]}</small>
              </span>
            ),
          },
          { title: t.included, key: 'included', align: 'right', render: (_, row) => amount(row, row.included) },
          { title: t.used, key: 'used', align: 'right', render: (_, row) => amount(row, row.used) },
          { title: t.remaining, key: 'remaining', align: 'right', render: (_, row) => amount(row, row.remaining) },
          {
            title: t.validUntil,
            dataIndex: 'expires',
            render: (time: number | null) => (time === null ? t.endOfMonth : <TimeText value={time} />),
          },
        ]}
      />
    </Panel>
  );
}
