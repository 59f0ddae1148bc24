import { DatePicker } from 'antd';
import dayjs, { type Dayjs } from 'dayjs';
import { useTexts } from '@/i18n';
import { useInstallation } from '@/shell/session';
import { moneyTexts } from './words';

const format = 'YYYY-MM';

/** The month that the server is in, which need not be the browser's. */
export function useThisMonth(): Dayjs {
  const { time_zone: timeZone } = useInstallation();
  // Swedes write dates as ISO 8601 does.
  return dayjs(new Date().toLocaleDateString('sv', { timeZone })).startOf('month');
}

interface Props {
  /** `2026-11` */
  value: string;
  onChange: (month: string) => void;
  /** The last month to choose. */
  until: Dayjs;
}

/** A month that has been. */
export function MonthPicker({ value, onChange, until }: Props) {
  const t = useTexts(moneyTexts);
  return (
    <DatePicker
      picker="month"
      aria-label={t.month}
      value={dayjs(value, format)}
      allowClear={false}
      disabledDate={(month) => month.isAfter(until, 'month')}
      onChange={(month: Dayjs | null) => {
        if (month) onChange(month.format(format));
      }}
    />
  );
}

export function monthWord(month: Dayjs): string {
  return month.format(format);
}
