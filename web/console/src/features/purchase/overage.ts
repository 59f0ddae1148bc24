import type { PlanOverage } from '@/api/types/billing';
import { useMoney } from '@/components/Money';
import { useTexts } from '@/i18n';
import { purchaseTexts } from './texts';

/** What use above the plan costs, in a sentence. */
export function useOverageWords(): (overage: PlanOverage) => string {
  const t = useTexts(purchaseTexts);
  const money = useMoney();
  return ({ meter, included, block, unit_price, rounding }) => {
    const words = meter === 'dau' ? t.dauOverage : t.mucOverage;
    return words(included.toLocaleString(), block.toLocaleString(), money(unit_price)) + t[rounding];
  };
}
