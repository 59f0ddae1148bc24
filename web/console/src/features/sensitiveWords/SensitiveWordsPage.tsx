import { Tabs } from 'antd';
import { useRead } from '@/api/hooks';
import { useFilters } from '@/api/lists';
import type { SensitiveWords } from '@/api/types/sensitiveWords';
import { ErrorState } from '@/components/ErrorState';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { StatusTag } from '@/components/StatusTag';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { FeatureOff } from '../features/FeatureOff';
import { HitsTab } from './HitsTab';
import { SettingsPanel } from './SettingsPanel';
import { TestTab } from './TestTab';
import { wordTexts } from './texts';
import { WordsTab } from './WordsTab';
import '../apps/apps.css';
import './sensitiveWords.css';

/** 敏感词. */
export default function SensitiveWordsPage() {
  const t = useTexts(wordTexts);
  const app = useApp();
  const { data: service, error, refetch } = useRead<SensitiveWords>(`${app.api}/sensitive-words`);
  return (
    <>
      <PageHeader status={service && <State service={service} />} description={t.about} />
      {service?.included && (
        <>
          <SettingsPanel settings={service.settings} />
          <Content service={service} />
        </>
      )}
      {!service?.included && (
        <Panel loading={!service && !error} lines={8}>
          {service ? (
            <FeatureOff title={t.offTitle} hint={t.offHint} />
          ) : (
            <ErrorState error={error} onRetry={() => void refetch()} />
          )}
        </Panel>
      )}
    </>
  );
}

function State({ service: { included, settings } }: { service: SensitiveWords }) {
  const t = useTexts(wordTexts);
  const isOn = included && settings.enabled;
  return <StatusTag tone={isOn ? 'good' : 'off'}>{!included ? t.off : isOn ? t.on : t.disabled}</StatusTag>;
}

/** What belongs to one tab and not to the others. */
const ofTabs = ['search', 'sender', 'verdict', 'from', 'to'] as const;
const cleared = Object.fromEntries(ofTabs.map((name) => [name, undefined]));

/** 词库, 历史命中, 测试. */
function Content({ service }: { service: SensitiveWords }) {
  const t = useTexts(wordTexts);
  const [{ tab = 'words' }, setFilters] = useFilters(['tab']);
  return (
    <Panel>
      <Tabs
        activeKey={tab}
        onChange={(to) => setFilters({ ...cleared, tab: to === 'words' ? undefined : to })}
        destroyOnHidden
        items={[
          { key: 'words', label: t.wordsTab, children: <WordsTab service={service} /> },
          { key: 'hits', label: t.hitsTab, children: <HitsTab /> },
          { key: 'test', label: t.testTab, children: <TestTab /> },
        ]}
      />
    </Panel>
  );
}
