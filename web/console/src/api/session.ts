// Who is signed in. The session's answer also carries the CSRF token for every write.

import { useQuery, type QueryClient } from '@tanstack/react-query';
import { api, setCsrfToken } from './client';
import type { SessionInfo } from './types/account';

const key = ['/session', {}] as const;

const query = {
  queryKey: key,
  queryFn: async () => {
    const session = await api.get<SessionInfo>('/session', {}, { anonymous: true });
    setCsrfToken(session.csrf ?? '');
    return session;
  },
  staleTime: 5 * 60_000,
};

/** The session; undefined while it is asked for the first time. */
export function useSessionQuery() {
  return useQuery(query);
}

/** Reads it again, after signing in or a change of the account. */
export function refreshSession(client: QueryClient): Promise<SessionInfo> {
  return client.fetchQuery({ ...query, staleTime: 0 });
}

/** Reads it again, and forgets what was read for whoever was signed in. */
export async function forgetSession(client: QueryClient): Promise<void> {
  const session = await refreshSession(client);
  if (!session.signed_in) client.removeQueries({ predicate: ({ queryKey: [path] }) => path !== key[0] });
}
