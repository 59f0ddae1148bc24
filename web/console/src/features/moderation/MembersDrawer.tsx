import { PlusOutlined } from '@ant-design/icons';
import { Alert, Button, Drawer } from 'antd';
import { useState } from 'react';
import { useCursors } from '@/api/lists';
import type { Moderation, TaggedMembers, TagMember, TagRow } from '@/api/types/moderation';
import { CopyText } from '@/components/CopyText';
import { DataTable } from '@/components/DataTable';
import { useOpening } from '@/components/dialog';
import { RowActions } from '@/components/RowActions';
import { SearchInput } from '@/components/SearchInput';
import { useSelection } from '@/components/selection';
import { TimeText } from '@/components/TimeText';
import { Toolbar } from '@/components/Toolbar';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useMay } from '@/shell/session';
import { BindDialog } from './BindDialog';
import { useModerationPaths } from './service';
import { useTagActions } from './tagActions';
import { tagTexts } from './tagTexts';

interface Props {
  service: Moderation;
  tag: TagRow | undefined;
  open: boolean;
  onClose: () => void;
}

/** 标记管理: who has a tag. */
export function MembersDrawer({ service, tag, open, onClose }: Props) {
  const t = useTexts(tagTexts);
  return (
    <Drawer title={t.membersOf(tag?.name ?? '')} open={open} onClose={onClose} size={760} destroyOnHidden>
      {tag && <Members service={service} tag={tag} />}
    </Drawer>
  );
}

function Members({ service, tag }: { service: Moderation; tag: TagRow }) {
  const t = useTexts(tagTexts);
  const words = useTexts(common);
  const { base } = useModerationPaths();
  const editable = useMay()('moderation_write');
  const [search, setSearch] = useState<string>();
  const list = useCursors<TagMember>(`${base}/tags/${tag.id}/members`, { search }, { place: 'here', size: 20 });
  const selection = useSelection(list.items, ({ member }) => member, { name: ({ member }) => member });
  const binding = useOpening();
  const [report, setReport] = useState<TaggedMembers>();
  const { unbind, clear } = useTagActions(service);
  const chosen = selection.rows.map(({ member }) => member);
  const name = t.member(tag.of);
  return (
    <>
      {report && <Report report={report} onClose={() => setReport(undefined)} />}
      <Toolbar filters={<SearchInput label={t.search} width={180} value={search} onSearch={setSearch} />}>
        {editable && (
          <>
            <Button type="primary" icon={<PlusOutlined />} onClick={() => binding.show(true)}>
              {t.bind}
            </Button>
            <Button disabled={chosen.length === 0} onClick={() => unbind(tag, chosen, selection.clear)}>
              {t.unbindChosen(chosen.length)}
            </Button>
            <Button danger disabled={tag.members === 0} onClick={() => clear(tag)}>
              {t.clear}
            </Button>
          </>
        )}
      </Toolbar>
      <DataTable<TagMember>
        list={list}
        rowKey="member"
        label={name}
        empty={search ? t.notFound : t.noMembers}
        {...(editable ? { rowSelection: selection.rowSelection } : {})}
        columns={[
          { title: name, dataIndex: 'member', render: (id: string) => <CopyText text={id} what={name} /> },
          { title: t.time, dataIndex: 'added', width: 200, render: (time: number) => <TimeText value={time} /> },
          {
            title: words.actions,
            key: 'actions',
            width: 100,
            render: (_, { member }) => (
              <RowActions
                of={member}
                actions={[
                  { key: 'unbind', label: t.unbind, danger: true, hidden: !editable, onClick: () => unbind(tag, [member]) },
                ]}
              />
            ),
          },
        ]}
      />
      <BindDialog tag={tag} open={binding.open} onClose={binding.hide} onDone={setReport} />
    </>
  );
}

/** What became of those who were to get the tag. */
function Report({ report, onClose }: { report: TaggedMembers; onClose: () => void }) {
  const t = useTexts(tagTexts);
  const { added, already, elsewhere, over_limit } = report;
  const leftOut = [
    ...(elsewhere > 0 ? [t.elsewhere(elsewhere)] : []),
    ...(over_limit > 0 ? [t.overLimit(over_limit)] : []),
  ];
  return (
    <Alert
      type={leftOut.length > 0 ? 'warning' : 'success'}
      showIcon
      role="status"
      className="form-note"
      title={t.bindDone}
      description={[t.bound(added, already), ...leftOut].map((line) => (
        <p key={line}>{line}</p>
      ))}
      closable={{ onClose }}
    />
  );
}
