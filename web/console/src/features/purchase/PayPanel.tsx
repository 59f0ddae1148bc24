import { Alert, Button } from 'antd';
import { useEffect, useState } from 'react';
import { useNavigate } from 'react-router';
import { api, ApiError } from '@/api/client';
import { useAction, useInvalidate } from '@/api/hooks';
import type { Purchase } from '@/api/types/billing';
import { Money, useMoney } from '@/components/Money';
import { Panel } from '@/components/Panel';
import { TimeText } from '@/components/TimeText';
import { useLanguage, useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { useMay } from '@/shell/session';
import { shortDuration } from '../apps/duration';
import { Facts } from '../apps/Facts';
import { useToBilling } from '../billing/toBilling';
import { useCancel } from './cancel';
import { useSecondsUntil } from './clock';
import { payTexts } from './payTexts';
import { PurchaseTable } from './PurchaseTable';
import { stepAfter } from './steps';
import { purchaseTexts } from './texts';
import '../apps/apps.css';

interface Props {
  purchase: Purchase;
  refetch: () => void;
  /** Somebody has cancelled it. */
  onCancelled: () => void;
}

/** What is to be paid, from what, until when. */
export function PayPanel({ purchase, refetch, onCancelled }: Props) {
  const t = useTexts(payTexts);
  const words = useTexts(purchaseTexts);
  const cancel = useCancel();
  const left = useSecondsUntil(purchase.pay_until);
  const over = left === 0;
  useEffect(() => {
    // By then the server has cancelled it.
    if (over) refetch();
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once, when the time is over
  }, [over]);
  const { pay, busy, lack } = usePay(purchase);
  return (
    <Panel title={t.order}>
      <Facts
        columns={2}
        items={[
          { label: t.no, value: <code>{purchase.purchase_no}</code> },
          { label: t.appKey, value: <code>{purchase.app_key}</code> },
          { label: t.created, value: <TimeText value={purchase.created} /> },
          ...(left === undefined ? [] : [{ label: t.left, value: <TimeLeft seconds={left} /> }]),
        ]}
      />
      <h3 className="panel-subtitle">{t.bought}</h3>
      <PurchaseTable orders={purchase.orders} />
      <dl className="pay-total">
        {purchase.balance !== null && (
          <div>
            <dt>{t.balance}</dt>
            <dd>
              <Money value={purchase.balance} />
            </dd>
          </div>
        )}
        {purchase.refund > 0 && (
          <div>
            <dt>{t.refund}</dt>
            <dd>
              <Money value={purchase.refund} />
            </dd>
          </div>
        )}
        <div className="estimate-due">
          <dt>{t.due}</dt>
          <dd>
            <Money value={purchase.due_now} />
          </dd>
        </div>
      </dl>
      {lack !== undefined && <Lack amount={lack} />}
      <div className="pay-buttons">
        <Button onClick={() => cancel(purchase.purchase_no, onCancelled)}>{words.cancel}</Button>
        <Button type="primary" size="large" loading={busy} disabled={over} onClick={pay}>
          {t.pay}
        </Button>
      </div>
    </Panel>
  );
}

function TimeLeft({ seconds }: { seconds: number }) {
  const t = useTexts(payTexts);
  const { language } = useLanguage();
  return seconds === 0 ? <span className="overdue">{t.over}</span> : <>{shortDuration(seconds, language)}</>;
}

/** Pays from the balance; says what it lacks. */
function usePay({ purchase_no }: Purchase): { pay: () => void; busy: boolean; lack: number | undefined } {
  const app = useApp();
  const navigate = useNavigate();
  const invalidate = useInvalidate();
  const [lack, setLack] = useState<number>();
  const { run, busy } = useAction(async () => {
    setLack(undefined);
    try {
      const paid = await api.post<Purchase>(`${app.api}/purchases/${purchase_no}/pay`);
      await navigate(stepAfter(app.home, paid), { replace: true });
      await invalidate('/apps', '/billing');
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'balance_too_low') throw error;
      const { balance, due } = error.params;
      setLack(Number(due) - Number(balance));
    }
  });
  return { pay: () => void run(), busy, lack };
}

function Lack({ amount }: { amount: number }) {
  const t = useTexts(payTexts);
  const money = useMoney();
  const may = useMay();
  const toBilling = useToBilling();
  const mayRecharge = toBilling !== undefined && may('billing_write');
  return (
    <Alert
      type="error"
      showIcon
      title={t.lack(money(amount))}
      description={mayRecharge ? t.lackText : t.askRecharge}
      action={
        mayRecharge && (
          <Button type="primary" onClick={() => toBilling('account?recharge=1')}>
            {t.recharge}
          </Button>
        )
      }
    />
  );
}
