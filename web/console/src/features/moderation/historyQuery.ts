import dayjs from 'dayjs';
import { useMemo, useState } from 'react';
import { useFilters } from '@/api/lists';

const names = ['sender', 'target', 'chat_type', 'kind', 'result', 'act', 'from', 'to'] as const;

export type HistoryFilters = Partial<Record<(typeof names)[number], string>>;

/** What is looked for: a time always, the last 24 hours unless another was chosen. */
export function useHistoryFilters() {
  const [chosen, setFilters] = useFilters(names);
  const [now, setNow] = useState(() => dayjs());
  const filters: HistoryFilters = useMemo(
    () =>
      chosen.from && chosen.to
        ? chosen
        : { ...chosen, from: String(now.subtract(1, 'day').valueOf()), to: String(now.endOf('minute').valueOf()) },
    [chosen, now],
  );
  return {
    filters,
    setFilters,
    /** Beside the time. */
    isFiltered: Object.keys(chosen).some((name) => name !== 'from' && name !== 'to'),
    /** Lets the last 24 hours end now; whether that is another time than before. */
    renew: (): boolean => {
      if (chosen.from && chosen.to) return false;
      setNow(dayjs());
      return true;
    },
  };
}
