import { ReloadOutlined } from '@ant-design/icons';
import { App, Button, Skeleton, Table } from 'antd';
import { api } from '@/api/client';
import { useInvalidate, useRead } from '@/api/hooks';
import type { CatalogueDifference, CatalogueText } from '@/api/types/billing';
import { useConfirm } from '@/components/ConfirmDialog';
import { ErrorState } from '@/components/ErrorState';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { useTexts } from '@/i18n';
import { Facts } from '../apps/Facts';
import { appTexts } from '../apps/texts';
import { adminTexts } from './texts';
import '../apps/apps.css';
import './catalogue.css';

const path = '/operator/billing/catalogue';

/** `/account/catalogue`: what plans and prices are made of. */
export default function CataloguePage() {
  const t = useTexts(adminTexts);
  const { data, error, refetch } = useRead<CatalogueText>(path);
  const reload = useReload();
  return (
    <>
      <PageHeader
        description={t.catalogueAbout}
        extra={
          <Button icon={<ReloadOutlined />} onClick={reload}>
            {t.reload}
          </Button>
        }
      />
      {data ? (
        <Catalogue catalogue={data} />
      ) : (
        <Panel>
          {error ? <ErrorState error={error} onRetry={() => void refetch()} /> : <Skeleton active paragraph={{ rows: 12 }} />}
        </Panel>
      )}
    </>
  );
}

function Catalogue({ catalogue: { id, source, text, base, differences } }: { catalogue: CatalogueText }) {
  const t = useTexts(adminTexts);
  return (
    <>
      <Panel>
        <Facts
          columns={2}
          items={[
            { label: t.catalogueId, value: <code>{id}</code> },
            { label: t.base, value: <code>{base}</code> },
            { label: t.source, value: <code>{source}</code> },
          ]}
        />
      </Panel>
      <Panel title={t.differences}>
        <Differences differences={differences} />
      </Panel>
      <Panel title={t.text}>
        <pre className="catalogue-text" tabIndex={0} role="region" aria-label={t.text}>
          {text}
        </pre>
      </Panel>
    </>
  );
}

function Differences({ differences }: { differences: readonly CatalogueDifference[] }) {
  const t = useTexts(adminTexts);
  const words = useTexts(appTexts);
  return (
    <div role="region" aria-label={t.differences} className="data-table">
      <Table
        size="small"
        pagination={false}
        dataSource={differences.map((difference, row) => ({ ...difference, row }))}
        rowKey="row"
        locale={{ emptyText: <span className="faint">{t.noDifferences}</span> }}
        columns={[
          { title: t.key, dataIndex: 'key', render: (key: string) => <code>{key}</code> },
          { title: t.plan, key: 'plan', render: (_, { plan }) => (plan ? words.plans[plan] : '–') },
          { title: t.was, dataIndex: 'was', render: (value: string) => <code className="value">{value}</code> },
          { title: t.is, dataIndex: 'is', render: (value: string) => <code className="value">{value}</code> },
        ]}
      />
    </div>
  );
}

function useReload(): () => void {
  const t = useTexts(adminTexts);
  const confirm = useConfirm();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  return () =>
    confirm({
      title: t.reloadTitle,
      content: t.reloadText,
      okText: t.reload,
      onOk: async () => {
        await api.post(`${path}/reload`);
        await invalidate(path, '/apps');
        void message.success(t.reloaded);
      },
    });
}
