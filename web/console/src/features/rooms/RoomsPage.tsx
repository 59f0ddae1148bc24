import { PlusOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useCursors, useFilters } from '@/api/lists';
import type { RoomRow } from '@/api/types/rooms';
import { Clipped } from '@/components/Clipped';
import { CopyText } from '@/components/CopyText';
import { DataTable } from '@/components/DataTable';
import { useOpening } from '@/components/dialog';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { RowActions } from '@/components/RowActions';
import { SearchInput } from '@/components/SearchInput';
import { TimeText } from '@/components/TimeText';
import { Toolbar } from '@/components/Toolbar';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useApp } from '@/shell/app';
import { useMucActions } from '../operations/mucActions';
import { mucTexts } from '../operations/mucTexts';
import { RoomDialog } from './RoomDialog';
import { roomTexts } from './texts';

/** 聊天室管理. */
export default function RoomsPage() {
  const t = useTexts(roomTexts);
  const muc = useTexts(mucTexts);
  const words = useTexts(common);
  const app = useApp();
  const [filters, setFilters] = useFilters(['search']);
  const list = useCursors<RoomRow>(`${app.api}/rooms`, filters);
  const creating = useOpening();
  const editing = useOpening<RoomRow>();
  const { actions, dialogs } = useMucActions<RoomRow>('rooms', t, editing.show);
  return (
    <>
      <PageHeader description={t.about} />
      <Panel>
        <Toolbar
          filters={<SearchInput label={t.search} value={filters.search} onSearch={(search) => setFilters({ search })} />}
        >
          <Button type="primary" icon={<PlusOutlined />} onClick={() => creating.show(true)}>
            {t.create}
          </Button>
        </Toolbar>
        <DataTable<RoomRow>
          list={list}
          rowKey="id"
          label={t.rooms}
          empty={filters.search ? t.notFound : t.empty}
          columns={[
            { title: t.id, dataIndex: 'id', render: (id: string) => <CopyText text={id} what={t.id} /> },
            { title: t.name, dataIndex: 'name', render: (name: string) => <Clipped text={name} width={200} /> },
            { title: t.owner, dataIndex: 'owner' },
            {
              title: muc.size,
              key: 'size',
              render: (_, { member_count, max_users }) => `${member_count} / ${max_users}`,
            },
            { title: muc.created, dataIndex: 'created', render: (time: number) => <TimeText value={time} /> },
            {
              title: words.actions,
              key: 'actions',
              fixed: 'right',
              width: 150,
              render: (_, room) => (
                <RowActions of={room.name || room.id} actions={actions(room)} />
              ),
            },
          ]}
        />
      </Panel>
      <RoomDialog room={undefined} open={creating.open} onClose={creating.hide} />
      <RoomDialog room={editing.about} open={editing.open} onClose={editing.hide} />
      {dialogs}
    </>
  );
}
