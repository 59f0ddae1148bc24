import { Button, Tabs } from 'antd';
import { useFilters } from '@/api/lists';
import { useOpening } from '@/components/dialog';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { InviteDialog } from '@/features/members/InviteDialog';
import { InviteTable } from '@/features/members/InviteTable';
import { useTexts } from '@/i18n';
import { useInstallation } from '@/shell/session';
import { CreateOrganisationDialog } from './CreateOrganisationDialog';
import { MailPanel } from './MailPanel';
import { OrganisationTable } from './OrganisationTable';
import { organisationTexts } from './organisationTexts';

/** `/account/organisations`: every customer of the installation, for its operator. */
export default function OrganisationsPage() {
  const t = useTexts(organisationTexts);
  const { registration } = useInstallation();
  const [{ tab }, setFilters] = useFilters(['tab', 'search']);
  const creating = useOpening();
  const inviting = useOpening();
  const invites = registration !== 'closed';
  return (
    <>
      <PageHeader
        description={t.about}
        extra={
          <>
            {invites && <Button onClick={() => inviting.show(true)}>{t.invite}</Button>}
            <Button type="primary" onClick={() => creating.show(true)}>
              {t.create}
            </Button>
          </>
        }
      />
      <Panel className="tabbed">
        <Tabs
          activeKey={tab ?? 'organisations'}
          onChange={(key) => setFilters({ tab: key === 'organisations' ? undefined : key, search: undefined })}
          destroyOnHidden
          items={[
            { key: 'organisations', label: t.organisations, children: <OrganisationTable /> },
            ...(invites ? [{ key: 'invites', label: t.invites, children: <InviteTable founding /> }] : []),
            { key: 'mail', label: t.mail, children: <MailPanel /> },
          ]}
        />
      </Panel>
      <CreateOrganisationDialog open={creating.open} onClose={creating.hide} />
      <InviteDialog founding open={inviting.open} onClose={inviting.hide} />
    </>
  );
}
