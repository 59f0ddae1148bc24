import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import type { ErrorText } from '../im/model';
import { en, type TextKey } from './en';
import { zh } from './zh';

export type { TextKey };
export type Language = 'zh' | 'en';

const texts: Record<Language, Record<TextKey, string>> = { en, zh };
const locales: Record<Language, string> = { en: 'en', zh: 'zh-CN' };
const storageKey = 'hongyan-chat.language';

type Values = Record<string, string | number>;

export interface I18n {
  language: Language;
  locale: string;
  t(key: TextKey, values?: Values): string;
  error(error: ErrorText): string;
  /** "Alice, Bob and Carol" */
  names(names: string[]): string;
  /** "14:05" */
  time(time: number): string;
  /** "Today", "Yesterday", "Tuesday, 3 March" */
  day(time: number): string;
  /** The shortest that tells when: a time today, a day this week, else a date. */
  short(time: number): string;
  full(time: number): string;
  size(bytes: number): string;
  toggle(): void;
}

const Context = createContext<I18n | undefined>(undefined);

export function useI18n(): I18n {
  const i18n = useContext(Context);
  if (!i18n) throw new Error('useI18n outside I18nProvider');
  return i18n;
}

export function I18nProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(initialLanguage);
  const i18n = useMemo(
    () =>
      build(language, () => {
        const other = language === 'zh' ? 'en' : 'zh';
        remember(other);
        setLanguage(other);
      }),
    [language],
  );
  useEffect(() => {
    document.documentElement.lang = i18n.locale;
  }, [i18n]);
  return <Context value={i18n}>{children}</Context>;
}

function build(language: Language, toggle: () => void): I18n {
  const locale = locales[language];
  const t = (key: TextKey, values: Values = {}): string =>
    texts[language][key].replace(/\{(\w+)\}/g, (placeholder, name: string) =>
      String(values[name] ?? placeholder),
    );
  const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, options);
  const clock = format({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const weekday = format({ weekday: language === 'zh' ? 'long' : 'short' });
  const date = format({ month: 'numeric', day: 'numeric' });
  const dateWithYear = format({ year: 'numeric', month: 'numeric', day: 'numeric' });
  const longDate = format({ weekday: 'long', month: 'long', day: 'numeric' });
  const longDateWithYear = format({ year: 'numeric', month: 'long', day: 'numeric' });
  const full = format({ dateStyle: 'medium', timeStyle: 'medium' });
  const list = new Intl.ListFormat(locale, { type: 'conjunction', style: 'long' });
  const thisYear = (time: number): boolean => new Date(time).getFullYear() === new Date().getFullYear();

  return {
    language,
    locale,
    t,
    toggle,
    error: ({ key, detail }) =>
      detail ? t(key) + (language === 'zh' ? `：${detail}` : `: ${detail}`) : t(key),
    names: (names) => list.format(names),
    time: (time) => clock.format(time),
    full: (time) => full.format(time),
    day(time) {
      const ago = daysAgo(time);
      if (ago === 0) return t('day.today');
      if (ago === 1) return t('day.yesterday');
      return (thisYear(time) ? longDate : longDateWithYear).format(time);
    },
    short(time) {
      const ago = daysAgo(time);
      if (ago <= 0) return clock.format(time);
      if (ago === 1) return t('day.yesterday');
      if (ago < 7) return weekday.format(time);
      return (thisYear(time) ? date : dateWithYear).format(time);
    },
    size(bytes) {
      const units = ['B', 'KB', 'MB', 'GB'];
      let value = bytes;
      let unit = 0;
      while (value >= 1024 && unit < units.length - 1) {
        value /= 1024;
        unit++;
      }
      return `${unit === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
    },
  };
}

/** Whole calendar days between the day of `time` and today. */
function daysAgo(time: number): number {
  const midnight = (when: Date): number =>
    new Date(when.getFullYear(), when.getMonth(), when.getDate()).getTime();
  return Math.round((midnight(new Date()) - midnight(new Date(time))) / 86_400_000);
}

function initialLanguage(): Language {
  try {
    const stored = localStorage.getItem(storageKey);
    if (stored === 'zh' || stored === 'en') return stored;
  } catch {
    // The browser's language then.
  }
  const preferred = navigator.languages.find((language) => /^(zh|en)\b/i.test(language));
  return preferred?.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

function remember(language: Language): void {
  try {
    localStorage.setItem(storageKey, language);
  } catch {
    // The choice then lasts until the next reload.
  }
}
