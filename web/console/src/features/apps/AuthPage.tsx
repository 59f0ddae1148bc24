import { useRead } from '@/api/hooks';
import type { AppDetail } from '@/api/types/apps';
import { ErrorState } from '@/components/ErrorState';
import { PageHeader } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { AppTokenCard } from './AppTokenCard';
import { authTexts } from './authTexts';
import { RegistrationCard } from './RegistrationCard';
import { TokenLifetimeCard } from './TokenLifetimeCard';
import './apps.css';

export default function AuthPage() {
  const t = useTexts(authTexts);
  const app = useApp();
  const { data: detail, error, refetch } = useRead<AppDetail>(app.api);
  return (
    <>
      <PageHeader description={t.about} />
      {error && !detail ? (
        <Panel>
          <ErrorState error={error} onRetry={() => void refetch()} />
        </Panel>
      ) : (
        <>
          {detail ? (
            <TokenLifetimeCard key={detail.token_ttl_seconds} seconds={detail.token_ttl_seconds} />
          ) : (
            <Panel title={t.lifetime} loading>
              {null}
            </Panel>
          )}
          {detail ? (
            <AppTokenCard detail={detail} />
          ) : (
            <Panel title={t.appToken} loading>
              {null}
            </Panel>
          )}
          <RegistrationCard />
        </>
      )}
    </>
  );
}
