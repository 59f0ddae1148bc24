import { InputNumber, type GetRef } from 'antd';
import type { Ref } from 'react';
import { useMoney, fromUnits, toUnits } from './Money';

interface Props {
  /** In the smallest unit. */
  value?: number | null;
  onChange?: (value: number | null) => void;
  /** The least amount, in the smallest unit; absent: negative ones too. */
  min?: number;
  /** Set by `Form.Item`. */
  id?: string;
  /** What a refusal of the server scrolls to. */
  ref?: Ref<GetRef<typeof InputNumber>>;
}

/** An amount to type, with two decimals. */
export function MoneyInput({ value, onChange, min, id, ref }: Props) {
  const symbol = useMoney()(0).replace(/[\d.,\s]/g, '');
  return (
    <InputNumber<number>
      {...(id ? { id } : {})}
      {...(ref ? { ref } : {})}
      value={value === null || value === undefined ? null : fromUnits(value)}
      onChange={(typed) => onChange?.(typed === null ? null : toUnits(typed))}
      precision={2}
      {...(min === undefined ? {} : { min: fromUnits(min) })}
      prefix={symbol}
      controls={false}
      className="money-input"
    />
  );
}
