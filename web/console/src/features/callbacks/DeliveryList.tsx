import { ReloadOutlined } from '@ant-design/icons';
import { App, Button } from 'antd';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import { useCursors } from '@/api/lists';
import type { CallbackDelivery, CallbackRule } from '@/api/types/callbacks';
import { Clipped } from '@/components/Clipped';
import { useConfirm } from '@/components/ConfirmDialog';
import { CopyText } from '@/components/CopyText';
import { DataTable } from '@/components/DataTable';
import { useOpening } from '@/components/dialog';
import { useSelection } from '@/components/selection';
import { StatusTag, type Tone } from '@/components/StatusTag';
import { TimeText } from '@/components/TimeText';
import { Toolbar } from '@/components/Toolbar';
import { useLanguage, useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useApp } from '@/shell/app';
import { useMay } from '@/shell/session';
import { Facts } from '../apps/Facts';
import { JsonBlock } from '../apps/JsonBlock';
import { deliveryTexts } from './deliveryTexts';
import { eventName } from './events';
import { reason } from './reasons';
import { ReplayDialog } from './ReplayDialog';

export interface DeliveryFilters {
  state?: string | undefined;
  kind?: string | undefined;
  search?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

const tones: Record<CallbackDelivery['state'], Tone> = {
  waiting: 'busy',
  retrying: 'warning',
  delivered: 'good',
  failed: 'bad',
  dropped: 'off',
};

export const deliveryStates = Object.keys(tones) as readonly CallbackDelivery['state'][];

/** What can be delivered again: all that is not about to be delivered anyway. */
const isOver = ({ state }: CallbackDelivery): boolean => state !== 'waiting' && state !== 'retrying';

/** Deliveries of a rule, the newest first, with their bodies. */
export function DeliveryList({ rule, filters }: { rule: CallbackRule; filters: DeliveryFilters }) {
  const t = useTexts(deliveryTexts);
  const words = useTexts(common);
  const { language } = useLanguage();
  const may = useMay();
  const app = useApp();
  const confirm = useConfirm();
  const path = `${app.api}/callbacks/${rule.id}`;
  const list = useCursors<CallbackDelivery>(`${path}/deliveries`, { ...filters }, { place: 'here', size: 20 });
  const selection = useSelection(list.items, ({ id }) => id, { name: ({ call_id }) => call_id, possible: isOver });
  const ranging = useOpening();
  const replay = useReplay(path);
  const count = selection.rows.length;
  const replayChosen = (): void =>
    confirm({
      title: t.replayTitle(count),
      content: t.replayText,
      okText: t.replay,
      onOk: async () => {
        await replay({ ids: selection.rows.map(({ id }) => id) });
        selection.clear();
      },
    });
  return (
    <>
      <Toolbar
        filters={
          <Button icon={<ReloadOutlined />} onClick={list.refetch}>
            {words.refresh}
          </Button>
        }
      >
        {may('features') && (
          <>
            <Button disabled={count === 0} onClick={replayChosen}>
              {t.replayChosen(count)}
            </Button>
            <Button onClick={() => ranging.show(true)}>{t.replayRange}</Button>
          </>
        )}
      </Toolbar>
      <DataTable<CallbackDelivery>
        list={list}
        rowKey="id"
        label={t.deliveries}
        empty={t.empty}
        {...(may('features') ? { rowSelection: selection.rowSelection } : {})}
        expandable={{
          columnTitle: t.detail,
          columnWidth: 56,
          expandedRowRender: (delivery) => <Whole delivery={delivery} />,
        }}
        columns={[
          { title: t.time, dataIndex: 'created', render: (time: number) => <TimeText value={time} /> },
          {
            title: t.event,
            dataIndex: 'kind',
            render: (kind: string) => <Clipped text={eventName(kind, language)} width={150} />,
          },
          { title: t.callId, dataIndex: 'call_id', render: (id: string) => <Clipped text={id} width={120} /> },
          { title: t.conversation, dataIndex: 'conversation', render: (id: string) => <Clipped text={id} width={100} /> },
          {
            title: t.state,
            dataIndex: 'state',
            render: (state: CallbackDelivery['state']) => <StatusTag tone={tones[state]}>{t.states(state)}</StatusTag>,
          },
          { title: t.attempts, dataIndex: 'attempts' },
          { title: t.status, dataIndex: 'status', render: (status: number | null) => status ?? '–' },
          {
            title: t.latency,
            dataIndex: 'latency_ms',
            render: (ms: number | null) => (ms === null ? '–' : `${ms.toLocaleString()} ms`),
          },
        ]}
      />
      <ReplayDialog
        times={{ from: filters.from, to: filters.to }}
        replay={replay}
        open={ranging.open}
        onClose={ranging.hide}
      />
    </>
  );
}

/** A delivery with what was sent. */
function Whole({ delivery: { call_id, kind, error, finished, body } }: { delivery: CallbackDelivery }) {
  const t = useTexts(deliveryTexts);
  const { language } = useLanguage();
  return (
    <div className="delivery-body">
      <Facts
        items={[
          { label: t.callId, value: <CopyText text={call_id} what={t.callId} /> },
          { label: t.event, value: <code>{kind}</code> },
          { label: t.finished, value: <TimeText value={finished} /> },
          ...(error === null ? [] : [{ label: t.error, value: reason(error, language) }]),
        ]}
      />
      <JsonBlock text={body} what={t.body} />
    </div>
  );
}

/** Delivers again, by ids or of a time, and says how many. */
function useReplay(path: string): (what: { ids: string[] } | { from: number; to: number }) => Promise<void> {
  const t = useTexts(deliveryTexts);
  const app = useApp();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  return async (what) => {
    const { replayed } = await api.post<{ replayed: number }>(`${path}/replay`, what);
    await invalidate(`${app.api}/callbacks`);
    void message.success(t.replayed(replayed));
  };
}
