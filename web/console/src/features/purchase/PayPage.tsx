import { Skeleton } from 'antd';
import { useState } from 'react';
import { Navigate, useNavigate, useParams } from 'react-router';
import { useRead } from '@/api/hooks';
import type { Purchase } from '@/api/types/billing';
import { ErrorState } from '@/components/ErrorState';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { BillingTimes } from '../billing/BillingTimes';
import { PayPanel } from './PayPanel';
import { payTexts } from './payTexts';
import { stepAfter } from './steps';
import './purchase.css';

/** `im/purchase/:no/pay` */
export default function PayPage() {
  const t = useTexts(payTexts);
  const { no = '' } = useParams();
  const app = useApp();
  const { data, error, refetch } = useRead<Purchase>(`${app.api}/purchases/${no}`);
  const navigate = useNavigate();
  const [leaving, setLeaving] = useState(false);
  const leave = () => {
    setLeaving(true);
    void navigate(`${app.home}/im/plans`);
  };
  // How it has ended is another page's to say, unless somebody has cancelled it here and is on the way to the plans.
  if (data && data.state !== 'pending_payment' && !leaving) return <Navigate to={stepAfter(app.home, data)} replace />;
  return (
    <>
      <PageHeader description={t.about} />
      {data ? (
        <BillingTimes>
          <PayPanel purchase={data} refetch={() => void refetch()} onCancelled={leave} />
        </BillingTimes>
      ) : (
        <Panel title={t.order}>
          {error ? <ErrorState error={error} onRetry={() => void refetch()} /> : <Skeleton active paragraph={{ rows: 8 }} />}
        </Panel>
      )}
    </>
  );
}
