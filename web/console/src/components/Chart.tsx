import { lazy, Suspense } from 'react';
import { Empty, Skeleton } from 'antd';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';

const Drawing = lazy(() => import('./ChartDrawing'));

export interface Series {
  name: string;
  /** One for each of `labels`; null leaves a gap. */
  values: readonly (number | null)[];
  /** Where the colour says something; otherwise each gets the next one. */
  color?: string;
}

export interface ChartProps {
  kind: 'line' | 'bar' | 'pie';
  /** What it shows, in a sentence: the text for screen readers. */
  title: string;
  /** Along the x axis; for a pie, the names of its slices. */
  labels: readonly string[];
  /** A pie shows the first one. */
  series: readonly Series[];
  /** In pixels. */
  height?: number;
  /** Bars on top of each other. */
  stacked?: boolean;
  /** How a value is written in the tooltip and on the axis. */
  format?: (value: number) => string;
}

/** Lines, bars or a pie. echarts is loaded with the first of them. */
export function Chart(props: ChartProps) {
  const t = useTexts(common);
  const height = props.height ?? 280;
  const hasData = props.labels.length > 0 && props.series.some(({ values }) => values.length > 0);
  return (
    <div style={{ height }} className="chart">
      {hasData ? (
        <Suspense fallback={<Skeleton.Node active className="chart-skeleton" />}>
          <Drawing {...props} />
        </Suspense>
      ) : (
        <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t.noData} />
      )}
    </div>
  );
}
