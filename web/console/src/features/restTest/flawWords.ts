import { useTexts } from '@/i18n';
import type { Flaw } from './check';
import { restTestTexts } from './texts';

/** Says what is wrong. */
export function useFlawWords(): (flaw: Flaw) => string {
  const t = useTexts(restTestTexts);
  return ({ at, kind, wanted }) => {
    switch (kind) {
      case 'missing':
        return t.missing(at);
      case 'type':
        return t.wrongType(at, wanted);
      case 'choice':
        return t.wrongChoice(at, wanted);
      case 'length':
        return t.wrongLength(at, wanted);
      case 'items':
        return t.wrongCount(at, wanted);
      case 'value':
        return t.wrongValue(at, wanted);
    }
  };
}
