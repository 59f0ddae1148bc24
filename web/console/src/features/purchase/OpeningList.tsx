import type { Offers, PurchasedService } from '@/api/types/billing';
import { useName } from '../apps/tags';
import { servicesOf, type Target } from './offers';

interface Props {
  offers: Offers;
  target: Target;
  services: readonly PurchasedService[];
}

/** What is enabled, where nothing costs money. */
export function OpeningList({ offers, target, services }: Props) {
  const nameOf = useName();
  const offered = servicesOf(offers, target);
  const plan = target === 'vas' ? [] : [nameOf(target)];
  const added = services.flatMap(({ key, units }) => {
    const service = offered.find((each) => each.key === key);
    return service ? [units > 1 ? `${nameOf(service)} × ${units}` : nameOf(service)] : [];
  });
  return (
    <ul className="effects">
      {[...plan, ...added].map((name) => (
        <li key={name}>{name}</li>
      ))}
    </ul>
  );
}
