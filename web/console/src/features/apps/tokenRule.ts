import type { FormRule } from 'antd';
import { useTexts } from '@/i18n';
import { authTexts } from './authTexts';
import { longestTokenSeconds } from './limits';

/** The rule of a `DurationInput` for the lifetime of a token. */
export function useTokenRule(): FormRule {
  const t = useTexts(authTexts);
  return {
    validator: (_, seconds: number) => {
      if (Number.isNaN(seconds)) return Promise.reject(new Error(t.durationWhole));
      return seconds > 0 && seconds <= longestTokenSeconds
        ? Promise.resolve()
        : Promise.reject(new Error(t.durationRule));
    },
  };
}
