import { Tag } from 'antd';
import { useCursors, useFilters } from '@/api/lists';
import type { WordHit } from '@/api/types/sensitiveWords';
import { Clipped } from '@/components/Clipped';
import { CopyText } from '@/components/CopyText';
import { DataTable } from '@/components/DataTable';
import { FilterSelect } from '@/components/FilterSelect';
import { SearchInput } from '@/components/SearchInput';
import { StatusTag } from '@/components/StatusTag';
import { TimeRange } from '@/components/TimeRange';
import { TimeText } from '@/components/TimeText';
import { Toolbar } from '@/components/Toolbar';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { useChatTypes } from '../operations/chatTypes';
import { policies, verdictTexts, verdictTones } from './policies';
import { wordTexts } from './texts';

/** Days for which hits are kept. */
const days = 30;

/** 历史命中. */
export function HitsTab() {
  const t = useTexts(wordTexts);
  const verdicts = useTexts(verdictTexts);
  const chats = useChatTypes();
  const app = useApp();
  const [filters, setFilters] = useFilters(['sender', 'verdict', 'from', 'to']);
  const list = useCursors<WordHit>(`${app.api}/sensitive-words/hits`, filters, { size: 20 });
  return (
    <>
      <p className="panel-hint">{t.aboutHits}</p>
      <Toolbar
        filters={
          <>
            <SearchInput label={t.sender} value={filters.sender} onSearch={(sender) => setFilters({ sender })} />
            <FilterSelect
              label={t.verdict}
              value={filters.verdict}
              onChange={(verdict) => setFilters({ verdict })}
              options={policies.map((value) => ({ value, label: verdicts[value] }))}
            />
            <TimeRange label={t.time} value={filters} onChange={setFilters} days={days} />
          </>
        }
      />
      <DataTable<WordHit>
        list={list}
        rowKey="id"
        label={t.hits}
        empty={t.noHits}
        columns={[
          { title: t.time, dataIndex: 'time', render: (time: number) => <TimeText value={time} /> },
          { title: t.sender, dataIndex: 'sender', render: (id: string) => <CopyText text={id} what={t.sender} /> },
          { title: t.target, dataIndex: 'target', render: (id: string) => <Clipped text={id} width={130} /> },
          { title: t.chatType, dataIndex: 'chat_type', render: (type: string) => chats.name(type) },
          {
            title: t.text,
            key: 'text',
            render: (_, { text, edit }) => (
              <span className="hit-text">
                {edit && <Tag>{t.edited}</Tag>}
                <Clipped text={text} width={180} />
              </span>
            ),
          },
          { title: t.hitWords, dataIndex: 'words', render: (words: WordHit['words']) => <Words words={words} /> },
          {
            title: t.verdict,
            dataIndex: 'verdict',
            render: (verdict: WordHit['verdict']) => (
              <StatusTag tone={verdictTones[verdict]}>{verdicts[verdict]}</StatusTag>
            ),
          },
        ]}
      />
    </>
  );
}

function Words({ words }: { words: WordHit['words'] }) {
  return (
    <span className="chips hit-words">
      {words.map((word) => (
        <Tag key={word} color="red">
          {word}
        </Tag>
      ))}
    </span>
  );
}
