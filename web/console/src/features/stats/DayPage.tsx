import { DownloadOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { apiUrl } from '@/api/client';
import { useRead } from '@/api/hooks';
import type { DayStatistics, Realtime } from '@/api/types/statistics';
import { Chart } from '@/components/Chart';
import { ErrorState } from '@/components/ErrorState';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { Toolbar } from '@/components/Toolbar';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { DayRange, useDays } from './DayRange';
import { FigureCards, type FigureCard } from './FigureCards';
import { statsTexts } from './texts';

type Figure = Exclude<keyof DayStatistics, 'day'>;

interface Props {
  /** What the page is about. */
  about: string;
  cards: (now: Realtime | undefined) => FigureCard[];
  /** Charts, each of some figures. */
  charts: readonly { title: string; figures: readonly { figure: Figure; name: string }[] }[];
}

/** A page of figures: how it stands now, and lines over the days. */
export function DayPage({ about, cards, charts }: Props) {
  const t = useTexts(statsTexts);
  const app = useApp();
  const { query } = useDays();
  const now = useRead<Realtime>(`${app.api}/stats/realtime`, {}, { every: 30_000 });
  const days = useRead<DayStatistics[]>(`${app.api}/stats/days`, query, { keep: true });
  return (
    <>
      <PageHeader
        description={about}
        extra={
          <Button icon={<DownloadOutlined />} href={apiUrl(`${app.api}/stats/days.csv`, query)} download="days.csv">
            {t.exportCsv}
          </Button>
        }
      />
      <Panel title={t.now}>
        {now.error && !now.data ? (
          <ErrorState error={now.error} onRetry={() => void now.refetch()} />
        ) : (
          <FigureCards cards={cards(now.data)} />
        )}
      </Panel>
      <Panel title={t.trend}>
        <Toolbar filters={<DayRange />} />
        {days.error && !days.data ? (
          <ErrorState error={days.error} onRetry={() => void days.refetch()} />
        ) : (
          charts.map(({ title, figures }) => (
            <section key={title}>
              <h3 className="chart-heading">{title}</h3>
              <Chart
                kind="line"
                title={title}
                labels={(days.data ?? []).map(({ day }) => day.slice(5))}
                series={figures.map(({ figure, name }) => ({
                  name,
                  values: (days.data ?? []).map((day) => day[figure]),
                }))}
              />
            </section>
          ))
        )}
      </Panel>
    </>
  );
}
