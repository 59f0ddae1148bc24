import type { ComponentType } from 'react';
import { createBrowserRouter, Navigate, type RouteObject } from 'react-router';
import AuthLayout from './features/auth/AuthLayout';
import LoginPage from './features/auth/LoginPage';
import { Crash } from './shell/Crash';
import { accountMenu, appMenu, billingMenu, topPages } from './shell/nav';
import { maySee, pagesOf, type PageEntry, type Section } from './shell/pages';
import { useSession } from './shell/session';
import type { NavKey } from './shell/texts';
import type { PageHandle } from './shell/trail';

type Page = () => Promise<{ default: ComponentType }>;

/** A part that is loaded when it is first shown. */
const part = (page: Page) => ({ lazy: async () => ({ Component: (await page()).default }) });

/** A page that only shows to those who may see it. */
function route(entry: PageEntry, trail: NavKey[]): RouteObject {
  return {
    path: entry.path,
    handle: { trail } satisfies PageHandle,
    // The menus stay around a page that fails.
    ErrorBoundary: Crash,
    lazy: async () => {
      const [{ default: Page }, { NotFound }] = await Promise.all([entry.page(), import('./shell/NotFound')]);
      return { Component: () => (maySee(entry, useSession()) ? <Page /> : <NotFound />) };
    },
  };
}

const notFound: RouteObject = {
  path: '*',
  ...part(async () => ({ default: (await import('./shell/NotFound')).NotFound })),
};

const landing = topPages[0] ? `/${topPages[0].path}` : '/account/info';

/** The first page of a menu that the account may see. */
function FirstOf({ sections, base }: { sections: readonly Section[]; base: string }) {
  const session = useSession();
  const first = pagesOf(sections).find(({ entry }) => maySee(entry, session));
  return <Navigate to={base + (first?.entry.path ?? 'none')} replace />;
}

export const router = createBrowserRouter(
  [
    {
      ErrorBoundary: Crash,
      HydrateFallback: () => null,
      children: [
        {
          path: 'user',
          Component: AuthLayout,
          children: [
            { index: true, element: <Navigate to="login" replace /> },
            // What the first visit shows comes in one piece.
            { path: 'login', Component: LoginPage },
            { path: 'register', ...part(() => import('./features/auth/RegisterPage')) },
            { path: 'forgot', ...part(() => import('./features/auth/ForgotPage')) },
            { path: 'reset', ...part(() => import('./features/auth/ResetPage')) },
            { path: 'verify', ...part(() => import('./features/auth/VerifyPage')) },
            { path: 'first-password', ...part(() => import('./features/auth/FirstPasswordPage')) },
            { path: 'terms', ...part(() => import('./features/auth/TermsPage')) },
            { path: 'privacy', ...part(() => import('./features/auth/PrivacyPage')) },
            { path: '*', element: <Navigate to="/user/login" replace /> },
          ],
        },
        // For everybody who builds on this server, signed in or not.
        { path: 'docs', ...part(() => import('./features/reference/ReferencePage')) },
        {
          ...part(() => import('./shell/Shell')),
          children: [
            {
              ErrorBoundary: Crash,
              children: [
                { index: true, element: <Navigate to={landing} replace /> },
                {
                  ...part(() => import('./shell/TopLayout')),
                  children: [...topPages.map((entry) => route(entry, [entry.label])), notFound],
                },
                {
                  path: 'account',
                  ...part(() => import('./shell/AccountLayout')),
                  children: [
                    { index: true, element: <FirstOf sections={accountMenu} base="" /> },
                    ...pagesOf(accountMenu).map(({ entry, trail }) => route(entry, trail)),
                    notFound,
                  ],
                },
                {
                  path: 'billing',
                  ...part(() => import('./shell/BillingLayout')),
                  children: [
                    { index: true, element: <FirstOf sections={billingMenu} base="" /> },
                    ...pagesOf(billingMenu).map(({ entry, trail }) => route(entry, trail)),
                    notFound,
                  ],
                },
                {
                  path: 'app/:org/:app',
                  ...part(() => import('./shell/AppLayout')),
                  children: [
                    { index: true, element: <FirstOf sections={appMenu} base="" /> },
                    ...pagesOf(appMenu).map(({ entry, trail }) => route(entry, trail)),
                    notFound,
                  ],
                },
              ],
            },
          ],
        },
      ],
    },
  ],
  { basename: '/console' },
);
