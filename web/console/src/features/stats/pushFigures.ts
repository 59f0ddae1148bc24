// Sums of what became of pushes.

import type { Dayjs } from 'dayjs';
import type { PushDay, PushFigures } from '@/api/types/push';

const keys = ['success', 'failure', 'unknown', 'arrived', 'clicked'] as const;

type Sums = Omit<PushFigures, 'channel'>;

const none: Sums = { success: 0, failure: 0, unknown: 0, arrived: 0, clicked: 0 };

export function sum(figures: readonly Sums[]): Sums {
  const total = { ...none };
  for (const each of figures) for (const key of keys) total[key] += each[key];
  return total;
}

/** Pushes that were to be made. */
export const totalOf = ({ success, failure, unknown }: Sums): number => success + failure + unknown;

/** 98.5%; a dash where there was nothing. */
export function percent(part: number, of: number): string {
  return of === 0 ? '–' : `${((part / of) * 100).toLocaleString(undefined, { maximumFractionDigits: 1 })}%`;
}

/** The channels of all days, the busiest first. */
export function channelsOf(days: readonly PushDay[]): PushFigures[] {
  const byName = new Map<string, PushFigures[]>();
  for (const figures of days.flatMap(({ channels }) => channels)) {
    byName.set(figures.channel, [...(byName.get(figures.channel) ?? []), figures]);
  }
  return [...byName]
    .map(([channel, figures]) => ({ channel, ...sum(figures) }))
    .sort((a, b) => totalOf(b) - totalOf(a));
}

/** Each day from the first to the last; those without pushes have zeros. */
export function everyDay(days: readonly PushDay[], from: Dayjs, to: Dayjs): ({ day: string } & Sums)[] {
  const known = new Map(days.map(({ day, channels }) => [day, sum(channels)]));
  return Array.from({ length: to.diff(from, 'day') + 1 }, (_, index) => {
    const day = from.add(index, 'day').format('YYYY-MM-DD');
    return { day, ...(known.get(day) ?? none) };
  });
}
