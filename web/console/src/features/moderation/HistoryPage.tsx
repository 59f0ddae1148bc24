import { DownloadOutlined, ReloadOutlined } from '@ant-design/icons';
import { Button, Tooltip } from 'antd';
import { apiUrl } from '@/api/client';
import { useCursors } from '@/api/lists';
import type { ModerationRecord } from '@/api/types/moderation';
import { Panel } from '@/components/Panel';
import { Toolbar } from '@/components/Toolbar';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { HistoryFilters } from './HistoryFilters';
import { useHistoryFilters } from './historyQuery';
import { HistoryTable } from './HistoryTable';
import { historyTexts } from './historyTexts';
import { ModerationFrame } from './ModerationFrame';
import { useModerationPaths } from './service';

/** 历史记录. */
export default function HistoryPage() {
  const t = useTexts(historyTexts);
  return (
    <ModerationFrame about={t.about} stays>
      {() => <History />}
    </ModerationFrame>
  );
}

function History() {
  const t = useTexts(historyTexts);
  const words = useTexts(common);
  const { base } = useModerationPaths();
  const { filters, setFilters, isFiltered, renew } = useHistoryFilters();
  const list = useCursors<ModerationRecord>(`${base}/records`, filters, { size: 20 });
  const refresh = (): void => {
    if (!renew()) list.refetch();
  };
  return (
    <Panel>
      <Toolbar filters={<HistoryFilters filters={filters} onChange={setFilters} />}>
        <Button icon={<ReloadOutlined />} onClick={refresh}>
          {words.refresh}
        </Button>
        <Tooltip title={t.exportHint}>
          <Button icon={<DownloadOutlined />} href={apiUrl(`${base}/records.csv`, filters)} download="moderation.csv">
            {t.exportCsv}
          </Button>
        </Tooltip>
      </Toolbar>
      <HistoryTable list={list} empty={isFiltered ? t.noMatch : t.empty} />
    </Panel>
  );
}
