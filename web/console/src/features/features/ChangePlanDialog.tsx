import { Alert, App, Form, Input, Select, Skeleton, Switch } from 'antd';
import { api } from '@/api/client';
import { useInvalidate, useRead } from '@/api/hooks';
import type { Plan } from '@/api/types/apps';
import type { Features } from '@/api/types/features';
import { FormDialog } from '@/components/FormDialog';
import { useRules } from '@/components/rules';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { useInstallation } from '@/shell/session';
import { appTexts } from '../apps/texts';
import { PlanChange } from './PlanChange';
import { featureTexts } from './texts';
import './features.css';

interface Values {
  plan: Plan;
  charged?: boolean;
  reason: string;
}

interface Props {
  open: boolean;
  onClose: () => void;
}

/** 调整版本: the operator puts the app on any plan. */
export function ChangePlanDialog({ open, onClose }: Props) {
  const t = useTexts(featureTexts);
  const words = useTexts(appTexts);
  const rules = useRules();
  const app = useApp();
  const { billing } = useInstallation();
  const { message } = App.useApp();
  const invalidate = useInvalidate();
  const { data } = useRead<Features>(`${app.api}/features`, {}, { enabled: open });
  const [form] = Form.useForm<Values>();
  const to = Form.useWatch<Plan | undefined>('plan', form);
  const isLower = data !== undefined && to !== undefined && data.plans.indexOf(to) < data.plans.indexOf(data.plan);
  return (
    <FormDialog<Values>
      form={form}
      title={t.changeTitle}
      open={open}
      onClose={onClose}
      danger={isLower}
      initial={{ charged: billing }}
      onSubmit={async ({ plan, charged, reason }) => {
        const body = { plan, charged: charged ?? false, reason: reason.trim() };
        await api.put(`/operator/apps/${app.org}/${app.app}/plan`, body);
        await invalidate('/apps', '/billing');
        void message.success(t.changed(words.plans[plan]));
      }}
    >
      {data ? (
        <>
          <Form.Item name="plan" label={words.plan} rules={[rules.choose(words.plan)]}>
            <Select
              options={data.plans.map((plan) => ({
                value: plan,
                label: plan === data.plan ? t.currentOf(words.plans[plan]) : words.plans[plan],
                disabled: plan === data.plan,
              }))}
            />
          </Form.Item>
          {to && (
            <div className="plan-change-box">
              {isLower && <Alert type="warning" showIcon title={t.changeLowerHint} />}
              <PlanChange features={data} to={to} />
            </div>
          )}
          {billing && to !== 'free' && (
            <Form.Item name="charged" label={t.charged} extra={t.chargedHint} valuePropName="checked">
              <Switch />
            </Form.Item>
          )}
          <Form.Item
            name="reason"
            label={t.reason}
            extra={t.reasonHint}
            className="last-item"
            rules={[rules.required(t.reason), rules.atMost(200)]}
          >
            <Input.TextArea autoSize={{ minRows: 2, maxRows: 4 }} />
          </Form.Item>
        </>
      ) : (
        <Skeleton active title={false} paragraph={{ rows: 6 }} />
      )}
    </FormDialog>
  );
}
