import { Link } from 'react-router';
import type { ModerationTrial } from '@/api/types/moderation';
import { StatusTag } from '@/components/StatusTag';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { Facts } from '../apps/Facts';
import { moderationTexts } from './texts';
import { actTexts, actTones, resultTexts, resultTones } from './words';

/** What a rule says about what was tried. */
export function TrialOutcome({ trial }: { trial: ModerationTrial }) {
  const t = useTexts(moderationTexts);
  const results = useTexts(resultTexts);
  const acts = useTexts(actTexts);
  const { home } = useApp();
  const { rule, result, act, replaced, risk, detail } = trial;
  return (
    <section className="rule-outcome" aria-label={t.outcome}>
      <Facts
        items={[
          { label: t.rule, value: rule },
          { label: t.result, value: <StatusTag tone={resultTones[result]}>{results[result]}</StatusTag> },
          { label: t.act, value: <StatusTag tone={actTones[act]}>{acts[act]}</StatusTag> },
          ...(replaced === null ? [] : [{ label: t.replaced, value: <span className="pre-wrap">{replaced}</span> }]),
          { label: t.risk, value: risk || '–' },
          { label: t.detail, value: detail || '–' },
        ]}
      />
      <Link to={`${home}/im/moderation/history`}>{t.toHistory}</Link>
    </section>
  );
}
