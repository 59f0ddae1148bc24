import { useNavigate } from 'react-router';
import type { Plan } from '@/api/types/apps';
import type { FeatureRow, Features, PlanScope } from '@/api/types/features';
import { useApp } from '@/shell/app';
import { useMay } from '@/shell/session';
import { useOffers } from '../purchase/offers';

/** Where a feature that the app lacks is bought; undefined for accounts that buy nothing. */
export function useBuying(features: Features | undefined): Record<'upgrade' | 'vas', (row: FeatureRow) => void> | undefined {
  const { home } = useApp();
  const may = useMay();
  const navigate = useNavigate();
  const { data: offers } = useOffers();
  if (!may('purchase')) return undefined;
  return {
    upgrade: (row) => {
      const plan = features && planWithMore(features, row);
      const sold = offers?.plans.some((offer) => offer.plan === plan && offer.state === 'available');
      void navigate(plan && sold ? `${home}/im/purchase?plan=${plan}` : `${home}/im/plans`);
    },
    vas: ({ key }) => {
      const service = offers?.services.find(({ quota, features }) => quota === key || features.includes(key));
      void navigate(`${home}/im/purchase?plan=vas${service ? `&service=${service.key}` : ''}`);
    },
  };
}

/** The next plan that has more of the feature; without such a one, the next plan. */
function planWithMore({ plan, plans }: Features, { by_plan }: FeatureRow): Plan | undefined {
  const higher = plans.slice(plans.indexOf(plan) + 1);
  const scopeOn = (of: Plan): PlanScope | undefined => by_plan.find((each) => each.plan === of);
  const now = amountOf(scopeOn(plan));
  return higher.find((each) => amountOf(scopeOn(each)) > now) ?? higher[0];
}

/** To compare: nothing, so many, all. */
function amountOf(scope: PlanScope | undefined): number {
  if (scope?.scope === 'included' || scope?.scope === 'unlimited') return Number.MAX_SAFE_INTEGER;
  return scope?.limit ?? 0;
}
