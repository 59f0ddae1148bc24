import type { Plan } from '@/api/types/apps';
import type { FeatureRow, Features, PlanScope } from '@/api/types/features';
import { useTexts } from '@/i18n';
import { useName } from '../apps/tags';
import { useAmount } from './FeatureTable';
import { featureTexts } from './texts';

/** What another plan would change for the app. */
export function PlanChange({ features, to }: { features: Features; to: Plan }) {
  const t = useTexts(featureTexts);
  const nameOf = useName();
  const amount = useAmount();
  const gained: string[] = [];
  const lost: string[] = [];
  const raised: string[] = [];
  const lowered: string[] = [];
  for (const row of features.items) {
    const before = scopeOf(row, features.plan);
    const after = scopeOf(row, to);
    if (!before || !after) continue;
    const name = nameOf(row);
    if (before.scope === 'included' && !has(after)) lost.push(name);
    else if (!has(before) && after.scope === 'included') gained.push(name);
    else {
      const step = limitOf(after) - limitOf(before);
      const words = `${name} ${amount(row, before.limit)} → ${amount(row, after.limit)}`;
      if (step > 0) raised.push(words);
      if (step < 0) lowered.push(words);
    }
  }
  const lists: [string, string[]][] = [
    [t.changeGain, gained],
    [t.changeRaise, raised],
    [t.changeLose, lost],
    [t.changeLower, lowered],
  ];
  return (
    <div className="plan-change">
      {lists
        .filter(([, names]) => names.length > 0)
        .map(([title, names]) => (
          <section key={title}>
            <h4>{title}</h4>
            <ul>
              {names.map((name) => (
                <li key={name}>{name}</li>
              ))}
            </ul>
          </section>
        ))}
      {lowered.length > 0 && <p>{t.changeExceeds}</p>}
      <p>{t.changeAtOnce}</p>
    </div>
  );
}

function scopeOf(row: FeatureRow, plan: Plan): PlanScope | undefined {
  return row.by_plan.find((each) => each.plan === plan);
}

function has({ scope }: PlanScope): boolean {
  return scope !== 'absent' && scope !== 'sold';
}

/** As a number to compare; switches have none, and no limit is above all. */
function limitOf({ scope, limit }: PlanScope): number {
  if (scope === 'unlimited') return Number.MAX_SAFE_INTEGER;
  return scope === 'limit' || scope === 'raisable' ? (limit ?? 0) : 0;
}
