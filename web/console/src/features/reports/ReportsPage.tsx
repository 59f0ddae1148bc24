import { DownOutlined } from '@ant-design/icons';
import { Button, Dropdown } from 'antd';
import { useCursors, useFilters } from '@/api/lists';
import type { ReportRow, ReportState } from '@/api/types/reports';
import { Clipped } from '@/components/Clipped';
import { DataTable } from '@/components/DataTable';
import { useOpening } from '@/components/dialog';
import { FilterSelect } from '@/components/FilterSelect';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { SearchInput } from '@/components/SearchInput';
import { useSelection } from '@/components/selection';
import { StatusTag } from '@/components/StatusTag';
import { TimeRange } from '@/components/TimeRange';
import { TimeText } from '@/components/TimeText';
import { Toolbar } from '@/components/Toolbar';
import { useLanguage, useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useApp } from '@/shell/app';
import { useMay } from '@/shell/session';
import { ToFeatures } from '../features/FeatureOff';
import { useChatTypes } from '../operations/chatTypes';
import { HandleDialog } from './HandleDialog';
import { stateTones, useMeasureMenu, type Handling, type Measure } from './measures';
import { ReportDrawer } from './ReportDrawer';
import { inOneLine } from './snapshot';
import { reportTexts } from './texts';
import '../apps/apps.css';
import './reports.css';

const names = ['state', 'chat_type', 'sender', 'reporter', 'from', 'to'] as const;

/** 消息举报. */
export default function ReportsPage() {
  const t = useTexts(reportTexts);
  const words = useTexts(common);
  const { language } = useLanguage();
  const chats = useChatTypes();
  const app = useApp();
  const editable = useMay()('moderation_write');
  const [filters] = useFilters(names);
  const list = useCursors<ReportRow>(`${app.api}/reports`, filters, { size: 20 });
  const selection = useSelection(list.items, ({ id }) => id, { name: ({ sender, id }) => `${sender} ${id}` });
  const viewing = useOpening<ReportRow>();
  const handling = useOpening<Handling>();
  const handle = (reports: readonly ReportRow[], measure: Measure): void => handling.show({ reports, measure });
  const isFiltered = Object.keys(filters).length > 0;
  return (
    <>
      <PageHeader description={t.about} />
      <Panel>
        <Toolbar filters={<Filters />}>
          {editable && <HandleChosen count={selection.rows.length} onHandle={(measure) => handle(selection.rows, measure)} />}
        </Toolbar>
        <DataTable<ReportRow>
          list={list}
          rowKey="id"
          label={t.reports}
          empty={isFiltered ? t.noMatch : <Nothing />}
          {...(editable ? { rowSelection: selection.rowSelection } : {})}
          columns={[
            { title: t.time, dataIndex: 'created', render: (time: number) => <TimeText value={time} /> },
            { title: t.reporter, dataIndex: 'reporter', render: (id: string) => <Clipped text={id} width={100} /> },
            { title: t.sender, dataIndex: 'sender', render: (id: string) => <Clipped text={id} width={100} /> },
            { title: t.chatType, dataIndex: 'chat_type', render: (type: string) => chats.name(type) },
            { title: t.target, dataIndex: 'target', render: (id: string) => <Clipped text={id} width={110} /> },
            { title: t.kind, dataIndex: 'kind', render: (kind: string) => <Clipped text={kind} width={90} /> },
            {
              title: t.message,
              dataIndex: 'message',
              render: (message: string) => <Clipped text={inOneLine(message, language)} width={180} />,
            },
            {
              title: t.state,
              dataIndex: 'state',
              render: (state: ReportState) => <StatusTag tone={stateTones[state]}>{t.states(state)}</StatusTag>,
            },
            {
              title: words.actions,
              key: 'actions',
              fixed: 'right',
              render: (_, report) => (
                <Button type="link" size="small" className="cell-button" onClick={() => viewing.show(report)}>
                  {t.view}
                </Button>
              ),
            },
          ]}
        />
      </Panel>
      <ReportDrawer
        report={viewing.about}
        open={viewing.open}
        onClose={viewing.hide}
        onHandle={(measure) => viewing.about && handle([viewing.about], measure)}
      />
      <HandleDialog
        handling={handling.about}
        open={handling.open}
        onClose={handling.hide}
        onDone={() => {
          viewing.hide();
          selection.clear();
        }}
      />
    </>
  );
}

function Nothing() {
  const t = useTexts(reportTexts);
  return (
    <>
      <p>{t.empty}</p>
      <ToFeatures />
    </>
  );
}

function HandleChosen({ count, onHandle }: { count: number; onHandle: (measure: Measure) => void }) {
  const t = useTexts(reportTexts);
  const menu = useMeasureMenu(onHandle);
  return (
    <Dropdown trigger={['click']} disabled={count === 0} menu={menu}>
      <Button disabled={count === 0}>
        {t.handleChosen(count)}
        <DownOutlined />
      </Button>
    </Dropdown>
  );
}

function Filters() {
  const t = useTexts(reportTexts);
  const chats = useChatTypes();
  const [filters, setFilters] = useFilters(names);
  return (
    <>
      <FilterSelect
        label={t.state}
        value={filters.state}
        width={140}
        onChange={(state) => setFilters({ state })}
        options={(Object.keys(stateTones) as ReportState[]).map((value) => ({ value, label: t.states(value) }))}
      />
      <FilterSelect
        label={t.chatType}
        value={filters.chat_type}
        width={120}
        onChange={(chat_type) => setFilters({ chat_type })}
        options={chats.options}
      />
      <SearchInput label={t.sender} width={150} value={filters.sender} onSearch={(sender) => setFilters({ sender })} />
      <SearchInput
        label={t.reporter}
        width={150}
        value={filters.reporter}
        onSearch={(reporter) => setFilters({ reporter })}
      />
      <TimeRange label={t.time} value={filters} onChange={setFilters} />
    </>
  );
}
