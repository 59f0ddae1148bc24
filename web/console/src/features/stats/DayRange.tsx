import { DatePicker, Radio } from 'antd';
import dayjs, { type Dayjs } from 'dayjs';
import { useFilters } from '@/api/lists';
import { useTexts } from '@/i18n';
import { useInstallation } from '@/shell/session';
import { statsTexts } from './texts';

const format = 'YYYY-MM-DD';
/** Days that the server answers at once. */
const mostDays = 366;

/** The day that the server counts on now, which need not be the browser's. */
function useToday(): Dayjs {
  const { time_zone: timeZone } = useInstallation();
  // Swedes write dates as ISO 8601 does.
  return dayjs(new Date().toLocaleDateString('sv', { timeZone }));
}

/** The days on show, in the address; the last week without any. */
export function useDays(): { query: { from: string; to: string }; from: Dayjs; to: Dayjs } {
  const [{ from, to }] = useFilters(['from', 'to']);
  const today = useToday();
  const last = to ? dayjs(to) : today;
  const first = from ? dayjs(from) : last.subtract(6, 'day');
  return { query: { from: first.format(format), to: last.format(format) }, from: first, to: last };
}

/** 近7天, 当前月, or any days. */
export function DayRange() {
  const t = useTexts(statsTexts);
  const [, setFilters] = useFilters(['from', 'to']);
  const { from, to } = useDays();
  const today = useToday();
  const presets = [
    { key: 'week', label: t.lastWeek, from: today.subtract(6, 'day') },
    { key: 'month', label: t.thisMonth, from: today.startOf('month') },
    { key: 'quarter', label: t.lastQuarter, from: today.subtract(89, 'day') },
  ];
  const chosen = presets.find((preset) => to.isSame(today, 'day') && from.isSame(preset.from, 'day'));
  const show = (first: Dayjs, last: Dayjs): void => {
    const isDefault = last.isSame(today, 'day') && first.isSame(today.subtract(6, 'day'), 'day');
    setFilters(
      isDefault
        ? { from: undefined, to: undefined }
        : { from: first.format(format), to: last.format(format) },
    );
  };
  return (
    <span className="day-range">
      <Radio.Group
        optionType="button"
        aria-label={t.range}
        value={chosen?.key}
        options={presets.map(({ key, label }) => ({ value: key, label }))}
        onChange={({ target }) => {
          const preset = presets.find(({ key }) => key === target.value);
          if (preset) show(preset.from, today);
        }}
      />
      <DatePicker.RangePicker
        value={[from, to]}
        allowClear={false}
        disabledDate={(day, { from: first }) =>
          day.isAfter(today, 'day') || (first !== undefined && Math.abs(day.diff(first, 'day')) >= mostDays)
        }
        onChange={(days) => {
          if (days?.[0] && days[1]) show(days[0], days[1]);
        }}
      />
    </span>
  );
}
