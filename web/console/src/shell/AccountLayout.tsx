import { Outlet } from 'react-router';
import { useTexts } from '@/i18n';
import { accountMenu } from './nav';
import { SideMenu } from './SideMenu';
import { shellTexts } from './texts';

/** The pages of the account, its organisation and the installation. */
export default function AccountLayout() {
  const t = useTexts(shellTexts);
  return (
    <div className="with-menu">
      <SideMenu sections={accountMenu} base="/account" label={t.accountNav} />
      <div className="page-scroll" tabIndex={0}>
        <div className="page">
          <Outlet />
        </div>
      </div>
    </div>
  );
}
