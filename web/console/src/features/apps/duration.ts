import type { Language } from '@/i18n';

/** Days, hours, minutes and seconds of a duration in seconds. */
export interface DurationParts {
  day: number;
  hour: number;
  minute: number;
  second: number;
}

export const unitSeconds: DurationParts = { day: 86_400, hour: 3600, minute: 60, second: 1 };

export function split(seconds: number): DurationParts {
  return {
    day: Math.floor(seconds / 86_400),
    hour: Math.floor((seconds % 86_400) / 3600),
    minute: Math.floor((seconds % 3600) / 60),
    second: seconds % 60,
  };
}

export function join({ day, hour, minute, second }: DurationParts): number {
  return day * 86_400 + hour * 3600 + minute * 60 + second;
}

/** `0天0时2分0秒`: every part, as the feature table writes it. */
export function longDuration(seconds: number, language: Language): string {
  const { day, hour, minute, second } = split(seconds);
  return language === 'zh'
    ? `${day}天${hour}时${minute}分${second}秒`
    : `${day}d ${hour}h ${minute}m ${second}s`;
}

/** `60 天`, `1 小时 30 分钟`: the parts that are not zero. */
export function shortDuration(seconds: number, language: Language): string {
  const parts = split(seconds);
  const words = (Object.keys(parts) as (keyof DurationParts)[])
    .filter((unit) => parts[unit] > 0)
    .map((unit) => amount(parts[unit], unit, language));
  return words.join(' ') || amount(0, 'second', language);
}

const zhUnits: Record<keyof DurationParts, string> = { day: '天', hour: '小时', minute: '分钟', second: '秒' };

function amount(count: number, unit: keyof DurationParts, language: Language): string {
  return language === 'zh' ? `${count} ${zhUnits[unit]}` : `${count} ${unit}${count === 1 ? '' : 's'}`;
}
