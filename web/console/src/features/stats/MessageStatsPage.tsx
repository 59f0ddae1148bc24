import { DownloadOutlined } from '@ant-design/icons';
import { Button, Tabs } from 'antd';
import { useMemo } from 'react';
import { apiUrl } from '@/api/client';
import { useRead } from '@/api/hooks';
import { useFilters } from '@/api/lists';
import type { MessageDay } from '@/api/types/statistics';
import { Chart } from '@/components/Chart';
import { ErrorState } from '@/components/ErrorState';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { Toolbar } from '@/components/Toolbar';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { DayRange, useDays } from './DayRange';
import { FigureCards } from './FigureCards';
import { kindTexts, type Kind } from './kinds';
import { statsTexts } from './texts';

/** 数据统计 / 消息量. */
export default function MessageStatsPage() {
  const t = useTexts(statsTexts);
  const kinds = useTexts(kindTexts);
  const app = useApp();
  const { query: range } = useDays();
  const [{ chat }, setFilters] = useFilters(['chat']);
  const query = { ...range, chat };
  const read = useRead<MessageDay[]>(`${app.api}/stats/messages`, query, { keep: true });
  const days = useMemo(() => read.data ?? [], [read.data]);
  const labels = days.map(({ day }) => day.slice(5));
  const byKind = useMemo(() => kindSeries(days), [days]);
  const sum = (of: keyof MessageDay['volumes']): number | undefined =>
    read.data?.reduce((total, { volumes }) => total + volumes[of], 0);
  const volumes = [
    { of: 'uplink', name: t.uplink },
    { of: 'downlink', name: t.downlink },
    { of: 'offline', name: t.offline },
    { of: 'distribution', name: t.distribution },
  ] as const;
  return (
    <>
      <PageHeader
        description={t.aboutMessages}
        extra={
          <Button icon={<DownloadOutlined />} href={apiUrl(`${app.api}/stats/messages.csv`, query)} download="messages.csv">
            {t.exportCsv}
          </Button>
        }
      />
      <Panel>
        <Tabs
          activeKey={chat ?? 'all'}
          onChange={(key) => setFilters({ chat: key === 'all' ? undefined : key })}
          items={[
            { key: 'all', label: t.allChats },
            { key: 'single', label: t.single },
            { key: 'group', label: t.group },
            { key: 'room', label: t.room },
          ]}
        />
        <Toolbar filters={<DayRange />} />
        {read.error && !read.data ? (
          <ErrorState error={read.error} onRetry={() => void read.refetch()} />
        ) : (
          <>
            <FigureCards cards={volumes.map(({ of, name }) => ({ label: name, value: sum(of) }))} />
            <h3 className="chart-heading">{t.volumeTrend}</h3>
            <Chart
              kind="line"
              title={t.volumeTrend}
              labels={labels}
              series={volumes.map(({ of, name }) => ({ name, values: days.map((day) => day.volumes[of]) }))}
            />
            <h3 className="chart-heading">{t.kindTrend}</h3>
            <Chart
              kind="bar"
              stacked
              title={t.kindTrend}
              labels={labels}
              series={byKind.map(({ kind, values }) => ({ name: kinds[kind], values }))}
            />
          </>
        )}
      </Panel>
    </>
  );
}

/** Accepted messages of each kind that there was, by day. */
function kindSeries(days: readonly MessageDay[]): { kind: Kind; values: number[] }[] {
  const series = new Map<Kind, number[]>();
  days.forEach((day, at) => {
    for (const { kind, uplink } of day.kinds) {
      const values = series.get(kind as Kind) ?? days.map(() => 0);
      values[at] = (values[at] ?? 0) + uplink;
      series.set(kind as Kind, values);
    }
  });
  return [...series].map(([kind, values]) => ({ kind, values }));
}
