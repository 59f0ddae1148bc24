import { DownloadOutlined } from '@ant-design/icons';
import { Button, Select } from 'antd';
import dayjs, { type Dayjs } from 'dayjs';
import { useMemo } from 'react';
import { apiUrl } from '@/api/client';
import { useRead } from '@/api/hooks';
import { useCursors, useFilters } from '@/api/lists';
import type { AuditLine, Member } from '@/api/types/account';
import type { App } from '@/api/types/apps';
import { Clipped } from '@/components/Clipped';
import { DataTable } from '@/components/DataTable';
import { useOpening } from '@/components/dialog';
import { FilterSelect } from '@/components/FilterSelect';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { SearchInput } from '@/components/SearchInput';
import { StatusTag } from '@/components/StatusTag';
import { TimeRange } from '@/components/TimeRange';
import { TimeText } from '@/components/TimeText';
import { Toolbar } from '@/components/Toolbar';
import { useLanguage, useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useEntered, useOrgQuery } from '@/shell/organisation';
import { useMay, useMe } from '@/shell/session';
import { shellTexts } from '@/shell/texts';
import { LineDrawer } from './LineDrawer';
import { auditTexts } from './texts';
import { actionName, moduleName, modules } from './words';

const names = ['from', 'to', 'member', 'app', 'module', 'result', 'text'] as const;

/** `/account/audit` */
export default function AuditPage() {
  const t = useTexts(auditTexts);
  const words = useTexts(common);
  const roles = useTexts(shellTexts);
  const { language } = useLanguage();
  const may = useMay();
  const [filters] = useFilters(names);
  const query = { ...useOrgQuery(), ...filters };
  const list = useCursors<AuditLine>('/audit', query, { size: 20 });
  const viewing = useOpening<AuditLine>();
  return (
    <>
      <PageHeader
        description={may('audit_all') ? t.about : t.aboutOwn}
        extra={
          <Button icon={<DownloadOutlined />} href={apiUrl('/audit.csv', query)} download="audit.csv">
            {t.exportCsv}
          </Button>
        }
      />
      <Panel>
        <Filters />
        <DataTable<AuditLine>
          list={list}
          rowKey="id"
          label={t.lines}
          columns={[
            { title: t.time, key: 'time', width: 170, render: (_, { time }) => <TimeText value={time} /> },
            { title: t.operator, key: 'email', render: (_, { email }) => <Clipped text={email || t.nobody} width={150} /> },
            {
              title: t.role,
              key: 'role',
              responsive: ['xxl'],
              render: (_, { role }) => (role ? roles[role] : '–'),
            },
            { title: t.ip, dataIndex: 'ip', responsive: ['xxl'] },
            { title: t.app, key: 'app', render: (_, { app_key }) => <Clipped text={app_key} width={110} /> },
            { title: t.module, key: 'module', render: (_, { module }) => moduleName(module, language) },
            { title: t.action, key: 'action', render: (_, line) => actionName(line, language) },
            { title: t.target, key: 'target', render: (_, { target }) => <Clipped text={target} width={90} /> },
            { title: t.result, key: 'result', render: (_, { result }) => <ResultTag result={result} /> },
            {
              title: words.actions,
              key: 'actions',
              fixed: 'right',
              render: (_, line) => (
                <Button type="link" size="small" className="cell-button" onClick={() => viewing.show(line)}>
                  {t.view}
                </Button>
              ),
            },
          ]}
        />
      </Panel>
      <LineDrawer line={viewing.about} open={viewing.open} onClose={viewing.hide} />
    </>
  );
}

export function ResultTag({ result }: { result: string }) {
  const t = useTexts(auditTexts);
  return result === 'ok' ? <StatusTag tone="good">{t.ok}</StatusTag> : <StatusTag tone="bad">{t.failed}</StatusTag>;
}

function Filters() {
  const t = useTexts(auditTexts);
  const { language } = useLanguage();
  const [filters, setFilters] = useFilters(names);
  const isFiltered = Object.keys(filters).length > 0;
  return (
    <Toolbar
      filters={
        <>
          <Times />
          <MemberSelect />
          <AppSelect />
          <FilterSelect
            label={t.module}
            any={t.anyModule}
            value={filters.module}
            onChange={(module) => setFilters({ module })}
            options={modules.map((module) => ({ value: module, label: moduleName(module, language) }))}
          />
          <FilterSelect
            label={t.result}
            any={t.anyResult}
            value={filters.result}
            onChange={(result) => setFilters({ result })}
            width={120}
            options={[
              { value: 'ok', label: t.ok },
              { value: 'failed', label: t.failed },
            ]}
          />
          <SearchInput label={t.search} width={270} value={filters.text} onSearch={(text) => setFilters({ text })} />
          {isFiltered && (
            <Button
              type="link"
              onClick={() => setFilters(Object.fromEntries(names.map((name) => [name, undefined])))}
            >
              {t.clear}
            </Button>
          )}
        </>
      }
    />
  );
}

function Times() {
  const t = useTexts(auditTexts);
  const [times, setTimes] = useFilters(['from', 'to']);
  const presets = useMemo(() => {
    const since = (days: number): [Dayjs, Dayjs] => [
      dayjs().subtract(days, 'day').startOf('day'),
      dayjs().endOf('day'),
    ];
    return [
      { label: t.today, value: since(0) },
      { label: t.week, value: since(6) },
      { label: t.month, value: since(29) },
    ];
  }, [t]);
  return <TimeRange label={t.time} value={times} onChange={setTimes} presets={presets} />;
}

/** Whose lines; for those who may see who the members are. */
function MemberSelect() {
  const t = useTexts(auditTexts);
  const may = useMay();
  const { org } = useMe();
  const { entered } = useEntered();
  const [{ member }, setFilters] = useFilters(['member']);
  const offered = may('members') && (org !== null || entered !== undefined);
  const members = useRead<Member[]>('/members', useOrgQuery(), { enabled: offered });
  if (!offered) return null;
  return (
    <Select
      className="filter-select"
      aria-label={t.operator}
      placeholder={t.anyMember}
      allowClear
      showSearch={{ optionFilterProp: 'label' }}
      loading={members.isPending}
      value={member ?? null}
      onChange={(member: string | null) => setFilters({ member: member ?? undefined })}
      options={(members.data ?? []).map(({ id, email }) => ({ value: String(id), label: email }))}
    />
  );
}

function AppSelect() {
  const t = useTexts(auditTexts);
  const { org } = useMe();
  const { entered } = useEntered();
  const [{ app }, setFilters] = useFilters(['app']);
  const offered = org !== null || entered !== undefined;
  const apps = useRead<App[]>('/apps', useOrgQuery(), { enabled: offered });
  if (!offered) return null;
  return (
    <Select
      className="filter-select"
      aria-label={t.app}
      placeholder={t.anyApp}
      allowClear
      showSearch={{ optionFilterProp: 'label' }}
      loading={apps.isPending}
      value={app ?? null}
      onChange={(app: string | null) => setFilters({ app: app ?? undefined })}
      options={(apps.data ?? []).map(({ app_key }) => ({ value: app_key, label: app_key }))}
    />
  );
}
