import { DatePicker } from 'antd';
import dayjs from 'dayjs';
import { useFilters } from '@/api/lists';
import { useTexts } from '@/i18n';
import { queryTexts } from './texts';

/** Days that live queries reach back. */
const days = 3;

/** 查询时间, within the last three days; in the address as `from` and `to`, in ms. */
export function TimeRange() {
  const t = useTexts(queryTexts);
  const [{ from, to }, setFilters] = useFilters(['from', 'to']);
  const now = dayjs();
  return (
    <DatePicker.RangePicker
      showTime={{ format: 'HH:mm' }}
      format="YYYY-MM-DD HH:mm"
      value={from && to ? [dayjs(Number(from)), dayjs(Number(to))] : null}
      placeholder={[t.lastDays, t.untilNow]}
      disabledDate={(day) => day.isAfter(now, 'day') || day.isBefore(now.subtract(days, 'day'), 'day')}
      onChange={(range) =>
        setFilters({
          from: range?.[0] ? String(range[0].valueOf()) : undefined,
          to: range?.[1] ? String(range[1].endOf('minute').valueOf()) : undefined,
        })
      }
    />
  );
}
