import {
  AccountBookOutlined,
  AuditOutlined,
  DownOutlined,
  FileTextOutlined,
  LogoutOutlined,
  PayCircleOutlined,
  SafetyOutlined,
  ShopOutlined,
  TeamOutlined,
  UserOutlined,
} from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { Button, Dropdown, type MenuProps } from 'antd';
import { Link, NavLink, useNavigate } from 'react-router';
import { api } from '@/api/client';
import { useAction } from '@/api/hooks';
import { forgetSession } from '@/api/session';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { LanguageSwitch } from './LanguageSwitch';
import { Logo } from './Logo';
import { accountMenu, billingMenu, topPages } from './nav';
import { OrganisationTag } from './organisation';
import { maySee, pagesOf, visible } from './pages';
import { useSession } from './session';
import { navTexts, shellTexts, type NavKey } from './texts';

export function TopBar() {
  const t = useTexts(shellTexts);
  const nav = useTexts(navTexts);
  const words = useTexts(common);
  const session = useSession();
  return (
    <header className="top-bar">
      <Link to="/" className="brand" aria-label={words.console}>
        <Logo />
        <span>{words.product}</span>
      </Link>
      <nav className="top-links" aria-label={t.topNav}>
        {topPages
          .filter((page) => maySee(page, session))
          .map(({ label, path }) => (
            <NavLink key={path} to={`/${path}`}>
              {nav[label]}
            </NavLink>
          ))}
        {visible(billingMenu, session).length > 0 && <NavLink to="/billing">{nav.billing}</NavLink>}
      </nav>
      <div className="top-end">
        <OrganisationTag />
        <Link to="/docs" target="_blank" className="top-link">
          {t.reference}
        </Link>
        <LanguageSwitch dark />
        <AccountMenu />
      </div>
    </header>
  );
}

const icons: Partial<Record<NavKey, React.ReactNode>> = {
  accountInfo: <UserOutlined />,
  accountSecurity: <SafetyOutlined />,
  members: <TeamOutlined />,
  audit: <AuditOutlined />,
  organisations: <ShopOutlined />,
  billingOrgs: <AccountBookOutlined />,
  billingRecharges: <PayCircleOutlined />,
  catalogue: <FileTextOutlined />,
};

function AccountMenu() {
  const t = useTexts(shellTexts);
  const nav = useTexts(navTexts);
  const session = useSession();
  const { me } = session;
  const navigate = useNavigate();
  const client = useQueryClient();
  const signOut = useAction(async () => {
    await api.post('/logout', undefined, { anonymous: true });
    await navigate('/user/login');
    await forgetSession(client);
  });
  const pages = pagesOf(accountMenu).filter(({ entry }) => maySee(entry, session));
  const items: NonNullable<MenuProps['items']> = [
    {
      key: 'who',
      type: 'group',
      label: (
        <span className="menu-who">
          {me.email}
          <small>{t[me.role]}</small>
        </span>
      ),
    },
    ...pages.map(({ entry: { label, path } }) => ({
      key: `/account/${path}`,
      icon: icons[label],
      label: nav[label],
    })),
    { type: 'divider' as const },
    { key: 'out', icon: <LogoutOutlined />, label: t.signOut },
  ];
  return (
    <Dropdown
      trigger={['click']}
      placement="bottomRight"
      menu={{
        items,
        onClick: ({ key }) => {
          if (key === 'out') void signOut.run();
          else void navigate(key);
        },
      }}
    >
      <Button
        type="text"
        className="top-button"
        icon={<DownOutlined className="caret" />}
        iconPlacement="end"
        loading={signOut.busy}
        aria-haspopup="menu"
        aria-label={`${me.name || me.email} ${t.accountMenu}`}
      >
        <span className="account-name">
          <UserOutlined /> {me.name || me.email}
        </span>
      </Button>
    </Dropdown>
  );
}
