import { CheckOutlined } from '@ant-design/icons';
import { Button, Popover } from 'antd';
import { useNavigate } from 'react-router';
import type { PlanOffer } from '@/api/types/billing';
import { useMoney } from '@/components/Money';
import { useLanguage, useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { useInstallation } from '@/shell/session';
import { Contact } from '../apps/Contact';
import { useName } from '../apps/tags';
import { useAmount } from '../features/FeatureTable';
import { purchaseTexts } from './texts';
import '../apps/apps.css';

/** A plan: what it costs, what it allows, and the way to it. */
export function PlanOfferCard({ offer }: { offer: PlanOffer }) {
  const t = useTexts(purchaseTexts);
  const { language } = useLanguage();
  const { billing } = useInstallation();
  const nameOf = useName();
  const amount = useAmount();
  const highlights = language === 'zh' ? offer.highlights_zh : offer.highlights_en;
  return (
    <li className={offer.state === 'current' ? 'plan-card current' : 'plan-card'}>
      <h2>{nameOf(offer)}</h2>
      {billing && <Price fee={offer.monthly_fee} />}
      <div className="plan-card-button">
        <Choose offer={offer} />
      </div>
      <dl>
        {offer.limits.map((limit) => (
          <div key={limit.key}>
            <dt>{nameOf(limit)}</dt>
            <dd>{amount(limit, limit.limit)}</dd>
          </div>
        ))}
      </dl>
      <ul className="ticks" aria-label={t.highlights}>
        {highlights.map((words) => (
          <li key={words}>
            <CheckOutlined aria-hidden />
            {words}
          </li>
        ))}
      </ul>
    </li>
  );
}

function Price({ fee }: { fee: number }) {
  const t = useTexts(purchaseTexts);
  const money = useMoney();
  return (
    <p className="plan-price">
      {fee === 0 ? (
        <strong>{t.free}</strong>
      ) : (
        <>
          <strong>{money(fee)}</strong>
          {t.perMonth}
        </>
      )}
    </p>
  );
}

function Choose({ offer }: { offer: PlanOffer }) {
  const t = useTexts(purchaseTexts);
  const nameOf = useName();
  const { home } = useApp();
  const navigate = useNavigate();
  const { plan, state } = offer;
  if (state === 'current') {
    return (
      <Button block disabled>
        {plan === 'free' ? t.current : t.opened}
      </Button>
    );
  }
  if (state === 'available') {
    return (
      <Button
        block
        type="primary"
        aria-label={`${t.open} ${nameOf(offer)}`}
        onClick={() => void navigate(`${home}/im/purchase?plan=${plan}`)}
      >
        {t.open}
      </Button>
    );
  }
  if (state === 'operator') {
    return (
      <Popover
        trigger="click"
        content={
          <div className="plan-contact">
            <p>{t.contactText(nameOf(offer))}</p>
            <Contact />
          </div>
        }
      >
        <Button block>{t.contact}</Button>
      </Popover>
    );
  }
  return null;
}
