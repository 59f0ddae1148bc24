import { Select } from 'antd';
import { useMemo } from 'react';
import { useLanguage } from '@/i18n';
import { eventName, eventTree, pick } from './events';

interface Props {
  label: string;
  value: string | undefined;
  onChange: (selector: string | undefined) => void;
  /** Whether none can be chosen. */
  allowClear?: boolean;
}

/** One kind of event. */
export function EventSelect({ label, value, onChange, allowClear = false }: Props) {
  const { language } = useLanguage();
  const options = useMemo(
    () =>
      eventTree.map(({ selector, names, below }) => ({
        label: pick(names, language),
        options: (below.length > 0 ? below : [{ selector }]).map((leaf) => ({
          value: leaf.selector,
          label: eventName(leaf.selector, language),
        })),
      })),
    [language],
  );
  return (
    <Select<string | null>
      className="event-select"
      aria-label={label}
      placeholder={label}
      showSearch={{ filterOption: (words, option) => matches(words, option) }}
      allowClear={allowClear}
      value={value ?? null}
      onChange={(to) => onChange(to ?? undefined)}
      options={options}
    />
  );
}

function matches(words: string, option: { value?: unknown; label?: unknown } | undefined): boolean {
  // A heading has no value: it stays while something below it does.
  if (option?.value === undefined) return false;
  return `${String(option.label)} ${String(option.value)}`.toLowerCase().includes(words.trim().toLowerCase());
}
