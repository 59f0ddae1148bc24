// The time zone in which times are shown and chosen: the viewer's, unless the page says another.

import dayjs, { type Dayjs } from 'dayjs';
import timezone from 'dayjs/plugin/timezone';
import utc from 'dayjs/plugin/utc';
import { createContext, useContext, useMemo } from 'react';

dayjs.extend(utc);
dayjs.extend(timezone);

/** Undefined: the viewer's. */
export const ZoneContext = createContext<string | undefined>(undefined);

/** Moments as clocks of the page's time zone show them. */
export interface Zone {
  /** To be formatted. */
  show(time: number): Dayjs;
  /** As a picker has it: what it shows is right, the moment need not be. */
  wall(time: number): Dayjs;
  /** The moment that a picker means. */
  moment(wall: Dayjs): number;
}

const plain = 'YYYY-MM-DDTHH:mm:ss.SSS';

export function useZone(): Zone {
  const zone = useContext(ZoneContext);
  return useMemo(() => {
    if (zone === undefined) {
      return { show: (time) => dayjs(time), wall: (time) => dayjs(time), moment: (wall) => wall.valueOf() };
    }
    const show = (time: number): Dayjs => dayjs(time).tz(zone);
    return {
      show,
      wall: (time) => dayjs(show(time).format(plain)),
      moment: (wall) => dayjs.tz(wall.format(plain), zone).valueOf(),
    };
  }, [zone]);
}
