import { useFilters } from '@/api/lists';
import { TimeRange as Range } from '@/components/TimeRange';
import { useTexts } from '@/i18n';
import { queryTexts } from './texts';

/** Days that live queries reach back. */
const days = 3;

/** 查询时间, within the last three days; in the address. */
export function TimeRange() {
  const t = useTexts(queryTexts);
  const [times, setTimes] = useFilters(['from', 'to']);
  return (
    <Range label={t.time} value={times} onChange={setTimes} days={days} placeholder={[t.lastDays, t.untilNow]} />
  );
}
