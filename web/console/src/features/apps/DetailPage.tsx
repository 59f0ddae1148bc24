import { Button } from 'antd';
import { useNavigate } from 'react-router';
import { api } from '@/api/client';
import { useInvalidate, useRead } from '@/api/hooks';
import type { AppDetail, EditApp } from '@/api/types/apps';
import { CopyText } from '@/components/CopyText';
import { ErrorState } from '@/components/ErrorState';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { StatusTag } from '@/components/StatusTag';
import { TimeText } from '@/components/TimeText';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { useMay } from '@/shell/session';
import { GrantsPanel } from '../billingAdmin/GrantsPanel';
import { DangerZone } from './DangerZone';
import { DeveloperIdCard } from './DeveloperIdCard';
import { detailTexts } from './detailTexts';
import { Facts } from './Facts';
import { HostTable } from './HostTable';
import { InlineEdit } from './InlineEdit';
import { descriptionLimit, productNameLimit } from './limits';
import { AppStatusTag, PlanTag, useName } from './tags';
import { appTexts } from './texts';
import './apps.css';

export default function DetailPage() {
  const t = useTexts(detailTexts);
  const words = useTexts(appTexts);
  const app = useApp();
  const may = useMay();
  const read = useRead<AppDetail>(app.api);
  const detail = read.data;
  return (
    <>
      <PageHeader status={detail && <AppStatusTag status={detail.status} />} description={t.about} />
      {read.error && !detail ? (
        <Panel>
          <ErrorState error={read.error} onRetry={() => void read.refetch()} />
        </Panel>
      ) : detail ? (
        <>
          <div className="detail-columns">
            <DeveloperIdCard detail={detail} />
            <ServiceCard detail={detail} />
          </div>
          <BasicsCard detail={detail} />
          <Panel title={words.domains}>
            <HostTable rest={detail.rest_hosts} ws={detail.ws_hosts} />
          </Panel>
          {may('manage_installation') && <GrantsPanel />}
          <DangerZone detail={detail} />
        </>
      ) : (
        <>
          <div className="detail-columns">
            <Panel title={t.developerId} loading>
              {null}
            </Panel>
            <Panel title={t.service} loading lines={2}>
              {null}
            </Panel>
          </div>
          <Panel title={t.basics} loading lines={6}>
            {null}
          </Panel>
        </>
      )}
    </>
  );
}

function ServiceCard({ detail }: { detail: AppDetail }) {
  const t = useTexts(detailTexts);
  const words = useTexts(appTexts);
  const { home } = useApp();
  const navigate = useNavigate();
  const nameOf = useName();
  return (
    <Panel title={t.service}>
      <div className="service">
        <h3>{t.instantMessaging}</h3>
        <StatusTag tone="good">{t.enabled}</StatusTag>
      </div>
      <Facts
        items={[
          { label: words.plan, value: <PlanTag plan={detail.plan} /> },
          { label: words.dataCenter, value: nameOf(detail.data_center) },
        ]}
      />
      <div className="service-links">
        <Button onClick={() => void navigate(`${home}/im/overview`)}>{t.view}</Button>
        <Button onClick={() => void navigate(`${home}/im/features`)}>{t.configure}</Button>
      </div>
    </Panel>
  );
}

function BasicsCard({ detail }: { detail: AppDetail }) {
  const t = useTexts(detailTexts);
  const words = useTexts(appTexts);
  const app = useApp();
  const may = useMay();
  const invalidate = useInvalidate();
  const save = async (change: EditApp): Promise<void> => {
    await api.put(app.api, change);
    await invalidate('/apps', app.api);
  };
  const editable = may('edit_app') && detail.status !== 'deleting';
  return (
    <Panel title={t.basics}>
      <Facts
        columns={2}
        items={[
          {
            label: words.productName,
            value: (
              <InlineEdit
                name="product_name"
                label={words.productName}
                value={detail.product_name}
                limit={productNameLimit}
                {...(editable ? { onSave: (product_name: string) => save({ product_name }) } : {})}
              />
            ),
          },
          {
            label: words.description,
            value: (
              <InlineEdit
                name="description"
                label={words.description}
                value={detail.description}
                limit={descriptionLimit}
                multiline
                {...(editable ? { onSave: (description: string) => save({ description }) } : {})}
              />
            ),
          },
          { label: words.orgName, value: `${detail.org}${detail.org_title ? ` (${detail.org_title})` : ''}` },
          { label: words.appName, value: detail.name },
          { label: words.created, value: <TimeText value={detail.created} /> },
          { label: words.modified, value: <TimeText value={detail.modified} /> },
          { label: t.uuid, value: <CopyText text={detail.uuid} what={t.uuid} /> },
        ]}
      />
    </Panel>
  );
}
