import { PlusOutlined } from '@ant-design/icons';
import { Button, Select } from 'antd';
import { useDeferredValue, useState } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { useRead } from '@/api/hooks';
import { StatusTag } from '@/components/StatusTag';
import { useTexts } from '@/i18n';
import type { App, AppDetail } from '@/api/types/apps';
import { useApp } from './app';
import { useEntered } from './organisation';
import { useMay, useMe } from './session';
import { shellTexts } from './texts';

/** Which app the page is about. Another choice keeps the page and changes the app. */
export function AppBar({ detail }: { detail: AppDetail | undefined }) {
  const t = useTexts(shellTexts);
  const { org, appKey, home } = useApp();
  const { role } = useMe();
  const { enter } = useEntered();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const may = useMay();
  const [search, setSearch] = useState('');
  const [opened, setOpened] = useState(false);
  // Members see their own organisation's anyway.
  const query = { org: role === 'operator' ? org : undefined, search: useDeferredValue(search) };
  const found = useRead<App[]>('/apps', query, { enabled: opened, keep: true });
  const others = (found.data ?? []).filter(({ status }) => status !== 'deleting');
  const options = others.map(({ org, name, app_key, product_name }) => ({
    value: app_key,
    label: app_key,
    product: product_name,
    home: `/app/${org}/${name}`,
  }));
  const create = (): void => {
    // An operator makes apps in an organisation: here, that of the app on show.
    if (role === 'operator') enter(org);
    void navigate('/home?create=1');
  };
  return (
    <div className="app-bar" role="group" aria-label={t.appBar}>
      <label htmlFor="app-select">{t.appName}</label>
      <Select
        id="app-select"
        className="app-select"
        value={appKey}
        showSearch={{ filterOption: false, onSearch: setSearch }}
        placeholder={t.findApp}
        options={options}
        loading={found.isFetching}
        notFoundContent={found.isPending ? null : t.noApp}
        onOpenChange={(open) => {
          if (open) setOpened(true);
          else setSearch('');
        }}
        optionRender={({ data }) => (
          <span className="app-option">
            <span>{data.label}</span>
            <small>{data.product}</small>
          </span>
        )}
        onSelect={(_, { home: to }) => void navigate(to + pathname.slice(home.length))}
      />
      {may('create_app') && (
        <Button icon={<PlusOutlined />} onClick={create}>
          {t.createApp}
        </Button>
      )}
      {detail?.status === 'suspended' && <StatusTag tone="bad">{t.suspended}</StatusTag>}
      {detail?.status === 'deleting' && <StatusTag tone="warning">{t.deleting}</StatusTag>}
    </div>
  );
}
