import { PlusOutlined } from '@ant-design/icons';
import { Alert, Button, Tooltip } from 'antd';
import { useFilters } from '@/api/lists';
import type { KeywordListRow, Moderation } from '@/api/types/moderation';
import { useOpening } from '@/components/dialog';
import { Panel } from '@/components/Panel';
import { SearchInput } from '@/components/SearchInput';
import { Toolbar } from '@/components/Toolbar';
import { useTexts } from '@/i18n';
import { useMay } from '@/shell/session';
import { ListDialog } from './ListDialog';
import { ListTable } from './ListTable';
import { listTexts } from './listTexts';
import { ListWordsDrawer } from './ListWordsDrawer';
import { ModerationFrame } from './ModerationFrame';

/** 关键词名单. */
export default function KeywordListsPage() {
  const t = useTexts(listTexts);
  return <ModerationFrame about={t.about}>{(service) => <Lists service={service} />}</ModerationFrame>;
}

function Lists({ service }: { service: Moderation }) {
  const t = useTexts(listTexts);
  const editable = useMay()('moderation_write');
  const [{ name }, setFilters] = useFilters(['name']);
  const writing = useOpening<KeywordListRow | undefined>();
  const entering = useOpening<KeywordListRow>();
  const { lists, lists_max: most } = service;
  const full = most !== null && lists.length >= most;
  return (
    <Panel>
      {!service.settings.kinds.includes('text') && (
        <Alert type="info" showIcon title={t.idle} className="form-note" />
      )}
      <Toolbar
        filters={
          <>
            <span className="faint">{most === null ? t.countOnly(lists.length) : t.count(lists.length, most)}</span>
            <SearchInput label={t.search} value={name} onSearch={(name) => setFilters({ name })} />
          </>
        }
      >
        {editable && (
          <Tooltip title={full ? t.full(most) : undefined}>
            <Button type="primary" icon={<PlusOutlined />} disabled={full} onClick={() => writing.show(undefined)}>
              {t.add}
            </Button>
          </Tooltip>
        )}
      </Toolbar>
      <ListTable
        lists={name === undefined ? lists : lists.filter((list) => list.name === name)}
        tags={service.tags}
        empty={name === undefined ? t.empty : t.notFound}
        to={{ enter: entering.show, edit: writing.show }}
      />
      <ListDialog
        service={service}
        list={writing.about}
        open={writing.open}
        onClose={writing.hide}
        onCreated={entering.show}
      />
      <ListWordsDrawer
        // The number of its words changes while the drawer is open.
        list={lists.find(({ id }) => id === entering.about?.id)}
        most={service.words_max}
        open={entering.open}
        onClose={entering.hide}
      />
    </Panel>
  );
}
