import { useRead } from '@/api/hooks';
import type { PurchasedService, Offers, PlanOffer, ServiceOffer } from '@/api/types/billing';
import { useApp } from '@/shell/app';
import { useMay } from '@/shell/session';

/** What the app may buy; not asked for by those who may buy nothing. */
export function useOffers() {
  const { api } = useApp();
  const may = useMay();
  return useRead<Offers>(`${api}/offers`, {}, { enabled: may('purchase') });
}

/** What is bought: another plan, or services beside the current one. */
export type Target = PlanOffer | 'vas';

/** What the address asks for where it is on offer, else the first thing that is. */
export function targetOf(offers: Offers, asked: string | null): Target | undefined {
  const available = offers.plans.filter(({ state }) => state === 'available');
  const vas = offers.services.length > 0 ? 'vas' : undefined;
  if (asked === 'vas' && vas) return vas;
  return available.find(({ plan }) => plan === asked) ?? available[0] ?? vas;
}

export function servicesOf(offers: Offers, target: Target): readonly ServiceOffer[] {
  return target === 'vas' ? offers.services : target.services;
}

/** How much of a service was chosen; none where it is not there. */
export interface Choice {
  units: number;
  term: number;
}

export type Choices = Readonly<Record<string, Choice>>;

/** How many more there may be. */
export function unitsLeft({ max_units, owned_units, needless }: ServiceOffer): number {
  return needless ? 0 : Math.max(0, max_units - owned_units);
}

export function firstChoice({ terms_months }: ServiceOffer, units: number): Choice {
  return { units, term: terms_months[0] ?? 1 };
}

/** What of the choices these services are part of. */
export function chosen(services: readonly ServiceOffer[], choices: Choices): PurchasedService[] {
  return services.flatMap((service) => {
    const { units, term } = choices[service.key] ?? firstChoice(service, 0);
    const some = Math.min(Math.trunc(units), unitsLeft(service));
    // With another plan the same service may have other terms.
    const months = service.terms_months.includes(term) ? term : firstChoice(service, 0).term;
    return some > 0 ? [{ key: service.key, units: some, term_months: months }] : [];
  });
}
