import { Skeleton } from 'antd';
import { Outlet } from 'react-router';
import { useSessionQuery } from '@/api/session';
import { ErrorState } from '@/components/ErrorState';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { LanguageSwitch } from '@/shell/LanguageSwitch';
import { Logo } from '@/shell/Logo';
import { Skyline } from './Skyline';
import { authTexts } from './texts';
import './auth.css';

/** The pages of those who are not signed in: what this is on the left, the form on the right. */
export default function AuthLayout() {
  const t = useTexts(authTexts);
  const words = useTexts(common);
  // The forms differ by what the installation allows; they come when that is known.
  const { data: session, error, refetch } = useSessionQuery();
  return (
    <div className="auth">
      <section className="auth-about" aria-label={words.console}>
        <div className="auth-brand">
          <Logo size={40} />
          <span>{words.console}</span>
        </div>
        <div className="auth-pitch">
          <p className="auth-tagline">{t.tagline}</p>
          <p className="auth-lead">{t.lead}</p>
          <ul>
            {t.points.split('\n').map((point) => (
              <li key={point}>{point}</li>
            ))}
          </ul>
        </div>
        <Skyline />
      </section>
      <main className="auth-main">
        <div className="auth-top">
          <LanguageSwitch />
        </div>
        <div className="auth-form">
          {session ? (
            <Outlet />
          ) : error ? (
            <ErrorState error={error} onRetry={() => void refetch()} />
          ) : (
            <Skeleton active paragraph={{ rows: 6 }} />
          )}
        </div>
      </main>
    </div>
  );
}
