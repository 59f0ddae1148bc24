import { CheckOutlined } from '@ant-design/icons';
import { Radio } from 'antd';
import type { Offers } from '@/api/types/billing';
import { Panel } from '@/components/Panel';
import { useTexts } from '@/i18n';
import { useName } from '../apps/tags';
import type { Target } from './offers';
import { purchaseTexts, useBuyTexts } from './texts';

interface Props {
  offers: Offers;
  target: Target;
  /** A plan, or `vas`. */
  onChoose: (to: string) => void;
}

/** 请选择服务版本, with what the chosen one includes. */
export function PlanPanel({ offers, target, onChoose }: Props) {
  const t = useTexts(purchaseTexts);
  const words = useBuyTexts();
  const nameOf = useName();
  const shown = target === 'vas' ? offers.plans.find(({ plan }) => plan === offers.plan) : target;
  return (
    <Panel title={t.choosePlan}>
      <Radio.Group
        optionType="button"
        buttonStyle="solid"
        aria-label={t.choosePlan}
        value={target === 'vas' ? 'vas' : target.plan}
        onChange={({ target: { value } }) => onChoose(String(value))}
        options={[
          ...offers.plans.map((offer) => ({
            value: offer.plan as string,
            label: nameOf(offer),
            disabled: offer.state !== 'available',
          })),
          { value: 'vas', label: words.vasOnly, disabled: offers.services.length === 0 },
        ]}
      />
      <Hint offers={offers} />
      <h3 className="panel-subtitle">{t.features}</h3>
      <ul className="ticks plan-features" aria-label={t.features}>
        {shown?.features.map((feature) => (
          <li key={feature.key}>
            <CheckOutlined aria-hidden />
            {nameOf(feature)}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

/** What the current plan may buy. */
function Hint({ offers: { plan, plans, services } }: { offers: Offers }) {
  const t = useTexts(purchaseTexts);
  const words = useBuyTexts();
  const nameOf = useName();
  const current = plans.find((offer) => offer.plan === plan);
  const available = plans.filter(({ state }) => state === 'available').map(nameOf);
  const name = current ? nameOf(current) : plan;
  const about =
    available.length > 0 ? words.mayMove(name, available.join(t.listSeparator)) : words.mayNotMove(name);
  return <p className="purchase-hint">{about + (services.length > 0 ? words.andVas : words.noVas)}</p>;
}
