import { Button, Empty, Select } from 'antd';
import { useCursors, useFilters } from '@/api/lists';
import type { DeliveryRow } from '@/api/types/queries';
import { CopyText } from '@/components/CopyText';
import { DataTable } from '@/components/DataTable';
import { useOpening } from '@/components/dialog';
import { FilterSelect } from '@/components/FilterSelect';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { SearchInput } from '@/components/SearchInput';
import { TimeText } from '@/components/TimeText';
import { Toolbar } from '@/components/Toolbar';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { kindTexts, messageKinds, type Kind } from '../stats/kinds';
import { DeliveryDrawer } from './DeliveryDrawer';
import { queryTexts } from './texts';
import { TimeRange } from './TimeRange';

const names = ['by', 'id', 'chat', 'kind', 'sent_by', 'from', 'to'] as const;

/** IM消息投递查询. */
export default function DeliveryPage() {
  const t = useTexts(queryTexts);
  const kinds = useTexts(kindTexts);
  const [filters, setFilters] = useFilters(names);
  const { by = 'sender', id, chat, kind, sent_by } = filters;
  return (
    <>
      <PageHeader description={t.aboutDelivery} />
      <Panel>
        <Toolbar
          filters={
            <>
              <Select
                aria-label={t.by}
                value={by}
                style={{ width: 120 }}
                onChange={(to: string) => setFilters({ by: to === 'sender' ? undefined : to })}
                options={[
                  { value: 'sender', label: t.bySender },
                  { value: 'message', label: t.byMessage },
                ]}
              />
              <SearchInput
                label={by === 'sender' ? t.bySender : t.byMessage}
                value={id}
                onSearch={(to) => setFilters({ id: to })}
              />
              <FilterSelect
                label={t.chat}
                value={chat}
                width={130}
                onChange={(to) => setFilters({ chat: to })}
                options={(['single', 'group', 'room'] as const).map((value) => ({ value, label: t.chats(value) }))}
              />
              <FilterSelect
                label={t.kind}
                value={kind}
                width={130}
                onChange={(to) => setFilters({ kind: to })}
                options={messageKinds.map((value) => ({ value, label: kinds[value] }))}
              />
              <FilterSelect
                label={t.source}
                value={sent_by}
                width={130}
                onChange={(to) => setFilters({ sent_by: to })}
                options={[
                  { value: 'sdk', label: 'SDK' },
                  { value: 'rest', label: 'REST' },
                ]}
              />
              <TimeRange />
            </>
          }
        />
        {id ? <Deliveries /> : <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t.askId} />}
      </Panel>
    </>
  );
}

function Deliveries() {
  const t = useTexts(queryTexts);
  const kinds = useTexts(kindTexts);
  const app = useApp();
  const [filters] = useFilters(names);
  const query = { ...filters, by: filters.by ?? 'sender' };
  const list = useCursors<DeliveryRow>(`${app.api}/queries/delivery`, query, { size: 20 });
  const viewing = useOpening<DeliveryRow>();
  return (
    <>
      <DataTable<DeliveryRow>
        list={list}
        rowKey="id"
        label={t.messages}
        columns={[
          { title: t.time, dataIndex: 'time', render: (time: number) => <TimeText value={time} /> },
          { title: t.sender, dataIndex: 'sender' },
          { title: t.receiver, dataIndex: 'to' },
          { title: t.byMessage, dataIndex: 'id', render: (id: string) => <CopyText text={id} what={t.byMessage} /> },
          { title: t.chat, dataIndex: 'chat', render: (chat: DeliveryRow['chat']) => t.chats(chat) },
          { title: t.kind, dataIndex: 'kind', render: (kind: string) => kinds[kind as Kind] },
          { title: t.source, dataIndex: 'sent_by', render: (by: string) => by.toUpperCase() },
          {
            title: t.detail,
            key: 'actions',
            fixed: 'right',
            render: (_, message) => (
              <Button type="link" size="small" className="cell-button" onClick={() => viewing.show(message)}>
                {t.view}
              </Button>
            ),
          },
        ]}
      />
      <DeliveryDrawer message={viewing.about} open={viewing.open} onClose={viewing.hide} />
    </>
  );
}
