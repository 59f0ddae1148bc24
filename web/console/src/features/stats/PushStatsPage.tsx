import { DownloadOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useMemo } from 'react';
import { apiUrl } from '@/api/client';
import { useRead } from '@/api/hooks';
import type { Push, PushFigures, PushDay, PushReason, PushStatistics } from '@/api/types/push';
import { Chart } from '@/components/Chart';
import { DataTable } from '@/components/DataTable';
import { ErrorState } from '@/components/ErrorState';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { Toolbar } from '@/components/Toolbar';
import { useLanguage, useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { outcomeColors } from '@/theme/tokens';
import { FeatureOff } from '../features/FeatureOff';
import { channelName, reasonName } from '../push/words';
import { DayRange, useDays } from './DayRange';
import { FigureCards } from './FigureCards';
import { channelsOf, everyDay, percent, sum, totalOf } from './pushFigures';
import { pushStatsTexts } from './pushTexts';
import { statsTexts } from './texts';

/** 数据统计 / 推送统计. */
export default function PushStatsPage() {
  const t = useTexts(pushStatsTexts);
  const words = useTexts(statsTexts);
  const app = useApp();
  const { query } = useDays();
  const path = `${app.api}/stats/push`;
  const push = useRead<Push>(`${app.api}/push`);
  const off = push.data?.enabled === false;
  return (
    <>
      <PageHeader
        description={t.about}
        extra={
          !off && (
            <Button icon={<DownloadOutlined />} href={apiUrl(`${path}.csv`, query)} download="push.csv">
              {words.exportCsv}
            </Button>
          )
        }
      />
      {off ? (
        <Panel>
          <FeatureOff title={t.offTitle} hint={t.offHint} />
        </Panel>
      ) : (
        <Figures path={path} />
      )}
    </>
  );
}

function Figures({ path }: { path: string }) {
  const t = useTexts(pushStatsTexts);
  const { query } = useDays();
  const read = useRead<PushStatistics>(path, query, { keep: true });
  const list = { error: read.error, refreshing: read.isPlaceholderData, refetch: () => void read.refetch(), pager: undefined };
  const channels = useMemo(() => read.data && channelsOf(read.data.days), [read.data]);
  return (
    <>
      <Panel>
        <Toolbar filters={<DayRange />} />
        {read.error && !read.data ? (
          <ErrorState error={read.error} onRetry={() => void read.refetch()} />
        ) : (
          <>
            <Cards channels={channels} />
            <Charts days={read.data?.days} channels={channels} />
          </>
        )}
      </Panel>
      <Panel title={t.byChannel}>
        <ChannelTable list={{ ...list, items: channels }} />
      </Panel>
      <Panel title={t.reasons}>
        <ReasonTable list={{ ...list, items: read.data?.reasons }} />
      </Panel>
    </>
  );
}

function Cards({ channels }: { channels: readonly PushFigures[] | undefined }) {
  const t = useTexts(pushStatsTexts);
  const all = channels && sum(channels);
  return (
    <FigureCards
      cards={[
        { label: t.success, value: all?.success },
        { label: t.failure, value: all?.failure },
        { label: t.unknown, value: all?.unknown },
        { label: t.rate, value: all && percent(all.success, totalOf(all)) },
      ]}
    />
  );
}

function Charts({ days, channels = [] }: { days: readonly PushDay[] | undefined; channels: readonly PushFigures[] | undefined }) {
  const t = useTexts(pushStatsTexts);
  const { from, to } = useDays();
  const name = useChannelName();
  const shown = days ? everyDay(days, from, to) : [];
  const used = channels.filter((channel) => totalOf(channel) > 0);
  return (
    <div className="push-charts">
      <section>
        <h3 className="chart-heading">{t.trend}</h3>
        <Chart
          kind="bar"
          stacked
          title={t.trend}
          labels={shown.map(({ day }) => day.slice(5))}
          series={(['success', 'failure', 'unknown'] as const).map((key) => ({
            name: t[key],
            color: outcomeColors[key],
            values: shown.map((day) => day[key]),
          }))}
        />
      </section>
      <section>
        <h3 className="chart-heading">{t.share}</h3>
        <Chart
          kind="pie"
          title={t.share}
          labels={used.map(({ channel }) => name(channel))}
          series={[{ name: t.total, values: used.map(totalOf) }]}
        />
      </section>
    </div>
  );
}

type Rows<T> = Parameters<typeof DataTable<T & object>>[0]['list'];

function ChannelTable({ list }: { list: Rows<PushFigures> }) {
  const t = useTexts(pushStatsTexts);
  const name = useChannelName();
  const items = list.items;
  const all = items && items.length > 1 ? [{ channel: everything, ...sum(items) }, ...items] : items;
  const figure = (key: 'success' | 'failure' | 'unknown' | 'arrived' | 'clicked') => ({
    title: t[key],
    dataIndex: key,
    align: 'right' as const,
    render: (value: number) => value.toLocaleString(),
  });
  return (
    <DataTable<PushFigures>
      list={{ ...list, items: all }}
      rowKey="channel"
      label={t.byChannel}
      columns={[
        {
          title: t.channel,
          dataIndex: 'channel',
          render: (channel: string) => (channel === everything ? <strong>{t.allChannels}</strong> : name(channel)),
        },
        { title: t.total, key: 'total', align: 'right', render: (_, row) => totalOf(row).toLocaleString() },
        figure('success'),
        figure('failure'),
        figure('unknown'),
        { title: t.rate, key: 'rate', align: 'right', render: (_, row) => percent(row.success, totalOf(row)) },
        figure('arrived'),
        figure('clicked'),
      ]}
    />
  );
}

/** In place of a channel's name. */
const everything = '*';

function ReasonTable({ list }: { list: Rows<PushReason> }) {
  const t = useTexts(pushStatsTexts);
  const { language } = useLanguage();
  const total = (list.items ?? []).reduce((all, { count }) => all + count, 0);
  return (
    <DataTable<PushReason>
      list={list}
      rowKey="reason"
      label={t.reasons}
      empty={t.noReasons}
      columns={[
        {
          title: t.reason,
          dataIndex: 'reason',
          render: (reason: string) => (
            <>
              {reasonName(reason, language)} <code className="faint">{reason}</code>
            </>
          ),
        },
        { title: t.count, dataIndex: 'count', align: 'right', width: 140, render: (count: number) => count.toLocaleString() },
        { title: t.portion, key: 'portion', align: 'right', width: 140, render: (_, { count }) => percent(count, total) },
      ]}
    />
  );
}

/** What never got so far has no channel. */
function useChannelName(): (channel: string) => string {
  const t = useTexts(pushStatsTexts);
  const { language } = useLanguage();
  return (channel) => (channel === '' ? t.noChannel : channelName(channel, language));
}
