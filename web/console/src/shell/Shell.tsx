import { Alert, Button, Skeleton } from 'antd';
import { useEffect, useRef } from 'react';
import { Link, Navigate, Outlet, useLocation, useNavigation } from 'react-router';
import { useSessionQuery } from '@/api/session';
import type { Me } from '@/api/types/account';
import { ConfirmProvider } from '@/components/ConfirmDialog';
import { ErrorState } from '@/components/ErrorState';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useAccountLanguage } from './language';
import { pathToLogin } from './login';
import { OrganisationProvider } from './organisation';
import { SessionContext } from './session';
import { shellTexts } from './texts';
import { TopBar } from './TopBar';
import { VerificationDialog } from './VerificationDialog';

/** Everything behind the login: the session, the top bar, and the page below it. */
export default function Shell() {
  const { data: session, error, refetch } = useSessionQuery();
  const { pathname, search, hash } = useLocation();
  if (error && !session) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (!session) return <ShellSkeleton />;
  const here = pathname + search + hash;
  if (!session.signed_in) return <Navigate to={pathToLogin(here)} replace />;
  if (session.signed_in.must_change_password) {
    return <Navigate to={pathToLogin(here, '/user/first-password')} replace />;
  }
  return (
    <SessionContext value={{ me: session.signed_in, installation: session.installation }}>
      <OrganisationProvider>
        <ConfirmProvider>
          <Frame me={session.signed_in} mail={session.installation.mail_configured} />
          <VerificationDialog />
        </ConfirmProvider>
      </OrganisationProvider>
    </SessionContext>
  );
}

function Frame({ me, mail }: { me: Me; mail: boolean }) {
  const t = useTexts(shellTexts);
  const words = useTexts(common);
  const busy = useNavigation().state === 'loading';
  const { pathname } = useLocation();
  const main = useRef<HTMLElement>(null);
  const shown = useRef(pathname);
  useAccountLanguage(me);
  useEffect(() => {
    if (shown.current === pathname) return;
    shown.current = pathname;
    // As a page load would: from the top, and read from there.
    main.current?.focus({ preventScroll: true });
    main.current?.querySelector('.page-scroll')?.scrollTo(0, 0);
  }, [pathname]);
  return (
    <div className="shell">
      <a href="#main" className="skip-link">
        {words.skipToContent}
      </a>
      {busy && <div className="page-progress" role="progressbar" aria-label={t.loadingPage} />}
      <TopBar />
      {!me.email_verified && mail && pathname !== '/account/info' && (
        <Alert
          banner
          type="info"
          title={t.unverified}
          action={
            <Link to="/account/info">
              <Button size="small">{t.verifyEmail}</Button>
            </Link>
          }
        />
      )}
      <main id="main" ref={main} tabIndex={-1} className="shell-main">
        <Outlet />
      </main>
    </div>
  );
}

/** The bars in their places, so that nothing moves when the session is known. */
function ShellSkeleton() {
  return (
    <div className="shell" aria-busy="true">
      <header className="top-bar" />
      <div className="page-scroll">
        <div className="page">
          <Skeleton active paragraph={{ rows: 6 }} />
        </div>
      </div>
    </div>
  );
}
