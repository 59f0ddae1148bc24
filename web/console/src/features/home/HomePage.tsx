import { Link } from 'react-router';
import { useRead } from '@/api/hooks';
import type { App } from '@/api/types/apps';
import { Panel } from '@/components/Panel';
import { useDocumentTitle } from '@/components/PageHeader';
import { useTexts } from '@/i18n';
import { useEntered, useOrgQuery } from '@/shell/organisation';
import { useInstallation, useMe } from '@/shell/session';
import { navTexts } from '@/shell/texts';
import { OrganisationTable } from '../account/OrganisationTable';
import { Contact } from '../apps/Contact';
import { appTexts } from '../apps/texts';
import { AppListPanel } from './AppListPanel';
import { ArrearsPanel } from './ArrearsPanel';
import { homeTexts } from './texts';
import { WelcomeCard } from './WelcomeCard';
import '../apps/apps.css';
import './home.css';

export default function HomePage() {
  const words = useTexts(appTexts);
  useDocumentTitle(useTexts(navTexts).home);
  const { contact } = useInstallation();
  const { role } = useMe();
  const { entered } = useEntered();
  // An operator has no apps, but organisations that have some.
  const outside = role === 'operator' && entered === undefined;
  const apps = useRead<App[]>('/apps', useOrgQuery(), { enabled: !outside });
  return (
    <>
      {!outside && <ArrearsPanel />}
      <div className={contact ? 'home-top with-contact' : 'home-top'}>
        <WelcomeCard apps={outside ? null : apps.data?.length} />
        {contact && (
          <Panel title={words.contactTitle}>
            <Contact />
          </Panel>
        )}
      </div>
      {outside ? <Organisations /> : <AppListPanel none={apps.data?.length === 0} />}
    </>
  );
}

/** What an operator chooses from. */
function Organisations() {
  const t = useTexts(homeTexts);
  return (
    <Panel title={t.organisations} extra={<Link to="/account/organisations">{t.manageOrganisations}</Link>}>
      <p className="panel-hint">{t.chooseOrg}</p>
      <OrganisationTable />
    </Panel>
  );
}
