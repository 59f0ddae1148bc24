import { Button } from 'antd';
import { useNavigate } from 'react-router';
import { useRead } from '@/api/hooks';
import type { BillingAccount } from '@/api/types/billing';
import { ZoneContext } from '@/components/zone';
import { useTexts } from '@/i18n';
import { useOrgQuery } from '@/shell/organisation';
import { useInstallation, useMay } from '@/shell/session';
import { ArrearsNotice } from '../billing/ArrearsNotice';
import { homeTexts } from './texts';

/** On top of the home page, when the organisation owes money: what happens when, and the way to pay. */
export function ArrearsPanel() {
  const t = useTexts(homeTexts);
  const { billing, time_zone } = useInstallation();
  const may = useMay();
  const navigate = useNavigate();
  const enabled = billing && may('billing_read');
  const { data } = useRead<BillingAccount>('/billing/account', useOrgQuery(), { enabled });
  if (!enabled || !data) return null;
  return (
    <ZoneContext value={time_zone}>
      <ArrearsNotice
        account={data}
        action={<Button onClick={() => void navigate('/billing/account')}>{t.toBilling}</Button>}
      />
    </ZoneContext>
  );
}
