import dayjs from 'dayjs';

interface Props {
  /** Unix ms; null and 0 are shown as a dash. */
  value: number | null | undefined;
  /** A day only. */
  day?: boolean;
}

/** A moment in the viewer's time zone. */
export function TimeText({ value, day }: Props) {
  if (!value) return <span className="faint">–</span>;
  const time = dayjs(value);
  return (
    <time dateTime={time.toISOString()} title={time.format('YYYY-MM-DD HH:mm:ss.SSS Z')} className="time">
      {time.format(day ? 'YYYY-MM-DD' : 'YYYY-MM-DD HH:mm:ss')}
    </time>
  );
}
