import { useNavigate } from 'react-router';
import { useRead } from '@/api/hooks';
import type { BillingAccount } from '@/api/types/billing';
import { useAddressed } from '@/components/addressed';
import { ErrorState } from '@/components/ErrorState';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { useTexts } from '@/i18n';
import { useOrgQuery } from '@/shell/organisation';
import { accountTexts } from './accountTexts';
import { ArrearsNotice } from './ArrearsNotice';
import { BalancePanel } from './BalancePanel';
import { CostsPanel } from './CostsPanel';
import { EntriesPanel } from './EntriesPanel';
import { RechargeDialog } from './RechargeDialog';
import { ResourcesPanel } from './ResourcesPanel';
import './billing.css';

/** `/billing/account`; with `?recharge=1` its dialog is open: other pages link to it. */
export default function AccountPage() {
  const t = useTexts(accountTexts);
  const navigate = useNavigate();
  const account = useRead<BillingAccount>('/billing/account', useOrgQuery());
  const [recharging, setRecharging] = useAddressed('recharge');
  const { data } = account;
  return (
    <>
      <PageHeader description={t.about} />
      {data && <ArrearsNotice account={data} />}
      {account.error && !data ? (
        <Panel>
          <ErrorState error={account.error} onRetry={() => void account.refetch()} />
        </Panel>
      ) : (
        <BalancePanel account={data} onRecharge={() => setRecharging('1')} />
      )}
      <ResourcesPanel />
      <CostsPanel />
      <EntriesPanel />
      {data && (
        <RechargeDialog
          open={recharging !== undefined}
          // Where it is paid, and stands until it is.
          onClose={(made) => (made ? void navigate('/billing/recharges') : setRecharging(undefined))}
          channels={data.channels}
        />
      )}
    </>
  );
}
