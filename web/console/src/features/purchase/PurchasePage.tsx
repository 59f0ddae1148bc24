import { Skeleton } from 'antd';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import type { Offers } from '@/api/types/billing';
import { ErrorState } from '@/components/ErrorState';
import { Notice } from '@/components/Notice';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { useTexts } from '@/i18n';
import { Contact } from '../apps/Contact';
import { AppPanel } from './AppPanel';
import { chosen, firstChoice, servicesOf, targetOf, unitsLeft, useOffers, type Choices } from './offers';
import { PlanPanel } from './PlanPanel';
import { ServicesPanel } from './ServicesPanel';
import { SummaryPanel } from './SummaryPanel';
import { purchaseTexts, useBuyTexts } from './texts';
import { UnfinishedPurchase } from './UnfinishedPurchase';
import '../apps/apps.css';
import './purchase.css';

/** `im/purchase`: `?plan=flagship` or `?plan=vas` chooses, `?service=key` ticks a service. */
export default function PurchasePage() {
  const t = useTexts(purchaseTexts);
  const { data: offers, error, refetch } = useOffers();
  return (
    <>
      <PageHeader title={t.title} description={t.about} />
      {offers ? (
        <Purchase offers={offers} />
      ) : (
        <Panel>
          {error ? <ErrorState error={error} onRetry={() => void refetch()} /> : <Skeleton active paragraph={{ rows: 12 }} />}
        </Panel>
      )}
    </>
  );
}

function Purchase({ offers }: { offers: Offers }) {
  const t = useTexts(purchaseTexts);
  const [search, setSearch] = useSearchParams();
  const target = targetOf(offers, search.get('plan'));
  const services = target ? servicesOf(offers, target) : [];
  const [choices, setChoices] = useState<Choices>(() => {
    const asked = services.find(({ key }) => key === search.get('service'));
    return asked && unitsLeft(asked) > 0 ? { [asked.key]: firstChoice(asked, 1) } : {};
  });
  const [complaint, setComplaint] = useState(false);
  if (!target) return <NothingToBuy />;
  const bought = chosen(services, choices);
  const plan = target === 'vas' ? null : target.plan;
  const empty = plan === null && bought.length === 0;
  return (
    <>
      <UnfinishedPurchase purchaseNo={offers.open_purchase} />
      <AppPanel />
      <PlanPanel offers={offers} target={target} onChoose={(to) => setSearch({ plan: to }, { replace: true })} />
      <ServicesPanel
        services={services}
        choices={choices}
        onChange={setChoices}
        // What a new plan ends was bought on a paid one.
        upgrading={plan !== null && offers.services.length > 0}
        problem={empty && complaint ? t.chooseService : undefined}
      />
      <SummaryPanel offers={offers} target={target} services={bought} onEmpty={() => setComplaint(true)} />
    </>
  );
}

function NothingToBuy() {
  const t = useTexts(purchaseTexts);
  const { nothing } = useBuyTexts();
  return (
    <Panel>
      <Notice title={nothing} text={t.nothingText}>
        <Contact />
      </Notice>
    </Panel>
  );
}
