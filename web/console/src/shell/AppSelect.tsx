import { Select } from 'antd';
import { useDeferredValue, useState } from 'react';
import { useRead } from '@/api/hooks';
import type { App } from '@/api/types/apps';
import { useTexts } from '@/i18n';
import { useApp } from './app';
import { useMe } from './session';
import { shellTexts } from './texts';

interface Props {
  id: string;
  className?: string;
  /** Shows the second half of the App Keys only. */
  short?: boolean;
  /** Where the pages of the chosen app begin. */
  onChoose: (home: string) => void;
}

/** The apps that the account sees, the one on show being chosen. */
export function AppSelect({ id, className, short, onChoose }: Props) {
  const t = useTexts(shellTexts);
  const { org, app, appKey } = useApp();
  const { role } = useMe();
  const [search, setSearch] = useState('');
  const [opened, setOpened] = useState(false);
  // Members see their own organisation's anyway.
  const query = { org: role === 'operator' ? org : undefined, search: useDeferredValue(search) };
  const found = useRead<App[]>('/apps', query, { enabled: opened, keep: true });
  const offered = (found.data ?? []).filter(({ status }) => status !== 'deleting');
  const options = offered.map(({ org, name, app_key, product_name }) => ({
    value: short ? name : app_key,
    label: short ? name : app_key,
    product: product_name,
    home: `/app/${org}/${name}`,
  }));
  return (
    <Select
      id={id}
      {...(className ? { className } : {})}
      value={short ? app : appKey}
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
      onSelect={(_, { home }) => onChoose(home)}
    />
  );
}
