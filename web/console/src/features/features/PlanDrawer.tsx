import { Alert, Button, Drawer, Skeleton } from 'antd';
import { useEffect, useRef } from 'react';
import { useNavigate } from 'react-router';
import { useRead } from '@/api/hooks';
import type { Features } from '@/api/types/features';
import { ErrorState } from '@/components/ErrorState';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { useMay } from '@/shell/session';
import { PlanTable } from './PlanTable';
import { featureTexts } from './texts';
import './features.css';

interface Props {
  open: boolean;
  onClose: () => void;
  /** Key of the feature for which somebody looks. */
  focus?: string | undefined;
}

/** 服务版本对比: what each plan has, and the way to another. */
export function PlanDrawer({ open, onClose, focus }: Props) {
  const t = useTexts(featureTexts);
  const app = useApp();
  const may = useMay();
  const navigate = useNavigate();
  const { data, error, refetch } = useRead<Features>(`${app.api}/features`, {}, { enabled: open });
  const body = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (open && focus && data) body.current?.querySelector('.plan-focus')?.scrollIntoView({ block: 'center' });
  }, [open, focus, data]);
  return (
    <Drawer
      title={t.planTitle}
      open={open}
      onClose={onClose}
      size={920}
      extra={
        may('purchase') && (
          <Button type="primary" onClick={() => void navigate(`${app.home}/im/plans`)}>
            {t.toPlans}
          </Button>
        )
      }
    >
      <div ref={body} className="plan-drawer" tabIndex={0}>
        {data ? (
          <>
            <PlanTable features={data} focus={focus} />
            <p className="faint">{t.planHint}</p>
            {!may('purchase') && <Alert type="info" title={t.howToUpgrade} description={t.howToUpgradeHint} />}
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
