import type { ModerationMeasures } from '@/api/types/moderation';
import { useTexts } from '@/i18n';
import { ruleTexts } from './ruleTexts';
import { handlingTexts, isExaminedLater, measureTexts, type HandlingAct, type Kind, type Measure } from './words';

/** Measures as a form has them: what happens to users is spread over three fields. */
export interface MeasureValues extends Omit<ModerationMeasures, 'handling'> {
  handling: HandlingAct | 'none';
  hits: number;
  minutes: number;
}

/** What a new rule starts with. */
const blank: MeasureValues = {
  model: true,
  on_reject: 'block',
  on_suspect: 'pass',
  on_failure: 'pass',
  report: true,
  handling: 'none',
  hits: 10,
  minutes: 60,
};

export function measureValues(measures: ModerationMeasures | undefined): MeasureValues {
  if (!measures) return blank;
  const { handling, ...rest } = measures;
  if (!handling) return { ...blank, ...rest };
  return { ...rest, handling: handling.act, hits: handling.hits, minutes: handling.minutes };
}

export function measuresOf(values: MeasureValues): ModerationMeasures {
  const { model, on_reject, on_suspect, on_failure, report, handling, hits, minutes } = values;
  return {
    model,
    on_reject,
    on_suspect,
    on_failure,
    report,
    handling: handling === 'none' ? null : { act: handling, hits, minutes },
  };
}

/** What measures are called: what is delivered already can only be recalled. */
export function useMeasureName(kind: Kind): (measure: Measure) => string {
  const names = useTexts(measureTexts);
  return (measure) => (measure !== 'pass' && isExaminedLater(kind) ? names.recall : names[measure]);
}

/** 用户处理策略 in a line. */
export function useHandlingName(): (handling: ModerationMeasures['handling']) => string {
  const t = useTexts(ruleTexts);
  const acts = useTexts(handlingTexts);
  return (handling) =>
    handling
      ? t.handlingRule(acts[handling.act], handling.minutes.toLocaleString(), handling.hits.toLocaleString())
      : t.noHandling;
}
