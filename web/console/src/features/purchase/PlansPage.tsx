import { Button, Skeleton } from 'antd';
import { useNavigate } from 'react-router';
import { ErrorState } from '@/components/ErrorState';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { useOffers } from './offers';
import { PlanOfferCard } from './PlanOfferCard';
import { purchaseTexts, useBuyTexts } from './texts';
import { UnfinishedPurchase } from './UnfinishedPurchase';
import './purchase.css';

/** 版本开通. */
export default function PlansPage() {
  const t = useTexts(purchaseTexts);
  const words = useBuyTexts();
  const { home } = useApp();
  const navigate = useNavigate();
  const { data: offers, error, refetch } = useOffers();
  return (
    <>
      <PageHeader description={t.plansAbout} />
      {offers ? (
        <>
          <UnfinishedPurchase purchaseNo={offers.open_purchase} />
          <ul className="plan-cards" aria-label={t.plans}>
            {offers.plans.map((offer) => (
              <PlanOfferCard key={offer.plan} offer={offer} />
            ))}
          </ul>
          {offers.services.length > 0 && (
            <Panel>
              <div className="vas-entry">
                <div>
                  <h2>{words.vasOnly}</h2>
                  <p>{t.vasOnlyText}</p>
                </div>
                <Button onClick={() => void navigate(`${home}/im/purchase?plan=vas`)}>{words.toVas}</Button>
              </div>
            </Panel>
          )}
        </>
      ) : (
        <Panel>
          {error ? <ErrorState error={error} onRetry={() => void refetch()} /> : <Skeleton active paragraph={{ rows: 12 }} />}
        </Panel>
      )}
    </>
  );
}
