import { PlusOutlined } from '@ant-design/icons';
import { App, Button } from 'antd';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import { useCursors, useFilters } from '@/api/lists';
import type { GroupRow } from '@/api/types/groups';
import { Clipped } from '@/components/Clipped';
import { useConfirm } from '@/components/ConfirmDialog';
import { CopyText } from '@/components/CopyText';
import { DataTable } from '@/components/DataTable';
import { useOpening } from '@/components/dialog';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { RowActions } from '@/components/RowActions';
import { SearchInput } from '@/components/SearchInput';
import { StatusTag } from '@/components/StatusTag';
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
import { CreateGroupDialog } from './CreateGroupDialog';
import { EditGroupDialog } from './EditGroupDialog';
import { groupTexts } from './texts';

/** 群组管理. */
export default function GroupsPage() {
  const t = useTexts(groupTexts);
  const muc = useTexts(mucTexts);
  const words = useTexts(common);
  const app = useApp();
  const [filters, setFilters] = useFilters(['search']);
  const list = useCursors<GroupRow>(`${app.api}/groups`, filters);
  const creating = useOpening();
  const editing = useOpening<GroupRow>();
  const lists = useOpening<MucOnShow>();
  const announcing = useOpening<GroupRow>();
  const transferring = useOpening<GroupRow>();
  const sending = useOpening<GroupRow>();
  const muteAll = useMuteAll('groups');
  const dissolve = useDissolve();
  const show = ({ id, name }: GroupRow, which: MucList) => lists.show({ id, name, list: which });
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
        <DataTable<GroupRow>
          list={list}
          rowKey="id"
          label={t.groups}
          empty={filters.search ? t.notFound : t.empty}
          columns={[
            { title: t.id, dataIndex: 'id', render: (id: string) => <CopyText text={id} what={t.id} /> },
            { title: t.name, dataIndex: 'name', render: (name: string) => <Clipped text={name} width={180} /> },
            { title: t.owner, dataIndex: 'owner' },
            {
              title: muc.size,
              key: 'size',
              render: (_, { member_count, max_users }) => `${member_count} / ${max_users}`,
            },
            {
              title: t.type,
              dataIndex: 'public',
              render: (open: boolean) => <StatusTag tone="plain">{open ? t.publicGroup : t.privateGroup}</StatusTag>,
            },
            { title: muc.created, dataIndex: 'created', render: (time: number) => <TimeText value={time} /> },
            {
              title: words.actions,
              key: 'actions',
              fixed: 'right',
              width: 150,
              render: (_, group) => (
                <RowActions
                  of={group.name || group.id}
                  actions={[
                    { key: 'members', label: t.members, onClick: () => show(group, 'members') },
                    { key: 'edit', label: t.edit, onClick: () => editing.show(group) },
                    { key: 'admins', label: t.admins, onClick: () => show(group, 'admins') },
                    { key: 'blocklist', label: t.blocklist, onClick: () => show(group, 'blocklist') },
                    { key: 'mutes', label: t.mutes, onClick: () => show(group, 'mutes') },
                    { key: 'allowlist', label: t.allowlist, onClick: () => show(group, 'allowlist') },
                    { key: 'mute-all', label: `${muc.muteAll} / ${muc.unmuteAll}`, onClick: () => muteAll(group) },
                    { key: 'announcement', label: t.announcement, onClick: () => announcing.show(group) },
                    { key: 'send', label: muc.send, onClick: () => sending.show(group) },
                    { key: 'transfer', label: t.transfer, onClick: () => transferring.show(group) },
                    { key: 'dissolve', label: t.dissolve, danger: true, onClick: () => dissolve(group) },
                  ]}
                />
              ),
            },
          ]}
        />
      </Panel>
      <CreateGroupDialog open={creating.open} onClose={creating.hide} />
      <EditGroupDialog group={editing.about} open={editing.open} onClose={editing.hide} />
      <MucListDialog kind="groups" muc={lists.about} open={lists.open} onClose={lists.hide} />
      <AnnouncementDialog kind="groups" muc={announcing.about} open={announcing.open} onClose={announcing.hide} />
      <TransferDialog kind="groups" muc={transferring.about} open={transferring.open} onClose={transferring.hide} />
      <SendMessageDialog receivers="groups" to={sending.about?.id} open={sending.open} onClose={sending.hide} />
    </>
  );
}

function useDissolve(): (group: GroupRow) => void {
  const t = useTexts(groupTexts);
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
        await api.delete(`${app.api}/groups/${encodeURIComponent(id)}`);
        await invalidate(`${app.api}/groups`, `${app.api}/overview`);
        void message.success(t.dissolveDone);
      },
    });
}
