import type { AppDetail } from '@/api/types/apps';

/** Where the app's servers reach the REST API; an installation without hosts has the address of this page. */
export function publicOrigin({ rest_hosts: [host] }: Pick<AppDetail, 'rest_hosts'>): string {
  const origin = host === undefined ? window.location.origin : /^https?:/.test(host) ? host : `https://${host}`;
  return origin.replace(/\/$/, '');
}
