import type { List } from '@/api/lists';
import type { ModerationRecord } from '@/api/types/moderation';
import { Clipped } from '@/components/Clipped';
import { CopyText } from '@/components/CopyText';
import { DataTable } from '@/components/DataTable';
import { StatusTag } from '@/components/StatusTag';
import { TimeText } from '@/components/TimeText';
import { useTexts } from '@/i18n';
import { Facts } from '../apps/Facts';
import { useChatTypes } from '../operations/chatTypes';
import { historyTexts } from './historyTexts';
import { actTexts, actTones, kindTexts, resultTexts, resultTones, type Act, type Kind, type Result } from './words';

/** Messages that were examined, the newest first. */
export function HistoryTable({ list, empty }: { list: List<ModerationRecord>; empty: string }) {
  const t = useTexts(historyTexts);
  const kinds = useTexts(kindTexts);
  const acts = useTexts(actTexts);
  const results = useTexts(resultTexts);
  const chats = useChatTypes();
  const clipped = (width: number) => (text: string) => <Clipped text={text} width={width} />;
  return (
    <DataTable<ModerationRecord>
      list={list}
      rowKey="id"
      label={t.records}
      empty={empty}
      expandable={{
        columnTitle: t.whole,
        columnWidth: 64,
        expandedRowRender: (record) => <Whole record={record} />,
      }}
      columns={[
        { title: t.sender, dataIndex: 'sender', render: clipped(110) },
        { title: t.target, dataIndex: 'target', render: clipped(110) },
        { title: t.chatType, dataIndex: 'chat_type', render: chats.name },
        { title: t.kind, dataIndex: 'kind', render: (kind: Kind) => kinds[kind] },
        { title: t.content, key: 'content', render: (_, record) => <Content record={record} width={170} /> },
        {
          title: t.act,
          dataIndex: 'act',
          render: (act: Act) => <StatusTag tone={actTones[act]}>{acts[act]}</StatusTag>,
        },
        {
          title: t.result,
          dataIndex: 'result',
          render: (result: Result) => <StatusTag tone={resultTones[result]}>{results[result]}</StatusTag>,
        },
        { title: t.time, dataIndex: 'time', render: (time: number) => <TimeText value={time} /> },
        { title: t.rule, dataIndex: 'rule', render: clipped(130) },
        { title: t.risk, dataIndex: 'risk', render: clipped(110) },
        { title: t.detail, dataIndex: 'detail', render: clipped(160) },
      ]}
    />
  );
}

/** The text, or a link to the file. */
function Content({ record: { kind, content }, width }: { record: ModerationRecord; width?: number }) {
  const text = width ? <Clipped text={content} width={width} /> : content;
  // Only such an address leads to a file, whatever a client has sent.
  if (kind === 'text' || !/^https?:\/\//.test(content)) return text;
  return (
    <a href={content} target="_blank" rel="noreferrer">
      {text}
    </a>
  );
}

/** A record with all of its texts. */
function Whole({ record }: { record: ModerationRecord }) {
  const t = useTexts(historyTexts);
  const { sender, target, risk, detail, message_id } = record;
  return (
    <div className="record-details">
      <Facts
        items={[
          { label: t.content, value: <span className="pre-wrap"><Content record={record} /></span> },
          { label: t.risk, value: risk || '–' },
          { label: t.detail, value: detail || '–' },
          { label: t.sender, value: <CopyText text={sender} what={t.sender} /> },
          { label: t.target, value: <CopyText text={target} what={t.target} /> },
          ...(message_id === null
            ? []
            : [{ label: t.messageId, value: <CopyText text={message_id} what={t.messageId} /> }]),
        ]}
      />
    </div>
  );
}
