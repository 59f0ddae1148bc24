import { EditOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import type { BillingAccount } from '@/api/types/billing';
import { useOpening } from '@/components/dialog';
import { Money, useMoney } from '@/components/Money';
import { Panel } from '@/components/Panel';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useMay } from '@/shell/session';
import { accountTexts } from './accountTexts';
import { AlertDialog } from './AlertDialog';

interface Props {
  account: BillingAccount | undefined;
  onRecharge: () => void;
}

/** 账户总余额, and what it is made of. */
export function BalancePanel({ account, onRecharge }: Props) {
  const t = useTexts(accountTexts);
  const words = useTexts(common);
  const may = useMay();
  const money = useMoney();
  const alerting = useOpening();
  return (
    <Panel loading={!account} lines={3}>
      {account && (
        <div className="balance">
          <div className="balance-main">
            <h2>{t.balance}</h2>
            <strong>
              <Money value={account.balance} />
            </strong>
            {may('billing_write') && (
              <Button type="primary" onClick={onRecharge}>
                {t.recharge}
              </Button>
            )}
          </div>
          <dl className="balance-facts">
            <div>
              <dt>{t.monthToDate}</dt>
              <dd>
                <Money value={account.month_to_date} />
              </dd>
            </div>
            <div>
              <dt>{t.owed}</dt>
              <dd className={account.owed > 0 ? 'owed' : ''}>
                <Money value={account.owed} />
              </dd>
            </div>
            <div>
              <dt>{t.gift}</dt>
              <dd>
                <Money value={account.gift} />
              </dd>
            </div>
            <div>
              <dt>{t.creditLimit}</dt>
              <dd>
                <Money value={account.credit_limit} />
              </dd>
            </div>
            <div className="balance-alert">
              <dt>{t.alert}</dt>
              <dd>
                {account.alert_below === null ? (
                  <span className="faint">{t.alertOff}</span>
                ) : (
                  t.alertBelow(money(account.alert_below))
                )}
                {may('billing_write') && (
                  <Button
                    type="text"
                    size="small"
                    icon={<EditOutlined />}
                    aria-label={`${words.edit} ${t.alert}`}
                    onClick={() => alerting.show(true)}
                  />
                )}
              </dd>
            </div>
          </dl>
          <AlertDialog open={alerting.open} onClose={alerting.hide} below={account.alert_below} />
        </div>
      )}
    </Panel>
  );
}
