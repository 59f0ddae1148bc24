import { Alert, App, Button, Drawer, Skeleton } from 'antd';
import { useEffect, useRef } from 'react';
import { api } from '@/api/client';
import { useInvalidate, useRead } from '@/api/hooks';
import type { Plan, SetPlan } from '@/api/types/apps';
import type { Features } from '@/api/types/features';
import { useConfirm } from '@/components/ConfirmDialog';
import { ErrorState } from '@/components/ErrorState';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { useMay } from '@/shell/session';
import { Contact } from '../apps/Contact';
import { appTexts } from '../apps/texts';
import { PlanChange } from './PlanChange';
import { PlanTable } from './PlanTable';
import { featureTexts } from './texts';
import './features.css';

interface Props {
  open: boolean;
  onClose: () => void;
  /** Key of the feature for which somebody looks. */
  focus?: string | undefined;
}

/** 服务版本对比: what each plan has; the operator changes the app's plan here, others see whom to ask. */
export function PlanDrawer({ open, onClose, focus }: Props) {
  const t = useTexts(featureTexts);
  const words = useTexts(appTexts);
  const app = useApp();
  const may = useMay();
  const { message } = App.useApp();
  const confirm = useConfirm();
  const invalidate = useInvalidate();
  const { data, error, refetch } = useRead<Features>(`${app.api}/features`, {}, { enabled: open });
  const body = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (open && focus && data) body.current?.querySelector('.plan-focus')?.scrollIntoView({ block: 'center' });
  }, [open, focus, data]);
  const change = (to: Plan): void => {
    if (!data) return;
    confirm({
      title: t.changeTitle(words.plans[to]),
      content: <PlanChange features={data} to={to} />,
      danger: data.plans.indexOf(to) < data.plans.indexOf(data.plan),
      onOk: async () => {
        await api.put(`${app.api}/plan`, { plan: to } satisfies SetPlan);
        await invalidate('/apps');
        void message.success(t.changed(words.plans[to]));
      },
    });
  };
  const operator = may('manage_installation');
  return (
    <Drawer title={t.planTitle} open={open} onClose={onClose} size={920}>
      <div ref={body} className="plan-drawer" tabIndex={0}>
        {data ? (
          <>
            <PlanTable
              features={data}
              focus={focus}
              choice={
                operator
                  ? (plan) => (
                      <Button size="small" onClick={() => change(plan)}>
                        {t.choose}
                      </Button>
                    )
                  : undefined
              }
            />
            <p className="faint">{t.planHint}</p>
            {!operator && (
              <Alert
                type="info"
                title={t.howToUpgrade}
                description={
                  <>
                    <p>{t.howToUpgradeHint}</p>
                    <Contact />
                  </>
                }
              />
            )}
          </>
        ) : error ? (
          <ErrorState error={error} onRetry={() => void refetch()} />
        ) : (
          <Skeleton active paragraph={{ rows: 12 }} />
        )}
      </div>
    </Drawer>
  );
}
