import type { TableProps } from 'antd';
import { useLayoutEffect, useRef, useState, type Key, type ReactNode } from 'react';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';

interface Choices<T> {
  /** A row's name, for screen readers. */
  name: (row: T) => string;
  /** Which rows can be chosen; all when absent. */
  possible?: (row: T) => boolean;
}

export interface Selection<T> {
  rows: readonly T[];
  clear(): void;
  /** For `DataTable`. */
  rowSelection: NonNullable<TableProps<T>['rowSelection']>;
}

/** Rows of a table that were ticked, of those on show. */
export function useSelection<T>(
  items: readonly T[] | undefined,
  keyOf: (row: T) => string,
  { name, possible }: Choices<T>,
): Selection<T> {
  const t = useTexts(common);
  const [keys, setKeys] = useState<readonly Key[]>([]);
  const rows = (items ?? []).filter((row) => keys.includes(keyOf(row)));
  return {
    rows,
    clear: () => setKeys([]),
    rowSelection: {
      selectedRowKeys: rows.map(keyOf),
      onChange: setKeys,
      columnTitle: (checkbox) => <InHead>{checkbox}</InHead>,
      getTitleCheckboxProps: () => ({ 'aria-label': t.selectAll }),
      getCheckboxProps: (row) => ({
        'aria-label': t.select(name(row)),
        disabled: possible ? !possible(row) : false,
      }),
    },
  };
}

/** antd measures columns by a second, hidden head, which must have nothing that takes the focus. */
function InHead({ children }: { children: ReactNode }) {
  const place = useRef<HTMLSpanElement>(null);
  const [shown, setShown] = useState(false);
  useLayoutEffect(() => setShown(place.current?.closest('[aria-hidden=true]') === null), []);
  return <span ref={place}>{shown && children}</span>;
}
