// Reading a table page by page. Page, size, cursor and filters live in the address, so that a reload or a link shows the
// same rows; lists in dialogs keep them to themselves (`place: 'here'`).

import { useCallback, useMemo, useState } from 'react';
import { useLocation, useNavigate, useSearchParams } from 'react-router';
import type { Query } from './client';
import { useRead } from './hooks';
import type { CursorPage } from './types/page';

/** An answer with a total. */
export interface Paged<T> {
  items: T[];
  total: number;
}

export interface PagePager {
  kind: 'pages';
  page: number;
  size: number;
  total: number | undefined;
  /** Rows that fit on one page need no pager. */
  quiet?: boolean;
  go(page: number, size: number): void;
}

export interface CursorPager {
  kind: 'cursors';
  size: number;
  previous: (() => void) | undefined;
  next: (() => void) | undefined;
  resize(size: number): void;
}

/** What `DataTable` shows. */
export interface List<T> {
  /** Undefined until the first answer. */
  items: readonly T[] | undefined;
  error: unknown;
  /** Rows on show are about to be replaced. */
  refreshing: boolean;
  refetch(): void;
  /** Undefined when all rows are shown at once. */
  pager: PagePager | CursorPager | undefined;
}

export const pageSizes = [10, 20, 50] as const;

interface ListOptions {
  /** Rows per page until the user chooses otherwise. */
  size?: (typeof pageSizes)[number];
  place?: 'address' | 'here';
  enabled?: boolean;
  /** Reads again this often, in ms. */
  every?: number;
}

/** `GET path?…filters&page&size`, answered with a total. */
export function usePages<T>(path: string, filters: Query = {}, options: ListOptions = {}): List<T> {
  const [state, set] = useListState(options.place ?? 'address', [path, filters]);
  const size = chosenSize(state.size, options.size);
  const page = wholeNumber(state.page);
  const read = useRead<Paged<T>>(path, { ...filters, page, size }, { ...options, keep: true });
  return {
    ...rows(read),
    pager: pagePager(page, size, read.data?.total, set, options),
  };
}

/** `GET path?…filters&cursor&limit`, answered with a cursor. */
export function useCursors<T>(path: string, filters: Query = {}, options: ListOptions = {}): List<T> {
  const [state, set] = useListState(options.place ?? 'address', [path, filters]);
  const size = chosenSize(state.size, options.size);
  const read = useRead<CursorPage<T>>(path, { ...filters, cursor: state.cursor, limit: size }, { ...options, keep: true });
  const following = read.isPlaceholderData ? null : (read.data?.cursor ?? null);
  return {
    ...rows(read),
    pager: {
      kind: 'cursors',
      size,
      // Someone who came by a link has no way back but to the start.
      previous: state.cursor === undefined ? undefined : () => set({ cursor: state.trail.at(-1) || undefined }, 'back'),
      next: following === null ? undefined : () => set({ cursor: following }, 'on'),
      resize: (rows) => set({ cursor: undefined, size: sizeWord(rows, options) }),
    },
  };
}

/** All rows at once: `GET path?…filters` answers an array, of which the table shows a page at a time. */
export function useAll<T>(
  path: string,
  filters: Query = {},
  { matches, ...options }: ListOptions & { matches?: (row: T) => boolean } = {},
): List<T> {
  const [state, set] = useListState(options.place ?? 'address', [path, filters]);
  const size = chosenSize(state.size, options.size);
  const read = useRead<T[]>(path, filters, { ...options, keep: true });
  const found = matches ? read.data?.filter(matches) : read.data;
  const last = Math.max(1, Math.ceil((found?.length ?? 0) / size));
  const page = Math.min(last, wholeNumber(state.page));
  return {
    items: found?.slice((page - 1) * size, page * size),
    error: read.error,
    refreshing: read.isPlaceholderData,
    refetch: () => void read.refetch(),
    pager: { ...pagePager(page, size, found?.length, set, options), quiet: true },
  };
}

/**
 * Filters in the address, as strings. Setting one goes back to the first page; an empty one leaves the address.
 * `const [filters, setFilters] = useFilters(['operator', 'module']);`
 */
