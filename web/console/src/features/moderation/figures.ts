import type { ModerationCount } from '@/api/types/moderation';
import { acts, kinds, results, type Act, type Kind, type Result } from './words';

const dayMs = 24 * 3600 * 1000;
const risksShown = 8;

export interface Figures {
  total: number;
  results: Record<Result, number>;
  acts: Record<Act, number>;
  kinds: Record<Kind, number>;
  /** The most frequent ones, the first of them first. */
  risks: readonly { name: string; messages: number }[];
  /** The days, oldest first, as MM-DD. */
  labels: readonly string[];
  /** One number for each day. */
  trend: Record<Act, readonly number[]>;
}

/** What the counts of the last `days` days (UTC) add up to. */
export function figuresOf(counts: readonly ModerationCount[], days: number, now: number): Figures {
  const today = Math.floor(now / dayMs) * dayMs;
  const shown = Array.from({ length: days }, (_, back) => today - (days - 1 - back) * dayMs);
  const sum = (holds: (count: ModerationCount) => boolean): number =>
    counts.filter(holds).reduce((total, { messages }) => total + messages, 0);
  return {
    total: sum(() => true),
    results: sums(results, (name) => sum(({ result }) => result === name)),
    acts: sums(acts, (name) => sum(({ act }) => act === name)),
    kinds: sums(kinds, (name) => sum(({ kind }) => kind === name)),
    risks: topRisks(counts),
    labels: shown.map((day) => new Date(day).toISOString().slice(5, 10)),
    trend: sums(acts, (name) => shown.map((at) => sum(({ act, day }) => act === name && day === at))),
  };
}

function sums<K extends string, V>(names: readonly K[], of: (name: K) => V): Record<K, V> {
  return Object.fromEntries(names.map((name) => [name, of(name)])) as Record<K, V>;
}

function topRisks(counts: readonly ModerationCount[]): Figures['risks'] {
  const totals = new Map<string, number>();
  for (const { risk, messages } of counts) if (risk) totals.set(risk, (totals.get(risk) ?? 0) + messages);
  const risks = [...totals].map(([name, messages]) => ({ name, messages }));
  return risks.sort((a, b) => b.messages - a.messages).slice(0, risksShown);
}
