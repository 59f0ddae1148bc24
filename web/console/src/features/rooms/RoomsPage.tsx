import { PlusOutlined } from '@ant-design/icons';
import { App, Button } from 'antd';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import { useCursors, useFilters } from '@/api/lists';
import type { RoomRow } from '@/api/types/rooms';
import { Clipped } from '@/components/Clipped';
import { useConfirm } from '@/components/ConfirmDialog';
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
import { AnnouncementDialog } from '../operations/AnnouncementDialog';
import { MucListDialog, type MucList, type MucOnShow } from '../operations/MucListDialog';
import { mucTexts } from '../operations/mucTexts';
import { useMuteAll } from '../operations/muteAll';
import { SendMessageDialog } from '../operations/SendMessageDialog';
import { TransferDialog } from '../operations/TransferDialog';
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
  const lists = useOpening<MucOnShow>();
  const announcing = useOpening<RoomRow>();
  const transferring = useOpening<RoomRow>();
  const sending = useOpening<RoomRow>();
  const muteAll = useMuteAll('rooms');
  const dissolve = useDissolve();
  const show = ({ id, name }: RoomRow, which: MucList) => lists.show({ id, name, list: which });
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
                <RowActions
                  of={room.name || room.id}
                  actions={[
                    { key: 'members', label: t.members, onClick: () => show(room, 'members') },
                    { key: 'edit', label: t.edit, onClick: () => editing.show(room) },
                    { key: 'admins', label: t.admins, onClick: () => show(room, 'admins') },
                    { key: 'blocklist', label: t.blocklist, onClick: () => show(room, 'blocklist') },
                    { key: 'mutes', label: t.mutes, onClick: () => show(room, 'mutes') },
                    { key: 'allowlist', label: t.allowlist, onClick: () => show(room, 'allowlist') },
                    { key: 'mute-all', label: `${muc.muteAll} / ${muc.unmuteAll}`, onClick: () => muteAll(room) },
                    { key: 'announcement', label: t.announcement, onClick: () => announcing.show(room) },
                    { key: 'send', label: t.send, onClick: () => sending.show(room) },
                    { key: 'transfer', label: t.transfer, onClick: () => transferring.show(room) },
                    { key: 'dissolve', label: t.dissolve, danger: true, onClick: () => dissolve(room) },
                  ]}
                />
              ),
            },
          ]}
        />
      </Panel>
      <RoomDialog room={undefined} open={creating.open} onClose={creating.hide} />
      <RoomDialog room={editing.about} open={editing.open} onClose={editing.hide} />
      <MucListDialog kind="rooms" muc={lists.about} open={lists.open} onClose={lists.hide} />
      <AnnouncementDialog kind="rooms" muc={announcing.about} open={announcing.open} onClose={announcing.hide} />
      <TransferDialog kind="rooms" muc={transferring.about} open={transferring.open} onClose={transferring.hide} />
      <SendMessageDialog receivers="rooms" to={sending.about?.id} open={sending.open} onClose={sending.hide} />
    </>
  );
}

function useDissolve(): (room: RoomRow) => void {
  const t = useTexts(roomTexts);
  const app = useApp();
  const confirm = useConfirm();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  return ({ id, name }) =>
    confirm({
      title: t.dissolveTitle(name || id),
      content: t.dissolveText,
      okText: t.dissolve,
      danger: true,
      onOk: async () => {
        await api.delete(`${app.api}/rooms/${encodeURIComponent(id)}`);
        await invalidate(`${app.api}/rooms`, `${app.api}/overview`);
        void message.success(t.dissolveDone);
      },
    });
}
