// The chat's own words for what travels through the SDK. Nothing here knows the SDK.

export type ConversationKind = 'single' | 'group';
export type ConversationKey = `${ConversationKind}:${string}`;

export function conversationKey(kind: ConversationKind, id: string): ConversationKey {
  return `${kind}:${id}`;
}

export type Status = 'sending' | 'sent' | 'delivered' | 'read' | 'failed';

export type Content =
  | { kind: 'text'; text: string }
  | { kind: 'image'; url: string; thumb: string; width: number; height: number; name: string }
  | { kind: 'file'; url: string; name: string; size: number }
  | { kind: 'audio'; url: string; seconds: number }
  | { kind: 'video'; url: string; name: string }
  | { kind: 'location'; address: string; latitude: number; longitude: number }
  | { kind: 'custom'; event: string }
  | { kind: 'bundle'; title: string; summary: string };

export interface Message {
  /** Stays the same from the moment of sending on, unlike `id`. */
  key: string;
  /** The server's id; the local one until the server has answered. */
  id: string;
  conversation: ConversationKey;
  from: string;
  time: number;
  own: boolean;
  content: Content;
  /** Only own messages have one. */
  status?: Status;
  error?: ErrorText;
  /** Share of the upload done, 0 to 1. */
  progress?: number;
  recalledBy?: string;
}

/** Something that happened in a group, shown between its messages. */
export interface Notice {
  key: string;
  time: number;
  event: 'joined' | 'left' | 'removed-self' | 'destroyed' | 'renamed';
  users: string[];
  name?: string;
}

/** What the conversation list shows of the newest message. */
export interface Preview {
  messageId: string;
  from: string;
  time: number;
  kind: Content['kind'] | 'recalled';
  text?: string;
}

export interface Conversation {
  key: ConversationKey;
  kind: ConversationKind;
  id: string;
  /** A group's name, once known. */
  name?: string;
  last?: Preview;
  unread: number;
  /** The time of the newest message the user has seen. */
  readUpTo: number;
  /** The times of the newest own messages that the other user's device has got, and the other user has seen. */
  peerGotUpTo?: number;
  peerReadUpTo?: number;
  /** The last recalled messages: the history no longer has them. */
  recalled?: Tombstone[];
  /** Orders conversations that have no message yet. */
  since: number;
  /** The user is no longer in this group. */
  closed?: boolean;
}

/** What is left of a recalled message. */
export interface Tombstone {
  id: string;
  from: string;
  by: string;
  time: number;
}

export interface Timeline {
  messages: Message[];
  notices: Notice[];
  /** Where the next older page begins; absent before the first page. */
  cursor?: string;
  /** The first page of history is here. */
  loaded: boolean;
  loading: boolean;
  complete: boolean;
  error?: ErrorText;
}

export interface Profile {
  nickname?: string;
  avatar?: string;
}

export type GroupRole = 'owner' | 'admin' | 'member';

export interface GroupDetail {
  id: string;
  name: string;
  description: string;
  count: number;
  members: { id: string; role: GroupRole }[];
}

export type ConnectionState = 'connecting' | 'connected' | 'reconnecting' | 'disconnected' | 'kicked';

/** Why a session is over for good. */
export type EndReason =
  | 'other-device'
  | 'removed'
  | 'password-changed'
  | 'kicked-by-device'
  | 'too-many-devices'
  | 'token-expired'
  | 'serving-disabled'
  | 'auth-failed';

/** A text key of the translations, with what the server said where that helps. */
export interface ErrorText {
  key: ErrorKey;
  detail?: string;
}

export type ErrorKey =
  | 'error.network'
  | 'error.timeout'
  | 'error.unknown'
  | 'error.auth'
  | 'error.app-not-found'
  | 'error.user-not-found'
  | 'error.token-expired'
  | 'error.too-many-devices'
  | 'error.limit'
  | 'error.not-enabled'
  | 'error.recall-window'
  | 'error.denied'
  | 'error.not-in-group'
  | 'error.group-gone'
  | 'error.group-full'
  | 'error.muted'
  | 'error.too-large'
  | 'error.upload'
  | 'error.file-too-large'
  | 'error.file-empty'
  | 'error.blocked-content'
  | 'error.rate'
  | 'error.not-friend'
  | 'error.not-connected'
  | 'error.busy';

/** Message ids are decimal and longer than a JavaScript number can hold. */
export function compareIds(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

export function splitKey(key: ConversationKey): { kind: ConversationKind; id: string } {
  const colon = key.indexOf(':');
  return { kind: key.slice(0, colon) as ConversationKind, id: key.slice(colon + 1) };
}
