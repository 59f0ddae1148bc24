import { Switch } from 'antd';
import type { KeywordListRow, TagRow } from '@/api/types/moderation';
import { Clipped } from '@/components/Clipped';
import { DataTable } from '@/components/DataTable';
import { RowActions } from '@/components/RowActions';
import { StatusTag, type Tone } from '@/components/StatusTag';
import { TimeText } from '@/components/TimeText';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useMay } from '@/shell/session';
import { useChatTypes } from '../operations/chatTypes';
import { useListActions } from './listForm';
import { listTexts } from './listTexts';
import { whole } from './service';
import { TagChips } from './TagChips';
import { measureTexts, type Measure } from './words';

interface Props {
  lists: readonly KeywordListRow[];
  tags: readonly TagRow[];
  empty: string;
  to: { enter(list: KeywordListRow): void; edit(list: KeywordListRow): void };
}

const measureTones: Record<Measure, Tone> = { pass: 'good', replace: 'warning', block: 'bad' };

export function ListTable({ lists, tags, empty, to }: Props) {
  const t = useTexts(listTexts);
  const words = useTexts(common);
  const measures = useTexts(measureTexts);
  const readOnly = !useMay()('moderation_write');
  const { remove } = useListActions();
  return (
    <DataTable<KeywordListRow>
      list={whole(lists)}
      rowKey="id"
      label={t.lists}
      empty={empty}
      columns={[
        { title: t.name, dataIndex: 'name', render: (name: string) => <Clipped text={name} width={200} /> },
        {
          title: t.measure,
          dataIndex: 'measure',
          render: (measure: Measure) => <StatusTag tone={measureTones[measure]}>{measures[measure]}</StatusTag>,
        },
        { title: t.scope, key: 'scope', render: (_, list) => <Scope list={list} tags={tags} /> },
        { title: t.match, key: 'match', render: (_, list) => <Match list={list} /> },
        { title: t.words, dataIndex: 'words', align: 'right', render: (count: number) => count.toLocaleString() },
        { title: t.updated, dataIndex: 'updated', render: (time: number) => <TimeText value={time} /> },
        { title: t.state, key: 'state', render: (_, list) => <Enabled list={list} /> },
        {
          title: words.actions,
          key: 'actions',
          fixed: 'right',
          render: (_, list) => (
            <RowActions
              of={list.name}
              actions={[
                { key: 'enter', label: t.enter, onClick: () => to.enter(list) },
                { key: 'edit', label: words.edit, hidden: readOnly, onClick: () => to.edit(list) },
                { key: 'delete', label: words.delete, danger: true, hidden: readOnly, onClick: () => remove(list) },
              ]}
            />
          ),
        },
      ]}
    />
  );
}

function Scope({ list: { scope }, tags }: { list: KeywordListRow; tags: readonly TagRow[] }) {
  const t = useTexts(listTexts);
  const chats = useChatTypes();
  if (scope.type === 'tags') return <TagChips ids={scope.tags} tags={tags} />;
  return scope.type === 'all' ? t.allChats : chats.name(scope.type);
}

/** 匹配方式, and what does not count in it. */
function Match({ list: { whole_text, ignore_case, normalise } }: { list: KeywordListRow }) {
  const t = useTexts(listTexts);
  const options = [...(ignore_case ? [t.ignoreCase] : []), ...(normalise ? [t.variants] : [])];
  return (
    <>
      {whole_text ? t.equals : t.contains}
      {options.length > 0 && <div className="faint">{options.join(' · ')}</div>}
    </>
  );
}

function Enabled({ list }: { list: KeywordListRow }) {
  const t = useTexts(listTexts);
  const editable = useMay()('moderation_write');
  const { enable, disable, busy } = useListActions();
  return (
    <Switch
      aria-label={t.enable(list.name)}
      checked={list.enabled}
      disabled={!editable}
      loading={busy}
      onChange={(wanted) => (wanted ? enable(list) : disable(list))}
    />
  );
}
