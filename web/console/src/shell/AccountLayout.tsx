import { Outlet } from 'react-router';
import { MenuLayout } from './MenuLayout';
import { accountMenu } from './nav';

/** The pages of the account, its organisation and the installation. */
export default function AccountLayout() {
  return (
    <MenuLayout sections={accountMenu} base="/account" label="accountNav">
      <Outlet />
    </MenuLayout>
  );
}
