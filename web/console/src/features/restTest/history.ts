import { skipToken, useQuery, useQueryClient } from '@tanstack/react-query';
import { useApp } from '@/shell/app';
import type { Values } from './request';

/** A request that was sent. */
export interface Sent {
  id: number;
  /** When. */
  at: number;
  endpoint: string;
  values: Values;
  status: number;
  ms: number;
}

const most = 20;

/** The last requests to the app, the newest first. They are kept like what is read, so they end with the session. */
export function useHistory(): { sent: readonly Sent[]; add(sent: Omit<Sent, 'id'>): void; clear(): void } {
  const client = useQueryClient();
  const app = useApp();
  const key = [`${app.api}/rest-test`];
  const { data: sent = [] } = useQuery<readonly Sent[]>({
    queryKey: key,
    queryFn: skipToken,
    staleTime: Infinity,
    gcTime: Infinity,
  });
  return {
    sent,
    add: (one) =>
      client.setQueryData<readonly Sent[]>(key, (old = []) => [{ ...one, id: (old[0]?.id ?? 0) + 1 }, ...old].slice(0, most)),
    clear: () => client.setQueryData<readonly Sent[]>(key, []),
  };
}
