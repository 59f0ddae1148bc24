import { useQueryClient } from '@tanstack/react-query';
import { api, ApiError } from '@/api/client';
import type { AppToken, IssueAppToken } from '@/api/types/apps';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import type { Values } from './request';
import { sendRequest } from './send';
import { restTestTexts } from './texts';

const lifetimeSeconds = 1800;
/** Whoever is given a token has some time to use it. */
const keptMs = (lifetimeSeconds - 120) * 1000;

/** Gives the token that a request is sent with. */
export function useToken(): (choice: Values['token']) => Promise<string | undefined> {
  const client = useQueryClient();
  const app = useApp();
  const t = useTexts(restTestTexts);
  const kept = (path: string, issue: () => Promise<string>): Promise<string> =>
    client.fetchQuery({ queryKey: [path, {}], queryFn: issue, staleTime: keptMs, gcTime: keptMs });
  const appToken = (): Promise<string> =>
    kept(`${app.api}/app-token`, async () => {
      const body: IssueAppToken = { ttl_seconds: lifetimeSeconds };
      return (await api.post<AppToken>(`${app.api}/app-token`, body)).access_token;
    });
  const userToken = (username: string): Promise<string> =>
    kept(`${app.api}/app-token/users/${username}`, async () => {
      const text = JSON.stringify({ grant_type: 'inherit', username, ttl: lifetimeSeconds });
      const answer = await sendRequest({
        method: 'POST',
        url: `${window.location.origin}/${app.org}/${app.app}/token`,
        token: await appToken(),
        payload: { kind: 'application/json', text },
      });
      const said = JSON.parse(answer.text ?? '{}') as { access_token?: string; error_description?: string };
      if (said.access_token) return said.access_token;
      const why = t.noUserToken(said.error_description ?? String(answer.status));
      throw new ApiError(answer.status, 'user_token', why, 'token.user', {});
    });
  return async ({ speaker, user, text }) => {
    switch (speaker) {
      case 'app':
        return appToken();
      case 'user':
        return userToken(user?.trim().toLowerCase() ?? '');
      case 'pasted':
        return text?.trim().replace(/^Bearer\s+/i, '');
      case 'nobody':
        return undefined;
    }
  };
}