export function useFilters<K extends string>(
  names: readonly K[],
): [Partial<Record<K, string>>, (to: Partial<Record<K, string | undefined>>) => void] {
  const [search, setSearch] = useSearchParams();
  const key = names.join();
  const filters = useMemo(() => {
    const found: Partial<Record<K, string>> = {};
    for (const name of key.split(',') as K[]) {
      const value = search.get(name);
      if (value) found[name] = value;
    }
    return found;
  }, [search, key]);
  const set = useCallback(
    (to: Partial<Record<K, string | undefined>>) => {
      setSearch(
        (old) => {
          const words = new URLSearchParams(old);
          words.delete('page');
          words.delete('cursor');
          for (const [name, value] of Object.entries(to)) put(words, name, value as string | undefined);
          return words;
        },
        { replace: true },
      );
    },
    [setSearch],
  );
  return [filters, set];
}

interface ListState {
  page: string | undefined;
  size: string | undefined;
  cursor: string | undefined;
  /** Cursors of the pages before this one, the first page being ''. */
  trail: readonly string[];
}

type Move = (to: Partial<Omit<ListState, 'trail'>>, direction?: 'on' | 'back') => void;

const start: ListState = { page: undefined, size: undefined, cursor: undefined, trail: [] };

/** `of` says which list it is: another one begins with its first page. */
function useListState(place: 'address' | 'here', of: [path: string, filters: Query]): [ListState, Move] {
  const inAddress = useAddressState();
  const [here, setHere] = useState({ ...start, of: '' });
  if (place === 'address') return inAddress;
  const key = JSON.stringify(of);
  const state = here.of === key ? here : { ...start, size: here.size };
  return [state, (to, direction) => setHere({ ...state, ...to, trail: trailAfter(state, direction), of: key })];
}

function useAddressState(): [ListState, Move] {
  const [search] = useSearchParams();
  const navigate = useNavigate();
  const location = useLocation();
  const kept = (location.state as { trail?: unknown } | null)?.trail;
  const state: ListState = {
    page: search.get('page') ?? undefined,
    size: search.get('size') ?? undefined,
    cursor: search.get('cursor') ?? undefined,
    trail: Array.isArray(kept) ? (kept as string[]) : [],
  };
  const move: Move = (to, direction) => {
    const words = new URLSearchParams(search);
    for (const [name, value] of Object.entries(to)) put(words, name, value);
    void navigate({ search: words.toString() }, { state: { trail: trailAfter(state, direction) } });
  };
  return [state, move];
}

function trailAfter(state: ListState, direction: 'on' | 'back' | undefined): readonly string[] {
  if (direction === 'on') return [...state.trail, state.cursor ?? ''];
  if (direction === 'back') return state.trail.slice(0, -1);
  return [];
}

function put(words: URLSearchParams, name: string, value: string | undefined): void {
  if (value === undefined || value === '') words.delete(name);
  else words.set(name, value);
}

function pagePager(page: number, size: number, total: number | undefined, set: Move, options: ListOptions): PagePager {
  return {
    kind: 'pages',
    page,
    size,
    total,
    // Another size starts again from the top.
    go: (to, rows) => set({ page: rows === size && to > 1 ? String(to) : undefined, size: sizeWord(rows, options) }),
  };
}

function wholeNumber(word: string | undefined): number {
  return Math.max(1, Number.parseInt(word ?? '1', 10) || 1);
}

function chosenSize(word: string | undefined, preset: number | undefined): number {
  const size = Number(word);
  return (pageSizes as readonly number[]).includes(size) ? size : (preset ?? pageSizes[0]);
}

function sizeWord(size: number, { size: preset }: ListOptions): string | undefined {
  return size === (preset ?? pageSizes[0]) ? undefined : String(size);
}

function rows<T>(read: {
  data: { items: T[] } | undefined;
  error: unknown;
  isPlaceholderData: boolean;
  refetch(): unknown;
}) {
  return {
    items: read.data?.items,
    error: read.error,
    refreshing: read.isPlaceholderData,
    refetch: () => void read.refetch(),
  };
}
