// What survives a reload. A tab is one user on one device, so the session lives in the tab; the
// conversation list belongs to the user and lives in the browser.

import type { Conversation } from './model';

export interface Session {
  appKey: string;
  user: string;
  token: string;
}

const sessionKey = 'hongyan-chat.session';
const deviceKey = 'hongyan-chat.device';

export function loadSession(appKey: string): Session | undefined {
  const session = read<Session>(sessionStorage, sessionKey);
  return session?.appKey === appKey ? session : undefined;
}

export function saveSession(session: Session): void {
  write(sessionStorage, sessionKey, session);
}

export function clearSession(): void {
  sessionStorage.removeItem(sessionKey);
}

/**
 * The device id of this tab. Duplicating a tab duplicates its storage too, and two connections of one
 * device push each other out; the lock tells the copy that it needs an id of its own.
 */
export function claimDevice(): Promise<string> {
  return (device ??= findDevice());
}

let device: Promise<string> | undefined;

async function findDevice(): Promise<string> {
  const known = read<string>(sessionStorage, deviceKey);
  if (known && (await claim(known))) return known;
  const fresh = randomId();
  await claim(fresh);
  write(sessionStorage, deviceKey, fresh);
  return fresh;
}

async function claim(device: string): Promise<boolean> {
  // Locks exist only on https and localhost. Elsewhere a duplicated tab stays a duplicate.
  if (!navigator.locks) return true;
  return new Promise((resolve) => {
    navigator.locks
      .request(
        `hongyan-chat.device.${device}`,
        // A reloaded page may have to wait for its former self to go.
        { signal: AbortSignal.timeout(800) },
        () => {
          resolve(true);
          return new Promise<void>(() => {});
        },
      )
      .catch(() => resolve(false));
  });
}

function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}

export function loadConversations(appKey: string, user: string): Conversation[] {
  return read<Conversation[]>(localStorage, conversationsKey(appKey, user)) ?? [];
}

export function saveConversations(appKey: string, user: string, conversations: Conversation[]): void {
  write(localStorage, conversationsKey(appKey, user), conversations);
}

function conversationsKey(appKey: string, user: string): string {
  return `hongyan-chat.conversations.${appKey}.${user}`;
}

function read<T>(storage: Storage, key: string): T | undefined {
  try {
    const text = storage.getItem(key);
    return text === null ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined;
  }
}

function write(storage: Storage, key: string, value: unknown): void {
  try {
    storage.setItem(key, JSON.stringify(value));
  } catch {
    // A full or forbidden storage costs only what a reload would have kept.
  }
}
