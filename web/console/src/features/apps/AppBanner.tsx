import { Alert, Button } from 'antd';
import dayjs from 'dayjs';
import { api } from '@/api/client';
import { useAction } from '@/api/hooks';
import type { AppDetail } from '@/api/types/apps';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { useMay } from '@/shell/session';
import { useToBilling } from '../billing/toBilling';
import { Contact } from './Contact';
import { appTexts } from './texts';

/** Above the pages of an app that does not serve: what that means, and the way back. */
export function AppBanner({ detail }: { detail: AppDetail | undefined }) {
  const t = useTexts(appTexts);
  const may = useMay();
  const app = useApp();
  const changes = ['/apps', app.api];
  const resume = useAction(() => api.post(`${app.api}/resume`), { done: t.resumed, changes });
  const restore = useAction(() => api.post(`${app.api}/restore`), { done: t.restored, changes });
  if (detail?.status === 'suspended' && detail.suspended_by === 'arrears') return <ArrearsBanner />;
  if (detail?.status === 'suspended') {
    const closed = detail.suspended_by === 'operator' && !may('manage_installation');
    return (
      <Alert
        type="error"
        showIcon
        className="app-banner"
        title={<Words title={t.suspendedTitle} hint={t.suspendedHint} />}
        description={
          closed && (
            <>
              <p>{t.suspendedByOperator}</p>
              <Contact />
            </>
          )
        }
        action={
          may('suspend_app') &&
          !closed && (
            <Button size="small" type="primary" loading={resume.busy} onClick={() => void resume.run()}>
              {t.resume}
            </Button>
          )
        }
      />
    );
  }
  if (detail?.status === 'deleting') {
    const until = detail.restorable_until ? dayjs(detail.restorable_until).format('YYYY-MM-DD HH:mm') : '–';
    return (
      <Alert
        type="warning"
        showIcon
        className="app-banner"
        title={<Words title={t.deletedTitle} hint={t.deletedHint(until)} />}
        action={
          may('delete_app') && (
            <Button size="small" type="primary" loading={restore.busy} onClick={() => void restore.run()}>
              {t.restore}
            </Button>
          )
        }
      />
    );
  }
  return null;
}

/** It stopped because its organisation owes money. */
function ArrearsBanner() {
  const t = useTexts(appTexts);
  const may = useMay();
  const toBilling = useToBilling();
  const mayPay = toBilling !== undefined && may('billing_write');
  return (
    <Alert
      type="error"
      showIcon
      className="app-banner"
      title={<Words title={t.arrearsTitle} hint={t.arrearsHint} />}
      description={!mayPay && t.arrearsAsk}
      action={
        mayPay && (
          <Button size="small" type="primary" onClick={() => toBilling('account?recharge=1')}>
            {t.recharge}
          </Button>
        )
      }
    />
  );
}

function Words({ title, hint }: { title: string; hint: string }) {
  return (
    <>
      <strong>{title}</strong> <span className="banner-hint">{hint}</span>
    </>
  );
}
