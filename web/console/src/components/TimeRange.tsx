import { DatePicker } from 'antd';
import type { Dayjs } from 'dayjs';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useZone } from './zone';

/** From when until when, in ms and as the address has them. */
export interface Times {
  from?: string | undefined;
  to?: string | undefined;
}

interface Props {
  label: string;
  value?: Times;
  onChange?: (value: Times) => void;
  /** Days that it reaches back; absent: without end. */
  days?: number;
  /** There is always one. */
  required?: boolean;
  placeholder?: [string, string];
  presets?: { label: string; value: [Dayjs, Dayjs] }[];
  /** Set by `Form.Item`. */
  id?: string;
}

/** A span of time, to the minute, on the clocks of the page's time zone. */
export function TimeRange({ label, value, onChange, days, required = false, placeholder, presets, id }: Props) {
  const { from, to } = value ?? {};
  const words = useTexts(common);
  const zone = useZone();
  const now = zone.wall(Date.now());
  const outside = (day: Dayjs): boolean =>
    day.isAfter(now, 'day') || (days !== undefined && day.isBefore(now.subtract(days, 'day'), 'day'));
  return (
    <DatePicker.RangePicker
      showTime={{ format: 'HH:mm' }}
      format="YYYY-MM-DD HH:mm"
      className="time-range"
      aria-label={label}
      value={from && to ? [zone.wall(Number(from)), zone.wall(Number(to))] : null}
      placeholder={placeholder ?? [words.from, words.to]}
      disabledDate={outside}
      allowClear={!required}
      // Enter takes the time; it does not send a form.
      onKeyDown={(event) => {
        if (event.key === 'Enter') event.preventDefault();
      }}
      onChange={(range) =>
        onChange?.({
          from: range?.[0] ? zone.moment(range[0]).toString() : undefined,
          // All of the last minute.
          to: range?.[1] ? zone.moment(range[1].endOf('minute')).toString() : undefined,
        })
      }
      {...(presets ? { presets } : {})}
      {...(id ? { id: { start: id } } : {})}
    />
  );
}
