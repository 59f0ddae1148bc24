import type { Moderation, TagRow } from '@/api/types/moderation';
import { Clipped } from '@/components/Clipped';
import { DataTable } from '@/components/DataTable';
import { RowActions } from '@/components/RowActions';
import { TimeText } from '@/components/TimeText';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useMay } from '@/shell/session';
import { whole } from './service';
import { usersOf, useTagActions } from './tagActions';
import { tagTexts } from './tagTexts';

interface Props {
  service: Moderation;
  tags: readonly TagRow[];
  to: { rename(tag: TagRow): void; manage(tag: TagRow): void };
}

export function TagTable({ service, tags, to }: Props) {
  const t = useTexts(tagTexts);
  const words = useTexts(common);
  const readOnly = !useMay()('moderation_write');
  const { remove } = useTagActions(service);
  return (
    <DataTable<TagRow>
      list={whole(tags)}
      rowKey="id"
      label={t.tags}
      empty={t.empty}
      columns={[
        { title: t.name, dataIndex: 'name', render: (name: string) => <Clipped text={name} width={220} /> },
        { title: t.members, dataIndex: 'members', render: (count: number) => count.toLocaleString() },
        {
          title: t.usedBy,
          key: 'used',
          render: (_, tag) => <Clipped text={usersOf(tag, service).join(', ')} width={260} />,
        },
        { title: t.updated, dataIndex: 'updated', render: (time: number) => <TimeText value={time} /> },
        {
          title: words.actions,
          key: 'actions',
          width: 170,
          render: (_, tag) => (
            <RowActions
              of={tag.name}
              actions={[
                { key: 'manage', label: t.manage, onClick: () => to.manage(tag) },
                { key: 'rename', label: t.rename, hidden: readOnly, onClick: () => to.rename(tag) },
                { key: 'delete', label: words.delete, danger: true, hidden: readOnly, onClick: () => remove(tag) },
              ]}
            />
          ),
        },
      ]}
    />
  );
}
