import { Alert, Button, Descriptions, Drawer, Table, Tag } from 'antd';
import { useState } from 'react';
import { useRead } from '@/api/hooks';
import type { DeliveryDetail, DeliveryRow, RecipientRow } from '@/api/types/queries';
import { ErrorState } from '@/components/ErrorState';
import { StatusTag, type Tone } from '@/components/StatusTag';
import { TimeText } from '@/components/TimeText';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useApp } from '@/shell/app';
import { kindTexts, type Kind } from '../stats/kinds';
import { PushLines } from './PushLines';
import { queryTexts } from './texts';
import '../stats/stats.css';

interface Props {
  message: DeliveryRow | undefined;
  open: boolean;
  onClose: () => void;
}

/** 消息状态详情: accepted and stored, then each recipient and device. */
export function DeliveryDrawer({ message, open, onClose }: Props) {
  const t = useTexts(queryTexts);
  const kinds = useTexts(kindTexts);
  return (
    <Drawer title={t.detailTitle(message?.id ?? '')} open={open} onClose={onClose} size={960} destroyOnHidden>
      {message && (
        <>
          <Descriptions
            bordered
            size="small"
            column={2}
            items={[
              { key: 'time', label: t.accepted, children: <TimeText value={message.time} /> },
              { key: 'sender', label: t.sender, children: message.sender },
              { key: 'to', label: t.receiver, children: message.to },
              { key: 'chat', label: t.chat, children: t.chats(message.chat) },
              { key: 'kind', label: t.kind, children: kinds[message.kind as Kind] },
              {
                key: 'source',
                label: t.source,
                children: (
                  <>
                    {message.sent_by.toUpperCase()} {message.recalled && <Tag color="warning">{t.recalled}</Tag>}
                    {message.online_only && <Tag>{t.onlineOnly}</Tag>}
                  </>
                ),
              },
            ]}
          />
          <h3 className="chart-heading">{t.recipients}</h3>
          <Recipients key={message.id} id={message.id} />
        </>
      )}
    </Drawer>
  );
}

const tones: Record<RecipientRow['state'], Tone> = {
  delivered: 'good',
  waiting: 'busy',
  not_member: 'off',
  no_user: 'off',
};

function Recipients({ id }: { id: string }) {
  const t = useTexts(queryTexts);
  const words = useTexts(common);
  const app = useApp();
  const [trail, setTrail] = useState<readonly (string | undefined)[]>([undefined]);
  const read = useRead<DeliveryDetail>(`${app.api}/queries/delivery/${id}`, { cursor: trail.at(-1) }, { keep: true });
  if (read.error && !read.data) return <ErrorState error={read.error} onRetry={() => void read.refetch()} />;
  const page = read.data?.recipients;
  if (read.data && !page) return <Alert type="info" showIcon title={t.roomDetail} />;
  const next = page?.cursor;
  return (
    <>
      <Table<RecipientRow>
        size="small"
        rowKey="user"
        loading={read.data === undefined}
        dataSource={page?.items ?? []}
        pagination={false}
        columns={[
          { title: t.recipient, dataIndex: 'user', width: 120 },
          {
            title: t.state,
            dataIndex: 'state',
            render: (state: RecipientRow['state']) => <StatusTag tone={tones[state]}>{t.states(state)}</StatusTag>,
          },
          {
            title: t.read,
            dataIndex: 'read',
            render: (time: number | null) => (time ? <TimeText value={time} /> : <span className="faint">{t.unread}</span>),
          },
          { title: t.device, dataIndex: 'devices', render: (devices: RecipientRow['devices']) => <Devices of={devices} /> },
          { title: t.pushes, dataIndex: 'pushes', width: 340, render: (pushes: RecipientRow['pushes']) => <PushLines of={pushes} /> },
        ]}
      />
      {(trail.length > 1 || next) && (
        <nav className="cursor-pager" aria-label={words.page}>
          <Button size="small" disabled={trail.length === 1} onClick={() => setTrail(trail.slice(0, -1))}>
            {words.previousPage}
          </Button>
          <Button size="small" disabled={!next} onClick={() => setTrail([...trail, next ?? undefined])}>
            {words.nextPage}
          </Button>
        </nav>
      )}
    </>
  );
}

function Devices({ of }: { of: RecipientRow['devices'] }) {
  const t = useTexts(queryTexts);
  if (of.length === 0) return <span className="faint">{t.noDevices}</span>;
  return of.map(({ device, delivered, online, last_seen }) => (
    <div key={device}>
      <StatusTag tone={delivered ? 'good' : 'busy'}>{delivered ? t.delivered : t.waiting}</StatusTag>{' '}
      {device} <span className="faint">{online ? t.online : <>{t.lastSeen} <TimeText value={last_seen} /></>}</span>
    </div>
  ));
}
