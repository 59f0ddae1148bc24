import { Outlet } from 'react-router';
import { BillingTimes } from '@/features/billing/BillingTimes';
import { useTexts } from '@/i18n';
import { MenuLayout } from './MenuLayout';
import { billingMenu } from './nav';
import { NeedOrganisation } from './NeedOrganisation';
import { useEntered } from './organisation';
import { useMe } from './session';
import { shellTexts } from './texts';

/** 费用中心 of the organisation. */
export default function BillingLayout() {
  const t = useTexts(shellTexts);
  const { org } = useMe();
  const { entered } = useEntered();
  const outside = !org && entered === undefined;
  return (
    <MenuLayout sections={billingMenu} base="/billing" label="billingNav">
      {/* Another organisation's pages begin anew. */}
      {outside ? (
        <NeedOrganisation text={t.needOrganisationForBilling} />
      ) : (
        <BillingTimes key={entered}>
          <Outlet />
        </BillingTimes>
      )}
    </MenuLayout>
  );
}
