import { Empty, Radio } from 'antd';
import { Link } from 'react-router';
import { useRead } from '@/api/hooks';
import { useFilters } from '@/api/lists';
import type { Moderation, ModerationStatistics } from '@/api/types/moderation';
import { Chart } from '@/components/Chart';
import { ErrorState } from '@/components/ErrorState';
import { Panel } from '@/components/Panel';
import { Toolbar } from '@/components/Toolbar';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { FigureCards } from '../stats/FigureCards';
import { Breakdown } from './Breakdown';
import { figuresOf, type Figures } from './figures';
import { ModerationFrame } from './ModerationFrame';
import { useModerationPaths } from './service';
import { moderationTexts } from './texts';
import { acts, actTexts, kinds, kindTexts, results, resultTexts } from './words';

const spans = [7, 14, 30] as const;

/** 审核总览. */
export default function OverviewPage() {
  const t = useTexts(moderationTexts);
  return (
    <ModerationFrame about={t.aboutOverview} stays>
      {(service) => <Overview service={service} />}
    </ModerationFrame>
  );
}

function Overview({ service }: { service: Moderation }) {
  const t = useTexts(moderationTexts);
  const { base } = useModerationPaths();
  const [filters, setFilters] = useFilters(['days']);
  const days = spans.find((span) => String(span) === filters.days) ?? spans[0];
  const read = useRead<ModerationStatistics>(`${base}/statistics`, { days }, { keep: true });
  const figures = read.data && figuresOf(read.data.counts, days, read.dataUpdatedAt);
  return (
    <Panel>
      <Toolbar filters={<span className="faint">{t.utc}</span>}>
        <Radio.Group
          optionType="button"
          aria-label={t.range}
          value={days}
          options={spans.map((value) => ({ value, label: t.lastDays(value) }))}
          onChange={({ target }) => setFilters({ days: target.value === spans[0] ? undefined : String(target.value) })}
        />
      </Toolbar>
      {read.error && !read.data ? (
        <ErrorState error={read.error} onRetry={() => void read.refetch()} />
      ) : (
        <>
          <Totals figures={figures} />
          {figures && figures.total > 0 && <Details figures={figures} />}
          {figures?.total === 0 && <Nothing days={days} idle={service.settings.kinds.length === 0} />}
        </>
      )}
    </Panel>
  );
}

function Totals({ figures }: { figures: Figures | undefined }) {
  const t = useTexts(moderationTexts);
  const names = useTexts(resultTexts);
  return (
    <div className="moderation-totals">
      <FigureCards
        cards={[
          { label: t.total, value: figures?.total },
          ...results.map((result) => ({ label: names[result], value: figures?.results[result] })),
        ]}
      />
    </div>
  );
}

function Details({ figures }: { figures: Figures }) {
  const t = useTexts(moderationTexts);
  const actNames = useTexts(actTexts);
  const kindNames = useTexts(kindTexts);
  const { total } = figures;
  return (
    <>
      <h3 className="chart-heading">{t.trend}</h3>
      <Chart
        kind="bar"
        stacked
        title={t.trend}
        labels={figures.labels}
        series={acts.map((act) => ({ name: actNames[act], values: figures.trend[act] }))}
      />
      <div className="breakdowns">
        <Breakdown
          title={t.byAct}
          total={total}
          rows={acts.map((act) => ({ name: actNames[act], messages: figures.acts[act] }))}
        />
        <Breakdown
          title={t.byKind}
          total={total}
          rows={kinds.map((kind) => ({ name: kindNames[kind], messages: figures.kinds[kind] }))}
        />
        <Breakdown title={t.topRisks} total={total} rows={figures.risks} empty={t.noRisks} />
      </div>
    </>
  );
}

function Nothing({ days, idle }: { days: number; idle: boolean }) {
  const t = useTexts(moderationTexts);
  const { home } = useApp();
  return (
    <Empty
      image={Empty.PRESENTED_IMAGE_SIMPLE}
      className="feature-off"
      description={
        <>
          <p>{t.nothing(days)}</p>
          {idle && <p>{t.noKinds}</p>}
        </>
      }
    >
      {idle && <Link to={`${home}/im/moderation/rules`}>{t.toRules}</Link>}
    </Empty>
  );
}
