import { Alert } from 'antd';
import type { ReactNode } from 'react';
import type { BillingAccount } from '@/api/types/billing';
import { useMoney } from '@/components/Money';
import { useZone } from '@/components/zone';
import { useTexts } from '@/i18n';
import { accountTexts } from './accountTexts';

/** What is owed, and what happens when. */
export function ArrearsNotice({ account, action }: { account: BillingAccount; action?: ReactNode }) {
  const t = useTexts(accountTexts);
  const money = useMoney();
  const zone = useZone();
  const day = (time: number): string => zone.show(time).format('YYYY-MM-DD');
  const { owed, in_arrears_since, suspends_at, suspended, purge_at } = account;
  if (suspended) {
    return (
      <Alert
        type="error"
        showIcon
        title={t.suspendedTitle}
        description={purge_at ? `${t.suspendedText(money(owed))} ${t.purge(day(purge_at))}` : t.purged(money(owed))}
        action={action}
      />
    );
  }
  if (!in_arrears_since) return null;
  const since = day(in_arrears_since);
  return (
    <Alert
      type="warning"
      showIcon
      title={t.owedTitle}
      description={suspends_at ? t.owedText(money(owed), since, day(suspends_at)) : t.owedNoEnd(money(owed), since)}
      action={action}
    />
  );
}
