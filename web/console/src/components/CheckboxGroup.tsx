import { Checkbox, type GetRef } from 'antd';
import type { Ref } from 'react';

interface Props {
  value?: string[];
  onChange?: (value: string[]) => void;
  options: { value: string; label: string }[];
  /** Set by `Form.Item`, which would also set `aria-required`: a group of boxes may not have that. */
  id?: string;
  /** What a refusal of the server scrolls to. */
  ref?: Ref<GetRef<typeof Checkbox.Group>>;
}

/** Boxes to tick, some or all of them. */
export function CheckboxGroup({ value, onChange, options, id, ref }: Props) {
  return (
    <Checkbox.Group
      {...(id ? { id } : {})}
      {...(ref ? { ref } : {})}
      value={value ?? []}
      options={options}
      onChange={(to) => onChange?.(to as string[])}
    />
  );
}
