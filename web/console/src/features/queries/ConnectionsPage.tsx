import { Empty } from 'antd';
import { useCursors, useFilters } from '@/api/lists';
import type { ConnectionRow } from '@/api/types/queries';
import { Clipped } from '@/components/Clipped';
import { DataTable } from '@/components/DataTable';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { SearchInput } from '@/components/SearchInput';
import { StatusTag } from '@/components/StatusTag';
import { TimeText } from '@/components/TimeText';
import { Toolbar } from '@/components/Toolbar';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { queryTexts } from './texts';
import { TimeRange } from './TimeRange';

/** IM用户连接状态. */
export default function ConnectionsPage() {
  const t = useTexts(queryTexts);
  const [{ user }, setFilters] = useFilters(['user']);
  return (
    <>
      <PageHeader description={t.aboutConnections} />
      <Panel>
        <Toolbar
          filters={
            <>
              <SearchInput label={t.user} value={user} onSearch={(to) => setFilters({ user: to })} />
              <TimeRange />
            </>
          }
        />
        {user ? (
          <Connections />
        ) : (
          <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t.askUser} />
        )}
      </Panel>
    </>
  );
}

/** A line with a key of its own. */
type Line = ConnectionRow & { key: string };

function Connections() {
  const t = useTexts(queryTexts);
  const app = useApp();
  const [filters] = useFilters(['user', 'from', 'to']);
  const list = useCursors<ConnectionRow>(`${app.api}/queries/connections`, filters, { size: 20 });
  const lines = list.items?.map((line, at): Line => ({ ...line, key: `${line.time} ${line.device} ${at}` }));
  return (
    <DataTable<Line>
      list={{ ...list, items: lines }}
      rowKey="key"
      label={t.connections}
      columns={[
        { title: t.time, dataIndex: 'time', render: (time: number) => <TimeText value={time} /> },
        { title: t.version, dataIndex: 'version', render: (version: string) => version || '–' },
        { title: t.platform, dataIndex: 'platform' },
        { title: t.device, dataIndex: 'device', render: (device: string) => <Clipped text={device} width={240} /> },
        { title: 'IP', dataIndex: 'ip', render: (ip: string | null) => ip ?? '–' },
        { title: t.operation, key: 'operation', render: (_, { operation }) => t.operations(operation) },
        {
          title: t.state,
          dataIndex: 'online',
          render: (online: boolean) => (
            <StatusTag tone={online ? 'good' : 'off'}>{online ? t.online : t.offline}</StatusTag>
          ),
        },
      ]}
    />
  );
}
