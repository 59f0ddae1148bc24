import { Tabs, Tag } from 'antd';
import { useAll, useFilters } from '@/api/lists';
import type { HotKind, HotSubject } from '@/api/types/statistics';
import { CopyText } from '@/components/CopyText';
import { DataTable } from '@/components/DataTable';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { Toolbar } from '@/components/Toolbar';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { DayRange, useDays } from '../stats/DayRange';
import { kindTexts, type Kind } from '../stats/kinds';
import { statsTexts } from '../stats/texts';

/** 热点数据查询: the fifty busiest. */
export default function HotPage() {
  const t = useTexts(statsTexts);
  const kinds = useTexts(kindTexts);
  const app = useApp();
  const { query } = useDays();
  const [{ kind = 'user' }, setFilters] = useFilters(['kind']);
  const list = useAll<HotSubject>(`${app.api}/stats/hot`, { ...query, kind }, { size: 10 });
  const tabs: { key: HotKind; label: string }[] = [
    { key: 'user', label: t.hotUser },
    { key: 'group', label: t.hotGroup },
    { key: 'room', label: t.hotRoom },
  ];
  return (
    <>
      <PageHeader description={t.aboutHot} />
      <Panel>
        <Tabs
          activeKey={kind}
          onChange={(key) => setFilters({ kind: key === 'user' ? undefined : key })}
          items={tabs}
        />
        <Toolbar filters={<DayRange />} />
        <DataTable<HotSubject>
          list={list}
          rowKey="id"
          label={t.aboutHot}
          columns={[
            { title: t.id, dataIndex: 'id', render: (id: string) => <CopyText text={id} what={t.id} /> },
            { title: t.messages, dataIndex: 'total', render: (total: number) => total.toLocaleString() },
            {
              title: t.share,
              key: 'kinds',
              render: (_, subject) =>
                subject.kinds.map(({ kind: of, count }) => (
                  <Tag key={of}>
                    {kinds[of as Kind]} {count.toLocaleString()}
                  </Tag>
                )),
            },
          ]}
        />
      </Panel>
    </>
  );
}
