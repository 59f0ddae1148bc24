import { PlusOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useCursors, useFilters } from '@/api/lists';
import type { GroupRow } from '@/api/types/groups';
import { Clipped } from '@/components/Clipped';
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
import { useMucActions } from '../operations/mucActions';
import { mucTexts } from '../operations/mucTexts';
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
  const { actions, dialogs } = useMucActions<GroupRow>('groups', t, editing.show);
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
                <RowActions of={group.name || group.id} actions={actions(group)} />
              ),
            },
          ]}
        />
      </Panel>
      <CreateGroupDialog open={creating.open} onClose={creating.hide} />
      <EditGroupDialog group={editing.about} open={editing.open} onClose={editing.hide} />
      {dialogs}
    </>
  );
}
