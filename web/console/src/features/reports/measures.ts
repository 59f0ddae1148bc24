import type { MenuProps } from 'antd';
import type { ReportRow, ReportState } from '@/api/types/reports';
import type { Tone } from '@/components/StatusTag';
import { useTexts } from '@/i18n';
import { reportTexts } from './texts';

/** What can be done about reports, and whether it is red. */
const measures = {
  ban: true,
  kick: false,
  blocklist: false,
  delete: true,
  recall: true,
  dismiss: false,
};

export type Measure = keyof typeof measures;

export const isDestructive = (measure: Measure): boolean => measures[measure];

export const stateTones: Record<ReportState, Tone> = {
  pending: 'warning',
  banned: 'bad',
  kicked: 'bad',
  blocklisted: 'bad',
  deleted: 'bad',
  recalled: 'busy',
  dismissed: 'off',
};

/** Reports about which something is to be done. */
export interface Handling {
  measure: Measure;
  reports: readonly ReportRow[];
}

/** The menu 处理. */
export function useMeasureMenu(choose: (measure: Measure) => void): NonNullable<MenuProps> {
  const t = useTexts(reportTexts);
  return {
    items: (Object.keys(measures) as Measure[]).map((measure) => ({
      key: measure,
      label: t.measures(measure),
      danger: isDestructive(measure),
    })),
    onClick: ({ key }) => choose(key as Measure),
  };
}
