import { PlusOutlined } from '@ant-design/icons';
import { Button, Tabs, Tooltip } from 'antd';
import { useFilters } from '@/api/lists';
import type { Moderation, TagRow } from '@/api/types/moderation';
import { useOpening } from '@/components/dialog';
import { Panel } from '@/components/Panel';
import { Toolbar } from '@/components/Toolbar';
import { useTexts } from '@/i18n';
import { useMay } from '@/shell/session';
import { MembersDrawer } from './MembersDrawer';
import { ModerationFrame } from './ModerationFrame';
import { TagDialog } from './TagDialog';
import { TagTable } from './TagTable';
import { tagTexts } from './tagTexts';

/** 用户标签管理. */
export default function TagsPage() {
  const t = useTexts(tagTexts);
  return (
    <ModerationFrame about={t.about}>
      {(service) => (
        <Panel>
          <Tags service={service} />
        </Panel>
      )}
    </ModerationFrame>
  );
}

function Tags({ service }: { service: Moderation }) {
  const t = useTexts(tagTexts);
  const [filters, setFilters] = useFilters(['of']);
  const of: TagRow['of'] = filters.of === 'chats' ? 'chats' : 'users';
  const writing = useOpening<TagRow | undefined>();
  const managing = useOpening<TagRow>();
  const tags = service.tags.filter((tag) => tag.of === of);
  const members = of === 'users' ? service.user_tag_members_max : service.chat_tag_members_max;
  return (
    <>
      <Tabs
        activeKey={of}
        onChange={(to) => setFilters({ of: to === 'users' ? undefined : to })}
        items={(['users', 'chats'] as const).map((key) => ({ key, label: t.tabs(key) }))}
      />
      <p className="panel-hint">{t.abouts(of, members?.toLocaleString() ?? t.unlimited)}</p>
      <Tools
        count={tags.length}
        most={of === 'users' ? service.user_tags_max : service.chat_tags_max}
        onAdd={() => writing.show(undefined)}
      />
      <TagTable service={service} tags={tags} to={{ rename: writing.show, manage: managing.show }} />
      <TagDialog
        of={writing.about?.of ?? of}
        tag={writing.about}
        tags={service.tags}
        open={writing.open}
        onClose={writing.hide}
      />
      <MembersDrawer
        service={service}
        // The number of its members changes while the drawer is open.
        tag={service.tags.find(({ id }) => id === managing.about?.id)}
        open={managing.open}
        onClose={managing.hide}
      />
    </>
  );
}

function Tools({ count, most, onAdd }: { count: number; most: number | null; onAdd: () => void }) {
  const t = useTexts(tagTexts);
  const editable = useMay()('moderation_write');
  const full = most !== null && count >= most;
  return (
    <Toolbar filters={<span className="faint">{most === null ? t.countOnly(count) : t.count(count, most)}</span>}>
      {editable && (
        <Tooltip title={full ? t.full(most) : undefined}>
          <Button type="primary" icon={<PlusOutlined />} disabled={full} onClick={onAdd}>
            {t.add}
          </Button>
        </Tooltip>
      )}
    </Toolbar>
  );
}
