import { Select } from 'antd';
import { useRead } from '@/api/hooks';
import type { App } from '@/api/types/apps';
import { useTexts } from '@/i18n';
import { useOrgQuery } from '@/shell/organisation';
import { moneyTexts } from './words';

interface Props {
  value: string | undefined;
  onChange: (appKey: string | undefined) => void;
}

/** Rows of one app. */
export function AppFilter({ value, onChange }: Props) {
  const t = useTexts(moneyTexts);
  const apps = useRead<App[]>('/apps', useOrgQuery());
  return (
    <Select<string | null>
      className="filter-select"
      aria-label={t.appKey}
      placeholder={t.allApps}
      allowClear
      showSearch={{ optionFilterProp: 'label' }}
      loading={apps.isPending}
      value={value ?? null}
      onChange={(to) => onChange(to ?? undefined)}
      options={(apps.data ?? []).map(({ app_key }) => ({ value: app_key, label: app_key }))}
    />
  );
}
