import { Alert } from 'antd';
import dayjs from 'dayjs';
import type { BillingAccount } from '@/api/types/billing';
import { useMoney } from '@/components/Money';
import { useTexts } from '@/i18n';
import { accountTexts } from './accountTexts';

/** What is owed, and what happens when. */
export function ArrearsNotice({ account }: { account: BillingAccount }) {
  const t = useTexts(accountTexts);
  const money = useMoney();
  const { owed, in_arrears_since, suspends_at, suspended, purge_at } = account;
  if (suspended) {
    return (
      <Alert
        type="error"
        showIcon
        title={t.suspendedTitle}
        description={`${t.suspendedText(money(owed))}${purge_at ? ` ${t.purge(day(purge_at))}` : ''}`}
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
    />
  );
}

function day(time: number): string {
  return dayjs(time).format('YYYY-MM-DD');
}
