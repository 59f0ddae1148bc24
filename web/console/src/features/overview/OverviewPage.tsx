import { Skeleton } from 'antd';
import { useRead } from '@/api/hooks';
import type { Overview } from '@/api/types/settings';
import { ErrorState } from '@/components/ErrorState';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { HostTable } from '../apps/HostTable';
import { appTexts } from '../apps/texts';
import { Figures } from './Figures';
import { PlanCard } from './PlanCard';
import { SettingsCard } from './SettingsCard';
import { overviewTexts } from './texts';
import '../apps/apps.css';
import './overview.css';

/** 服务概览. */
export default function OverviewPage() {
  const t = useTexts(overviewTexts);
  const words = useTexts(appTexts);
  const app = useApp();
  const { data, error, refetch } = useRead<Overview>(`${app.api}/overview`);
  if (error && !data) {
    return (
      <>
        <PageHeader description={t.about} />
        <Panel>
          <ErrorState error={error} onRetry={() => void refetch()} />
        </Panel>
      </>
    );
  }
  return (
    <>
      <PageHeader description={t.about} />
      <Panel title={t.figures}>
        {data ? <Figures of={data.figures} /> : <Skeleton active title={false} paragraph={{ rows: 2 }} />}
      </Panel>
      <div className="overview-columns">
        <Panel title={t.version} loading={!data} lines={3}>
          {data && <PlanCard overview={data} />}
        </Panel>
        <Panel title={words.domains} loading={!data} lines={3}>
          {data && <HostTable rest={data.rest_hosts} ws={data.ws_hosts} />}
        </Panel>
      </div>
      <Panel title={t.settings} loading={!data} lines={6}>
        {data && <SettingsCard settings={data.settings} />}
      </Panel>
    </>
  );
}
