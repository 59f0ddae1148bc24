import { Button, Form, Input, Tabs } from 'antd';
import { useEffect, useState } from 'react';
import { useRead } from '@/api/hooks';
import { useFilters } from '@/api/lists';
import type { FeatureRow, Features } from '@/api/types/features';
import { useOpening } from '@/components/dialog';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { Toolbar } from '@/components/Toolbar';
import { useLanguage, useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useApp } from '@/shell/app';
import { PlanTag } from '../apps/tags';
import { useBuying } from './buying';
import { DevicesDialog } from './DevicesDialog';
import { FeatureTable } from './FeatureTable';
import { PlanDrawer } from './PlanDrawer';
import { RecallDialog } from './RecallDialog';
import { featureTexts } from './texts';
import '../apps/apps.css';
import './features.css';

/** 功能配置总览. */
export default function FeaturesPage() {
  const t = useTexts(featureTexts);
  const { api } = useApp();
  const { language } = useLanguage();
  const [{ name, section = 'basic' }, setFilters] = useFilters(['name', 'section']);
  const read = useRead<Features>(`${api}/features`);
  const recall = useOpening();
  const devices = useOpening();
  const plans = useOpening<string>();
  const features = read.data;
  const buying = useBuying(features);
  // Others see what they would have to ask for.
  const compare = ({ key }: FeatureRow): void => plans.show(key);
  const rows = features?.items.filter((row) => row.section === section && matches(row, name));
  return (
    <>
      <PageHeader
        status={features && <PlanTag plan={features.plan} />}
        description={`${t.about}${language === 'zh' ? '' : ' '}${features?.effect_delay_hint ?? t.immediate}`}
        extra={<Button onClick={() => plans.show('')}>{t.compare}</Button>}
      />
      <Panel className="feature-panel">
        <Tabs
          activeKey={section}
          onChange={(to) => setFilters({ section: to === 'basic' ? undefined : to })}
          items={[
            { key: 'basic', label: t.basic },
            { key: 'limits', label: t.limits },
          ]}
        />
        <Toolbar filters={<NameFilter value={name} onSearch={(to) => setFilters({ name: to })} />} />
        <FeatureTable
          rows={rows}
          error={read.error}
          onRetry={() => void read.refetch()}
          actions={{
            recall: () => recall.show(true),
            devices: () => devices.show(true),
            vas: buying?.vas ?? compare,
            upgrade: buying?.upgrade ?? compare,
          }}
        />
      </Panel>
      <RecallDialog open={recall.open} onClose={recall.hide} />
      <DevicesDialog open={devices.open} onClose={devices.hide} />
      <PlanDrawer open={plans.open} onClose={plans.hide} focus={plans.about || undefined} />
    </>
  );
}

function matches({ name_zh, name_en, key }: FeatureRow, words: string | undefined): boolean {
  if (!words) return true;
  const wanted = words.toLowerCase();
  return [name_zh, name_en, key].some((name) => name.toLowerCase().includes(wanted));
}

function NameFilter({ value, onSearch }: { value: string | undefined; onSearch: (to: string | undefined) => void }) {
  const t = useTexts(featureTexts);
  const words = useTexts(common);
  const [text, setText] = useState(value ?? '');
  useEffect(() => setText(value ?? ''), [value]);
  return (
    <Form layout="inline" className="name-filter" onFinish={() => onSearch(text.trim() || undefined)}>
      <Input
        aria-label={t.filter}
        placeholder={t.filter}
        value={text}
        allowClear
        onChange={(event) => {
          setText(event.target.value);
          if (!event.target.value) onSearch(undefined);
        }}
      />
      <Button htmlType="submit">{words.search}</Button>
    </Form>
  );
}
