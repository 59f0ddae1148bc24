import { BarChart, LineChart, PieChart } from 'echarts/charts';
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import { init, use, type EChartsCoreOption, type EChartsType } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';
import { chartColors, colors, fontFamily } from '@/theme/tokens';
import type { ChartProps } from './Chart';

use([BarChart, LineChart, PieChart, AriaComponent, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);

export default function ChartDrawing(props: ChartProps) {
  const element = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType>(undefined);
  useEffect(() => {
    const drawn = init(element.current, undefined, { renderer: 'svg' });
    chart.current = drawn;
    const observer = new ResizeObserver(() => drawn.resize());
    observer.observe(element.current!);
    return () => {
      observer.disconnect();
      drawn.dispose();
    };
  }, []);
  useEffect(() => {
    chart.current?.setOption(option(props), { notMerge: true });
  }, [props]);
  return <div ref={element} role="img" aria-label={props.title} className="chart-drawing" />;
}

function option(props: ChartProps): EChartsCoreOption {
  const format = props.format ?? ((value: number) => value.toLocaleString());
  return {
    color: chartColors,
    textStyle: { fontFamily, color: colors.textSecondary },
    animationDuration: 250,
    tooltip: {
      trigger: props.kind === 'pie' ? 'item' : 'axis',
      // Its text would otherwise be HTML with styles inside.
      renderMode: 'richText',
      valueFormatter: (value: unknown) => (typeof value === 'number' ? format(value) : '–'),
    },
    legend: {
      show: props.kind === 'pie' || props.series.length > 1,
      type: 'scroll',
      top: 0,
      icon: 'roundRect',
      itemWidth: 12,
      itemHeight: 4,
    },
    ...(props.kind === 'pie' ? pie(props) : axes(props, format)),
  };
}

function axes({ kind, labels, series, stacked }: ChartProps, format: (value: number) => string) {
  return {
    grid: { left: 8, right: 20, top: series.length > 1 ? 36 : 16, bottom: 4, containLabel: true },
    xAxis: {
      type: 'category',
      data: labels,
      boundaryGap: kind === 'bar',
      axisTick: { show: false },
      axisLine: { lineStyle: { color: colors.border } },
      axisLabel: { color: colors.textSecondary, hideOverlap: true },
    },
    yAxis: {
      type: 'value',
      minInterval: 1,
      axisLabel: { color: colors.textSecondary, formatter: format },
      splitLine: { lineStyle: { color: colors.borderFaint } },
    },
    series: series.map(({ name, values, color }) => ({
      type: kind,
      name,
      data: values,
      ...(color ? { color } : {}),
      symbol: 'circle',
      symbolSize: 5,
      showSymbol: labels.length <= 31,
      barMaxWidth: 28,
      ...(stacked ? { stack: 'all' } : {}),
    })),
  };
}

function pie({ labels, series }: ChartProps) {
  return {
    series: [
      {
        type: 'pie',
        radius: ['40%', '62%'],
        center: ['50%', '56%'],
        label: { color: colors.text },
        data: labels.map((name, index) => ({ name, value: series[0]?.values[index] ?? 0 })),
      },
    ],
  };
}
