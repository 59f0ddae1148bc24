import { useMemo } from 'react';
import { locales, useLanguage } from '@/i18n';
import { useInstallation } from '@/shell/session';

/** Amounts are whole numbers of the smallest unit: 88800 is ¥888.00. */
const units = 100;

/** `money(88800)`: "¥888.00". */
export function useMoney(): (amount: number) => string {
  const { language } = useLanguage();
  const { currency } = useInstallation();
  return useMemo(() => {
    const format = new Intl.NumberFormat(locales[language], {
      style: 'currency',
      currency,
      currencyDisplay: 'narrowSymbol',
      minimumFractionDigits: 2,
      maximumFractionDigits: 2,
    });
    return (amount) => format.format(amount / units);
  }, [language, currency]);
}

interface Props {
  /** Null is shown as a dash. */
  value: number | null | undefined;
  /** With a plus before what is added. */
  signed?: boolean;
}

/** An amount of money. */
export function Money({ value, signed }: Props) {
  const money = useMoney();
  if (value === null || value === undefined) return <span className="faint">–</span>;
  return (
    <span className={value < 0 ? 'money negative' : 'money'}>
      {signed && value > 0 ? '+' : ''}
      {money(value)}
    </span>
  );
}

/** What is typed as 12.34, in the smallest unit. */
export function toUnits(typed: number): number {
  return Math.round(typed * units);
}

/** The other way: what a field starts with. */
export function fromUnits(amount: number): number {
  return amount / units;
}
