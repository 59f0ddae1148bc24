import { InputNumber, Radio, Select } from 'antd';
import type { ServiceOffer } from '@/api/types/billing';
import { useMoney } from '@/components/Money';
import { StatusTag } from '@/components/StatusTag';
import { useTexts } from '@/i18n';
import { useInstallation } from '@/shell/session';
import { useName } from '../apps/tags';
import { moneyTexts } from '../billing/words';
import { useAmount } from '../features/FeatureTable';
import { firstChoice, unitsLeft, type Choice } from './offers';
import { purchaseTexts, useBuyTexts } from './texts';

interface Props {
  service: ServiceOffer;
  /** Undefined until something was chosen. */
  choice: Choice | undefined;
  onChange: (to: Choice) => void;
}

/** A service to add: what it gives, how much of it, and for how long. */
export function ServiceLine({ service, choice, onChange }: Props) {
  const t = useTexts(purchaseTexts);
  const words = useTexts(moneyTexts);
  const { billing } = useInstallation();
  const money = useMoney();
  const name = useName()(service);
  const { units, term } = choice ?? firstChoice(service, 0);
  const left = unitsLeft(service);
  return (
    <div className="service-line" role="group" aria-label={name}>
      <div className="service-name">
        <strong>{name}</strong>
        {billing && <small className="faint">{words.perMonth(money(service.price))}</small>}
      </div>
      <div className="service-choice">
        {left === 0 ? (
          <StatusTag tone="good">{t.opened}</StatusTag>
        ) : (
          <Units service={service} left={left} units={units} onChange={(to) => onChange({ units: to, term })} />
        )}
      </div>
      {billing && left > 0 && service.charge === 'prepaid' && (
        <div className="service-term">
          <span className="faint">{t.term}</span>
          <Select
            aria-label={t.termOf(name)}
            value={term}
            disabled={units === 0}
            options={service.terms_months.map((months) => ({ value: months, label: words.months(months) }))}
            onChange={(months) => onChange({ units, term: months })}
          />
        </div>
      )}
    </div>
  );
}

interface UnitsProps {
  service: ServiceOffer;
  left: number;
  units: number;
  onChange: (units: number) => void;
}

function Units({ service, left, units, onChange }: UnitsProps) {
  const t = useTexts(purchaseTexts);
  const { billing } = useInstallation();
  const { open } = useBuyTexts();
  const name = useName()(service);
  const quota = useQuota(service);
  if (service.gives === 'add') {
    return (
      <>
        <span>{t.step(quota(service.step))}</span>
        <InputNumber<number>
          aria-label={t.unitsOf(name)}
          mode="spinner"
          min={0}
          max={left}
          precision={0}
          value={units}
          onChange={(to) => onChange(to ?? 0)}
        />
        {service.owned_units > 0 && (
          <small className="faint">{t.unitsLeft(service.owned_units.toLocaleString(), left.toLocaleString())}</small>
        )}
      </>
    );
  }
  const [without, withIt] =
    service.gives === 'set'
      ? [billing ? t.freeOption(quota(service.base)) : quota(service.base), quota(service.value)]
      : [t.notOpen, open];
  return (
    <Radio.Group
      aria-label={name}
      value={units > 0}
      onChange={({ target }) => onChange(target.value ? 1 : 0)}
      options={[
        { value: false, label: without },
        { value: true, label: withIt },
      ]}
    />
  );
}

/** An amount of what the service raises. */
function useQuota({ quota_kind }: ServiceOffer): (amount: number | null) => string {
  const amount = useAmount();
  return (value) => amount({ kind: quota_kind ?? 'count' }, value);
}
