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
import { DevicesDialog } from './DevicesDialog';
import { FeatureTable } from './FeatureTable';
import { PlanDrawer } from './PlanDrawer';
import { RecallDialog } from './RecallDialog';
import { featureTexts } from './texts';
import { VasDialog } from './VasDialog';
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
  const vas = useOpening<FeatureRow>();
  const plans = useOpening<string>();
  const features = read.data;
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
            vas: vas.show,
            upgrade: ({ key }) => plans.show(key),
          }}
        />
      </Panel>
      <RecallDialog open={recall.open} onClose={recall.hide} />
      <DevicesDialog open={devices.open} onClose={devices.hide} />
      {features && vas.about && (
        <VasDialog open={vas.open} onClose={vas.hide} row={vas.about} plan={features.plan} />
      )}
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
