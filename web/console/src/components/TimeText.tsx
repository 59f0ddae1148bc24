import { useZone } from './zone';

interface Props {
  /** Unix ms; null and 0 are shown as a dash. */
  value: number | null | undefined;
  /** A day only. */
  day?: boolean;
}

/** A moment in the page's time zone, which is the viewer's unless the page says so. */
export function TimeText({ value, day }: Props) {
  const zone = useZone();
  if (!value) return <span className="faint">–</span>;
  const time = zone.show(value);
  return (
    <time dateTime={new Date(value).toISOString()} title={time.format('YYYY-MM-DD HH:mm:ss.SSS Z')} className="time">
      {time.format(day ? 'YYYY-MM-DD' : 'YYYY-MM-DD HH:mm:ss')}
    </time>
  );
}
