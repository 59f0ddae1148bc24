import { Button, Skeleton } from 'antd';
import { useEffect, useState } from 'react';
import { Navigate, useNavigate, useParams } from 'react-router';
import { useInvalidate, useRead } from '@/api/hooks';
import type { Purchase } from '@/api/types/billing';
import { ErrorState } from '@/components/ErrorState';
import { Notice } from '@/components/Notice';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { useInstallation } from '@/shell/session';
import { useToBilling } from '../billing/toBilling';
import { useSecondsUntil } from './clock';
import { payTexts } from './payTexts';
import { stepAfter } from './steps';
import './purchase.css';

/** How often it is asked whether the services are in effect, in ms. */
const pause = 2000;
/** After how long the page gives way to the app's, in ms. */
const stay = 9000;

/** `im/purchase/:no/done`: 购买成功, or what else became of it. */
export default function DonePage() {
  const { no = '' } = useParams();
  const app = useApp();
  const invalidate = useInvalidate();
  const [settled, setSettled] = useState(false);
  const { data, error, refetch } = useRead<Purchase>(`${app.api}/purchases/${no}`, {}, settled ? {} : { every: pause });
  const state = data?.state;
  useEffect(() => {
    if (state === undefined) return;
    setSettled(state !== 'provisioning');
    // The plan is another now, and with it much of what the app's pages show.
    if (state === 'in_service') void invalidate(`${app.api}/offers`, `${app.api}/features`, `${app.api}/overview`);
  }, [state, app.api, invalidate]);
  if (state === 'pending_payment' && data) return <Navigate to={stepAfter(app.home, data)} replace />;
  return (
    <>
      <PageHeader />
      <Panel>
        {data ? (
          <Outcome purchase={data} />
        ) : error ? (
          <ErrorState error={error} onRetry={() => void refetch()} />
        ) : (
          <Skeleton active paragraph={{ rows: 5 }} />
        )}
      </Panel>
    </>
  );
}

function Outcome({ purchase }: { purchase: Purchase }) {
  const t = useTexts(payTexts);
  const { home } = useApp();
  const navigate = useNavigate();
  if (purchase.state === 'cancelled') {
    return (
      <Notice status="info" title={t.cancelledTitle} text={t.cancelledText}>
        <Button type="primary" onClick={() => void navigate(`${home}/im/plans`)}>
          {t.again}
        </Button>
      </Notice>
    );
  }
  return <Success purchase={purchase} />;
}

function Success({ purchase }: { purchase: Purchase }) {
  const t = useTexts(payTexts);
  const { billing } = useInstallation();
  const toBilling = useToBilling();
  const first = purchase.orders[0];
  return (
    <Notice
      status="success"
      title={billing ? t.success : t.opened}
      text={<span role="status">{purchase.state === 'provisioning' ? t.provisioning : t.inService}</span>}
    >
      {toBilling && first && (
        <Button onClick={() => toBilling(`orders?order=${encodeURIComponent(first.order_no)}`)}>{t.details}</Button>
      )}
      <ToOverview />
    </Notice>
  );
}

/** Goes to the app's pages by itself after some seconds, unless told not to. */
function ToOverview() {
  const t = useTexts(payTexts);
  const { home } = useApp();
  const navigate = useNavigate();
  const [at, setAt] = useState<number | null>(() => Date.now() + stay);
  const left = useSecondsUntil(at);
  const to = `${home}/im/overview`;
  useEffect(() => {
    if (left === 0) void navigate(to);
  }, [left, navigate, to]);
  return (
    <>
      <Button type="primary" onClick={() => void navigate(to)}>
        {left === undefined ? t.toOverviewPlain : t.toOverview(String(left))}
      </Button>
      {left !== undefined && (
        <Button type="text" onClick={() => setAt(null)}>
          {t.stay}
        </Button>
      )}
    </>
  );
}
