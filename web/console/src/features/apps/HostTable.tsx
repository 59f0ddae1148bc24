import { Table } from 'antd';
import { CopyText } from '@/components/CopyText';
import { useTexts } from '@/i18n';
import { appTexts } from './texts';

interface Row {
  key: string;
  name: string;
  use: string;
  hosts: readonly string[];
}

/** Where clients and servers of the app connect. */
export function HostTable({ rest, ws }: { rest: readonly string[]; ws: readonly string[] }) {
  const t = useTexts(appTexts);
  const rows: Row[] = [
    { key: 'rest', name: t.restApi, use: t.restUse, hosts: rest },
    { key: 'ws', name: t.socket, use: t.socketUse, hosts: ws },
  ];
  return (
    <Table<Row>
      dataSource={rows}
      rowKey="key"
      size="middle"
      pagination={false}
      scroll={{ x: 'max-content' }}
      columns={[
        {
          title: t.serviceName,
          key: 'name',
          render: (_, { name, use }) => (
            <span className="host-name">
              {name}
              <small className="faint">{use}</small>
            </span>
          ),
        },
        { title: t.host, key: 'hosts', render: (_, { name, hosts }) => <Hosts what={name} hosts={hosts} /> },
      ]}
    />
  );
}

function Hosts({ what, hosts }: { what: string; hosts: readonly string[] }) {
  const t = useTexts(appTexts);
  if (hosts.length === 0) return <span className="faint">{t.noHost}</span>;
  return (
    <span className="host-list">
      {hosts.map((host) => (
        <CopyText key={host} text={host} what={what} />
      ))}
    </span>
  );
}
