import { Button, Tabs } from 'antd';
import { useOpening } from '@/components/dialog';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { useFilters } from '@/api/lists';
import { useTexts } from '@/i18n';
import { NeedOrganisation } from '@/shell/NeedOrganisation';
import { useEntered } from '@/shell/organisation';
import { useMe } from '@/shell/session';
import { CreateMemberDialog } from './CreateMemberDialog';
import { InviteDialog } from './InviteDialog';
import { InviteTable } from './InviteTable';
import { MemberTable } from './MemberTable';
import { memberTexts } from './texts';

/** `/account/members` */
export default function MembersPage() {
  const t = useTexts(memberTexts);
  const { org } = useMe();
  const { entered } = useEntered();
  if (!org && entered === undefined) return <NeedOrganisation text={t.needOrganisationText} />;
  // Another organisation's table starts from its first page.
  return <Members key={entered} about={t.about} />;
}

function Members({ about }: { about: string }) {
  const t = useTexts(memberTexts);
  const [{ tab }, setFilters] = useFilters(['tab', 'search']);
  const creating = useOpening();
  const inviting = useOpening();
  return (
    <>
      <PageHeader
        description={about}
        extra={
          <>
            <Button onClick={() => inviting.show(true)}>{t.invite}</Button>
            <Button type="primary" onClick={() => creating.show(true)}>
              {t.add}
            </Button>
          </>
        }
      />
      <Panel className="tabbed">
        <Tabs
          activeKey={tab ?? 'members'}
          onChange={(key) => setFilters({ tab: key === 'members' ? undefined : key, search: undefined })}
          destroyOnHidden
          items={[
            { key: 'members', label: t.members, children: <MemberTable /> },
            { key: 'invites', label: t.invites, children: <InviteTable /> },
          ]}
        />
      </Panel>
      <CreateMemberDialog open={creating.open} onClose={creating.hide} />
      <InviteDialog open={inviting.open} onClose={inviting.hide} />
    </>
  );
}
