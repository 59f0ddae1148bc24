import dayjs from 'dayjs';
import { FilterSelect } from '@/components/FilterSelect';
import { SearchInput } from '@/components/SearchInput';
import { TimeRange } from '@/components/TimeRange';
import { useTexts } from '@/i18n';
import { useChatTypes } from '../operations/chatTypes';
import type { HistoryFilters as Filters } from './historyQuery';
import { historyTexts } from './historyTexts';
import { recordDays } from './limits';
import { acts, actTexts, kinds, kindTexts, results, resultTexts } from './words';

interface Props {
  filters: Filters;
  onChange: (to: Partial<Record<keyof Filters, string | undefined>>) => void;
}

/** What records are looked for by. */
export function HistoryFilters({ filters, onChange }: Props) {
  const t = useTexts(historyTexts);
  const chats = useChatTypes();
  const options = {
    kind: named(kinds, useTexts(kindTexts)),
    result: named(results, useTexts(resultTexts)),
    act: named(acts, useTexts(actTexts)),
  };
  const presets = [
    { label: t.lastDay, days: 1 },
    { label: t.lastWeek, days: 7 },
    { label: t.lastMonth, days: recordDays },
  ];
  return (
    <>
      <TimeRange
        label={t.time}
        value={filters}
        onChange={onChange}
        days={recordDays}
        required
        presets={presets.map(({ label, days }) => ({ label, value: [dayjs().subtract(days, 'day'), dayjs()] }))}
      />
      <SearchInput label={t.sender} width={130} value={filters.sender} onSearch={(sender) => onChange({ sender })} />
      <SearchInput label={t.target} width={130} value={filters.target} onSearch={(target) => onChange({ target })} />
      <FilterSelect
        label={t.chatType}
        width={110}
        value={filters.chat_type}
        options={chats.options}
        onChange={(chat_type) => onChange({ chat_type })}
      />
      {(['kind', 'result', 'act'] as const).map((name) => (
        <FilterSelect<string>
          key={name}
          label={t[name]}
          width={name === 'act' ? 140 : 110}
          value={filters[name]}
          options={options[name]}
          onChange={(to) => onChange({ [name]: to })}
        />
      ))}
    </>
  );
}

function named<K extends string>(values: readonly K[], names: Record<K, string>): { value: K; label: string }[] {
  return values.map((value) => ({ value, label: names[value] }));
}
