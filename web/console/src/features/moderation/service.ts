import { useRead } from '@/api/hooks';
import type { List } from '@/api/lists';
import type { Moderation } from '@/api/types/moderation';
import { useApp } from '@/shell/app';

/** Everything that is set up. */
export function useModeration() {
  const app = useApp();
  return useRead<Moderation>(`${app.api}/moderation`);
}

/** Where the API of moderation begins, and the reads that a write makes old. */
export function useModerationPaths(): { base: string; changes: [string, string] } {
  const { api } = useApp();
  const base = `${api}/moderation`;
  return { base, changes: [base, `${api}/features`] };
}

/** Rows that were read with the rest: a table of them has no pages. */
export function whole<T>(items: readonly T[]): List<T> {
  return { items, error: null, refreshing: false, refetch: () => undefined, pager: undefined };
}
