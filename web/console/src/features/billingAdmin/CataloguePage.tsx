import { ReloadOutlined } from '@ant-design/icons';
import { Alert, App, Button, Skeleton, Table } from 'antd';
import { useState } from 'react';
import { api } from '@/api/client';
import { useInvalidate, useRead } from '@/api/hooks';
import type { CatalogueDifference, CatalogueText, CatalogueWarning } from '@/api/types/billing';
import { useConfirm } from '@/components/ConfirmDialog';
import { ErrorState } from '@/components/ErrorState';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { useTexts } from '@/i18n';
import { Facts } from '../apps/Facts';
import { useName } from '../apps/tags';
import { appTexts } from '../apps/texts';
import { catalogueTexts } from './catalogueTexts';
import { adminTexts } from './texts';
import '../apps/apps.css';
import '../billing/billing.css';
import './catalogue.css';

const path = '/operator/billing/catalogue';

/** `/account/catalogue`: what plans and prices are made of. */
export default function CataloguePage() {
  const t = useTexts(adminTexts);
  const { data, error, refetch } = useRead<CatalogueText>(path);
  const [reloaded, setReloaded] = useState<CatalogueText>();
  const reload = useReload(setReloaded);
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
        <>
          <Warnings warnings={(reloaded?.text === data.text ? reloaded : data).warnings} />
          <Catalogue catalogue={data} />
        </>
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
  const words = useTexts(catalogueTexts);
  const apps = useTexts(appTexts);
  const nameOf = useName();
  const value = (text: string) => {
    if (text === '') return <span className="faint">–</span>;
    return <span className="value">{words.values[text] ?? text}</span>;
  };
  return (
    <div role="region" aria-label={t.differences} className="data-table">
      <Table
        size="small"
        pagination={false}
        dataSource={differences.map((difference, row) => ({ ...difference, row }))}
        rowKey="row"
        locale={{ emptyText: <span className="faint">{t.noDifferences}</span> }}
        columns={[
          { title: t.plan, key: 'plan', render: (_, { plan }) => (plan ? apps.plans[plan] : words.installation) },
          {
            title: t.key,
            key: 'key',
            render: (_, difference) => (
              <span className="line-name">
                {[difference.key !== null && nameOf(difference), words.fields[difference.field] ?? difference.field]
                  .filter(Boolean)
                  .join(' · ')}
                <small className="faint">
                  <code>{[difference.key, difference.field].filter(Boolean).join('.')}</code>
                </small>
              </span>
            ),
          },
          { title: t.was, dataIndex: 'was', render: value },
          { title: t.is, dataIndex: 'is', render: value },
        ]}
      />
    </div>
  );
}

/** Limits that the operator may not have meant. */
function Warnings({ warnings }: { warnings: readonly CatalogueWarning[] }) {
  const t = useTexts(catalogueTexts);
  const { plans } = useTexts(appTexts);
  const nameOf = useName();
  const amount = (limit: number | null): string => limit?.toLocaleString() ?? t.values['-1'] ?? '';
  if (warnings.length === 0) return null;
  const line = (warning: CatalogueWarning): string => {
    const [plan, name, limit, than] = [plans[warning.plan], nameOf(warning), amount(warning.limit), amount(warning.than)];
    if (warning.below) return t.lessThanBelow(plan, name, limit, plans[warning.below], than);
    return t.lessThanBefore(plan, name, limit, than);
  };
  return (
    <Alert
      type="warning"
      showIcon
      title={t.warnings}
      description={
        <ul className="catalogue-warnings">
          {warnings.map((warning, row) => (
            <li key={row}>{line(warning)}</li>
          ))}
        </ul>
      }
    />
  );
}

/** Reads the file again; `done` has what the server says of it. */
function useReload(done: (reloaded: CatalogueText) => void): () => void {
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
        done(await api.post<CatalogueText>(`${path}/reload`));
        await invalidate(path, '/apps');
        void message.success(t.reloaded);
      },
    });
}
