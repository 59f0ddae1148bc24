// How pages read and write. A read is known by its path and query; a write names the paths whose reads it makes old.

import { keepPreviousData, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { App, Button } from 'antd';
import { useCallback, useState } from 'react';
import { useLanguage } from '@/i18n';
import { common } from '@/i18n/common';
import { api, Cancelled, NetworkError, type Query } from './client';
import { describe } from './errors';

interface ReadOptions {
  /** Not yet, when false. */
  enabled?: boolean;
  /** Reads again this often, in ms, while the page is in front. */
  every?: number;
  /** Shows the last answer while the next one, to another query, is on its way. */
  keep?: boolean;
  /** Forgets the answer as soon as nothing shows it: what a form starts with. */
  fresh?: boolean;
}

/** `GET path?query`. */
export function useRead<T>(path: string, query: Query = {}, { enabled, every, keep, fresh }: ReadOptions = {}) {
  return useQuery({
    queryKey: [path, query],
    queryFn: ({ signal }) => api.get<T>(path, query, { signal }),
    enabled: enabled ?? true,
    refetchInterval: every ?? false,
    ...(keep ? { placeholderData: keepPreviousData } : {}),
    ...(fresh ? { gcTime: 0 } : {}),
  });
}

/** Makes every read below these paths old: those on show are read again. */
export function invalidate(client: QueryClient, paths: readonly string[]): Promise<void> {
  return client.invalidateQueries({
    predicate: ({ queryKey: [path] }) =>
      typeof path === 'string' && paths.some((old) => path === old || path.startsWith(`${old}/`)),
  });
}

export function useInvalidate(): (...paths: string[]) => Promise<void> {
  const client = useQueryClient();
  return useCallback((...paths) => invalidate(client, paths), [client]);
}

interface ActionOptions {
  /** Said when it worked. */
  done?: string;
  /** Paths whose reads it makes old. */
  changes?: readonly string[];
}

/**
 * A write that a button starts: busy while under way, an error becomes a toast (with a button to try again when the
 * server was not reached). `run` resolves to whether it worked. Forms have `useSubmit` instead.
 */
export function useAction<A extends unknown[]>(
  write: (...args: A) => Promise<unknown>,
  { done, changes = [] }: ActionOptions = {},
): { run(...args: A): Promise<boolean>; busy: boolean } {
  const { message } = App.useApp();
  const client = useQueryClient();
  const complain = useComplain();
  const [busy, setBusy] = useState(false);
  const run = async (...args: A): Promise<boolean> => {
    setBusy(true);
    try {
      await write(...args);
      await invalidate(client, changes);
      if (done) void message.success(done);
      return true;
    } catch (error) {
      complain(error, () => void run(...args));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { run, busy };
}

/** Shows an error as a toast; `again` is offered when the server was not reached. */
export function useComplain(): (error: unknown, again?: () => void) => void {
  const { message, notification } = App.useApp();
  const { language } = useLanguage();
  return useCallback(
    (error, again) => {
      if (error instanceof Cancelled) return;
      const text = describe(error, language);
      if (!(error instanceof NetworkError) || !again) {
        void message.error(text);
        return;
      }
      const retry = (): void => {
        notification.destroy(offline);
        again();
      };
      notification.error({
        key: offline,
        title: text,
        duration: 0,
        actions: (
          <Button type="primary" size="small" onClick={retry}>
            {common[language].retry}
          </Button>
        ),
      });
    },
    [message, notification, language],
  );
}

/** One toast, however many calls fail. */
const offline = 'offline';
