import { useMemo } from 'react';
import { Outlet, useParams } from 'react-router';
import type { AppDetail } from '@/api/types/apps';
import { ApiError } from '@/api/client';
import { useRead } from '@/api/hooks';
import { useTexts } from '@/i18n';
import { AppBanner } from '@/features/apps/AppBanner';
import { AppContext, type AppScope } from './app';
import { AppBar } from './AppBar';
import { appMenu } from './nav';
import { NotFound } from './NotFound';
import { SideMenu } from './SideMenu';
import { shellTexts } from './texts';

/** The pages of an app: its selector, its menu, and the page. */
export default function AppLayout() {
  const t = useTexts(shellTexts);
  const { org = '', app = '' } = useParams();
  const scope = useMemo<AppScope>(
    () => ({ org, app, appKey: `${org}#${app}`, api: `/apps/${org}/${app}`, home: `/app/${org}/${app}` }),
    [org, app],
  );
  const detail = useRead<AppDetail>(scope.api);
  if (detail.error instanceof ApiError && detail.error.status === 404) return <NotFound />;
  return (
    <AppContext value={scope}>
      <AppBar detail={detail.data} />
      <div className="with-menu">
        <SideMenu sections={appMenu} base={scope.home} label={t.menu} />
        <div className="page-scroll" tabIndex={0}>
          {/* Another app is another page: nothing typed or chosen moves over. */}
          <div className="page" key={scope.appKey}>
            <AppBanner detail={detail.data} />
            <Outlet />
          </div>
        </div>
      </div>
    </AppContext>
  );
}
