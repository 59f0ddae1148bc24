import { Select } from 'antd';
import { useTexts } from '@/i18n';
import { operationTexts } from './texts';

const minute = 60;
const choices = [0, 10 * minute, 60 * minute, 24 * 60 * minute, 7 * 24 * 60 * minute, 30 * 24 * 60 * minute, -1];

interface Props {
  id?: string;
  /** Seconds from now; −1 for ever, 0 not muted. */
  value?: number;
  onChange?: (seconds: number) => void;
  /** Without 不禁言. */
  required?: boolean;
}

/** For how long somebody is muted. A time that still runs is shown as it is. */
export function MuteTime({ id, value, onChange, required }: Props) {
  const t = useTexts(operationTexts);
  const word = (seconds: number): string =>
    seconds === 0 ? t.notMuted : seconds < 0 ? t.forever : t.duration(Math.ceil(seconds / minute));
  const offered = choices.filter((seconds) => !(required && seconds === 0));
  const running = value !== undefined && value > 0 && !choices.includes(value);
  return (
    <Select
      {...(id ? { id } : {})}
      value={value ?? (required ? undefined : 0)}
      onChange={onChange}
      options={[
        ...(running ? [{ value, label: t.stillMuted(word(value)) }] : []),
        ...offered.map((seconds) => ({ value: seconds, label: word(seconds) })),
      ]}
    />
  );
}
