import { InputNumber, Space } from 'antd';
import { useState } from 'react';
import { useTexts } from '@/i18n';
import { join, split, unitSeconds, type DurationParts } from './duration';
import { appTexts } from './texts';

const units = Object.keys(unitSeconds) as (keyof DurationParts)[];

interface Props {
  /** Seconds; NaN while a field is empty or is not a whole number. */
  value?: number;
  onChange?: (seconds: number) => void;
  /** What lasts so long, for screen readers. */
  label: string;
  disabled?: boolean;
  /** Set by `Form.Item`. */
  id?: string;
}

/** Four fields: days, hours, minutes, seconds. */
export function DurationInput({ value = 0, onChange, label, disabled = false, id }: Props) {
  const t = useTexts(appTexts);
  const [typed, setTyped] = useState<{ parts: Partial<DurationParts>; seconds: number }>();
  // What was typed stays as it is (90 seconds are not turned into 1:30 meanwhile); a value from outside is split anew.
  const parts: Partial<DurationParts> =
    typed && Object.is(typed.seconds, value) ? typed.parts : Number.isNaN(value) ? {} : split(value);
  const change = (unit: keyof DurationParts, to: number | null): void => {
    const next = { ...parts };
    if (to === null) delete next[unit];
    else next[unit] = to;
    const whole = units.every((each) => Number.isInteger(next[each]) && next[each]! >= 0);
    const seconds = whole ? join(next as DurationParts) : Number.NaN;
    setTyped({ parts: next, seconds });
    onChange?.(seconds);
  };
  return (
    <div role="group" aria-label={label} className="duration-input">
      {units.map((unit, index) => (
        <Space.Compact key={unit}>
          <InputNumber<number>
            {...(index === 0 && id ? { id } : {})}
            value={parts[unit] ?? null}
            min={0}
            disabled={disabled}
            controls={false}
            aria-label={t.units[unit]}
            onChange={(to) => change(unit, to)}
          />
          <Space.Addon>{t.units[unit]}</Space.Addon>
        </Space.Compact>
      ))}
    </div>
  );
}
