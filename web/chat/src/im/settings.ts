// Where the server is, which app this page belongs to, and who may try it.

/** The page is served by the Hongyan server itself, so its origin is the server. */
export const apiUrl = window.location.origin;
export const socketUrl = `${window.location.protocol === 'https:' ? 'wss' : 'ws'}://${window.location.host}/websocket`;

const demoAppKey = 'demo#chat';

export const appKey = readAppKey();
export const isDemo = appKey === demoAppKey;

/** The users a server started with `--demo` makes, and their password. */
export const demoUsers = ['alice', 'bob', 'carol', 'dave'];
export const demoPassword = 'hongyan';

/** The server refuses larger uploads. */
export const maxFileSize = 10 * 1024 * 1024;

function readAppKey(): string {
  const given = new URLSearchParams(window.location.search).get('appkey')?.trim();
  if (!given) return demoAppKey;
  // A "#" typed into the address bar without escaping ends the query.
  if (!given.includes('#') && window.location.hash.length > 1) return given + window.location.hash;
  return given;
}

export function isUserId(text: string): boolean {
  return /^[a-z0-9_.-]{1,64}$/.test(text);
}
