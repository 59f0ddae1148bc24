import { createContext, useContext } from 'react';

/** The app whose pages are on show. */
export interface AppScope {
  org: string;
  app: string;
  /** `org#app` */
  appKey: string;
  /** Where its API begins: `/apps/org/app`. */
  api: string;
  /** Where its pages begin: `/app/org/app`. */
  home: string;
}

export const AppContext = createContext<AppScope | undefined>(undefined);

/** For pages below `/app/:org/:app`. */
export function useApp(): AppScope {
  const app = useContext(AppContext);
  if (!app) throw new Error('useApp outside the pages of an app');
  return app;
}
