import { Select } from 'antd';

interface Props<V extends string> {
  /** What is filtered by: the label, and the words in the empty field. */
  label: string;
  /** The empty field's words, where the label does not say them. */
  any?: string;
  value: string | undefined;
  options: readonly { value: V; label: string }[];
  onChange: (value: V | undefined) => void;
  /** In pixels. */
  width?: number;
}

/** One of a few values to filter by, or none. */
export function FilterSelect<V extends string>({ label, any, value, options, onChange, width }: Props<V>) {
  return (
    <Select<V | null>
      className="filter-select"
      aria-label={label}
      placeholder={any ?? label}
      allowClear
      value={(value ?? null) as V | null}
      options={[...options]}
      onChange={(to) => onChange(to ?? undefined)}
      {...(width ? { style: { width } } : {})}
    />
  );
}
