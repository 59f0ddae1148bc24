import { Alert, Button, Checkbox, Form, Skeleton } from 'antd';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { api, ApiError } from '@/api/client';
import { describe } from '@/api/errors';
import { useInvalidate } from '@/api/hooks';
import type { Estimate, Offers, Purchase, PurchasedService, PurchaseRequest } from '@/api/types/billing';
import { ErrorState } from '@/components/ErrorState';
import { Panel } from '@/components/Panel';
import { useSubmit } from '@/components/submit';
import { useLanguage, useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { useInstallation } from '@/shell/session';
import { useDataCenterName } from '../apps/dataCenter';
import { useToBilling } from '../billing/toBilling';
import { useEstimate } from './estimate';
import { EstimateLines, EstimateTotal } from './EstimateLines';
import type { Target } from './offers';
import { OpeningList } from './OpeningList';
import { stepAfter } from './steps';
import { purchaseTexts, useBuyTexts } from './texts';

interface Props {
  offers: Offers;
  target: Target;
  services: PurchasedService[];
  /** Nothing was chosen, and the button pressed. */
  onEmpty: () => void;
}

interface Values {
  agreed?: boolean;
  auto_renew?: boolean;
}

/** What is bought, what it costs, and the button. */
export function SummaryPanel({ offers, target, services, onEmpty }: Props) {
  const t = useTexts(purchaseTexts);
  const words = useBuyTexts();
  const { billing } = useInstallation();
  const { appKey } = useApp();
  const dataCenter = useDataCenterName();
  const [form] = Form.useForm<Values>();
  const plan = target === 'vas' ? null : target.plan;
  const empty = plan === null && services.length === 0;
  const blocked = offers.open_purchase !== null;
  // By asking nobody agrees to anything.
  const question: PurchaseRequest = { plan, services, auto_renew: true, agreed: true };
  const buy = useBuy();
  const [bought, setBought] = useState(false);
  const { send, busy, problem } = useSubmit(form, async ({ agreed, auto_renew }: Values) => {
    await buy({ plan, services, auto_renew: auto_renew ?? true, agreed: billing ? agreed === true : true });
    // The next page is still to come.
    setBought(true);
  });
  const { estimate, error, current, retry } = useEstimate(question, empty || blocked, busy || bought);
  const payNow = (estimate?.due_now ?? 0) > 0;
  const waiting = billing && !empty && !current;
  const label = !billing ? t.enable : payNow ? t.submit : t.buy;
  return (
    <Panel title={billing ? t.summary : undefined}>
      <p className="buying">{words.list(appKey, dataCenter(offers.data_center))}</p>
      {blocked ? (
        <p className="faint">{t.blocked}</p>
      ) : billing ? (
        <Costs estimate={estimate} error={error} empty={empty} onRetry={retry} />
      ) : (
        <OpeningList offers={offers} target={target} services={services} />
      )}
      <Form
        form={form}
        className="buy-form"
        initialValues={{ auto_renew: offers.auto_renew_default }}
        onFinish={(values) => {
          if (empty) onEmpty();
          else void send(values);
        }}
      >
        {billing && <Terms url={offers.agreement_url} prepaid={estimate?.lines.some(isPrepaid) ?? false} />}
        {problem && <Alert type="error" showIcon title={problem} className="dialog-problem" />}
        <Button type="primary" size="large" htmlType="submit" loading={busy} disabled={waiting || blocked}>
          {label}
        </Button>
      </Form>
      <Alert type="info" showIcon title={words.info} className="purchase-info" />
    </Panel>
  );
}

function isPrepaid({ term_months }: Estimate['lines'][number]): boolean {
  return term_months !== null;
}

interface CostsProps {
  estimate: Estimate | undefined;
  error: unknown;
  empty: boolean;
  onRetry: () => void;
}

function Costs({ estimate, error, empty, onRetry }: CostsProps) {
  const t = useTexts(purchaseTexts);
  if (empty) return <p className="faint">{t.chooseService}</p>;
  if (error instanceof ApiError) return <Refused refusal={error} />;
  if (error) return <ErrorState error={error} onRetry={onRetry} />;
  if (!estimate) return <Skeleton active title={false} paragraph={{ rows: 4 }} />;
  return (
    <>
      <EstimateLines estimate={estimate} />
      <EstimateTotal estimate={estimate} />
    </>
  );
}

/** Why these choices cannot be bought. */
function Refused({ refusal }: { refusal: ApiError }) {
  const t = useTexts(purchaseTexts);
  const { language } = useLanguage();
  const toBilling = useToBilling();
  return (
    <Alert
      type="error"
      showIcon
      title={describe(refusal, language)}
      action={
        refusal.code === 'in_arrears' &&
        toBilling && <Button onClick={() => toBilling('account')}>{t.toAccount}</Button>
      }
    />
  );
}

/** What is agreed to. */
function Terms({ url, prepaid }: { url: string | null; prepaid: boolean }) {
  const t = useTexts(purchaseTexts);
  return (
    <>
      {prepaid && (
        <Form.Item name="auto_renew" valuePropName="checked">
          <Checkbox>{t.autoRenew}</Checkbox>
        </Form.Item>
      )}
      <Form.Item
        name="agreed"
        valuePropName="checked"
        rules={[
          {
            validator: (_, agreed?: boolean) => (agreed ? Promise.resolve() : Promise.reject(new Error(t.mustAgree))),
          },
        ]}
      >
        <Checkbox>
          {t.agree}{' '}
          {url ? (
            <a href={url} target="_blank" rel="noreferrer" className="agreement">
              {t.agreement}
            </a>
          ) : (
            t.agreement
          )}
        </Checkbox>
      </Form.Item>
    </>
  );
}

/** Buys, and goes to what comes next: paying, or the end. */
function useBuy(): (request: PurchaseRequest) => Promise<void> {
  const app = useApp();
  const invalidate = useInvalidate();
  const navigate = useNavigate();
  return async (request) => {
    try {
      const purchase = await api.post<Purchase>(`${app.api}/purchases`, request);
      await navigate(stepAfter(app.home, purchase));
      await invalidate('/apps', '/billing');
    } catch (error) {
      // The page then says which one, and offers to go on with it.
      if (error instanceof ApiError && error.code === 'unfinished_purchase') void invalidate(`${app.api}/offers`);
      throw error;
    }
  };
}
