import { PlusOutlined } from '@ant-design/icons';
import { Button, Segmented, type TableProps } from 'antd';
import { Link, useNavigate, useSearchParams } from 'react-router';
import { api } from '@/api/client';
import { useAction } from '@/api/hooks';
import { useAll, useFilters } from '@/api/lists';
import type { App } from '@/api/types/apps';
import { CopyText } from '@/components/CopyText';
import { DataTable } from '@/components/DataTable';
import { Panel } from '@/components/Panel';
import { RowActions } from '@/components/RowActions';
import { SearchInput } from '@/components/SearchInput';
import { TimeText } from '@/components/TimeText';
import { Toolbar } from '@/components/Toolbar';
import { useTexts } from '@/i18n';
import { common as commonTexts } from '@/i18n/common';
import { useEntered, useOrgQuery } from '@/shell/organisation';
import { useMay, useMe } from '@/shell/session';
import { AppStatusTag, PlanTag, ServiceChips, useName } from '../apps/tags';
import { appTexts } from '../apps/texts';
import { CreateAppDialog } from './CreateAppDialog';
import { FirstApp } from './FirstApp';
import { homeTexts } from './texts';

type Columns = NonNullable<TableProps<App>['columns']>;

/** 应用列表. */
export function AppListPanel({ none }: { none: boolean }) {
  const t = useTexts(homeTexts);
  const org = useOrgQuery();
  const creating = useCreating();
  const [filters, setFilters] = useFilters(['search', 'deleted']);
  const deleted = filters.deleted === 'true';
  const list = useAll<App>('/apps', { ...org, search: filters.search, deleted: deleted || undefined });
  const columns = useColumns(deleted);
  const first = none && !deleted && !filters.search;
  return (
    <Panel id="apps" title={t.appList} extra={creating.possible && <CreateButton onClick={creating.open} />}>
      <Toolbar
        filters={
          <SearchInput label={t.search} value={filters.search} onSearch={(search) => setFilters({ search })} />
        }
      >
        <Segmented
          aria-label={t.show}
          value={deleted ? 'deleted' : 'inUse'}
          options={[
            { value: 'inUse', label: t.inUse },
            { value: 'deleted', label: t.deleted },
          ]}
          onChange={(shown) => setFilters({ deleted: shown === 'deleted' ? 'true' : undefined })}
        />
      </Toolbar>
      {first ? (
        <FirstApp onCreate={creating.possible ? creating.open : undefined} />
      ) : (
        <DataTable
          list={list}
          columns={columns}
          rowKey="app_key"
          label={t.appList}
          empty={deleted ? t.noDeleted : t.noMatch}
          minWidth={1080}
        />
      )}
      <CreateAppDialog open={creating.shown} onClose={creating.close} />
    </Panel>
  );
}

function CreateButton({ onClick }: { onClick: () => void }) {
  const t = useTexts(homeTexts);
  return (
    <Button type="primary" icon={<PlusOutlined />} onClick={onClick}>
      {t.create}
    </Button>
  );
}

/** The dialog's state is in the address: other pages link to it. */
function useCreating(): { possible: boolean; shown: boolean; open: () => void; close: () => void } {
  const may = useMay();
  const { org } = useMe();
  const { entered } = useEntered();
  const [search, setSearch] = useSearchParams();
  const possible = may('create_app') && (org !== null || entered !== undefined);
  const set = (on: boolean): void =>
    setSearch(
      (old) => {
        const words = new URLSearchParams(old);
        if (on) words.set('create', '1');
        else words.delete('create');
        return words;
      },
      { replace: true },
    );
  const asked = search.has('create');
  return { possible, shown: possible && asked, open: () => set(true), close: () => set(false) };
}

function useColumns(deleted: boolean): Columns {
  const t = useTexts(homeTexts);
  const words = useTexts(appTexts);
  const common = useTexts(commonTexts);
  const nameOf = useName();
  const navigate = useNavigate();
  const may = useMay();
  const restore = useAction((app: App) => api.post(`/apps/${app.org}/${app.name}/restore`), {
    done: t.restored,
    changes: ['/apps'],
  });
  const home = ({ org, name }: App): string => `/app/${org}/${name}/detail`;
  const about: Columns = [
    {
      title: words.appName,
      dataIndex: 'name',
      render: (name: string, app) => (deleted ? name : <Link to={home(app)}>{name}</Link>),
    },
    { title: words.productName, dataIndex: 'product_name', render: (name: string) => name || '–' },
    { title: words.dataCenter, key: 'dc', render: (_, app) => nameOf(app.data_center) },
    { title: 'AppKey', dataIndex: 'app_key', render: (key: string) => <CopyText text={key} what="AppKey" /> },
  ];
  if (deleted) {
    return [
      ...about,
      { title: t.deletedAt, dataIndex: 'deleted', render: (time: number) => <TimeText value={time} /> },
      { title: t.restorableUntil, dataIndex: 'restorable_until', render: (time: number) => <TimeText value={time} /> },
      {
        title: common.actions,
        key: 'actions',
        width: 90,
        render: (_, app) => (
          <RowActions
            of={app.app_key}
            actions={[
              {
                key: 'restore',
                label: t.restore,
                hidden: !may('delete_app'),
                disabled: restore.busy,
                onClick: () => void restore.run(app),
              },
            ]}
          />
        ),
      },
    ];
  }
  return [
    ...about,
    { title: words.status, dataIndex: 'status', render: (_, app) => <AppStatusTag status={app.status} /> },
    { title: words.plan, dataIndex: 'plan', render: (_, app) => <PlanTag plan={app.plan} /> },
    { title: words.services, dataIndex: 'services', render: (_, app) => <ServiceChips services={app.services} /> },
    { title: words.created, dataIndex: 'created', render: (time: number) => <TimeText value={time} /> },
    {
      title: common.actions,
      key: 'actions',
      width: 90,
      render: (_, app) => (
        <RowActions
          of={app.app_key}
          actions={[{ key: 'view', label: t.view, onClick: () => void navigate(home(app)) }]}
        />
      ),
    },
  ];
}
