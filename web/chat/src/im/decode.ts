// What the SDK delivers, in the chat's own words.

import type { EasemobChat } from 'easemob-websdk';
import { conversationKey, type Content, type Message } from './model';

export type GroupChange =
  | { change: 'added'; group: string; name?: string }
  | { change: 'joined' | 'left'; group: string; users: string[] }
  | { change: 'removed-self' | 'destroyed'; group: string }
  | { change: 'renamed'; group: string; name: string };

/** `membersPresence` carries its users in a field that the typings leave out. */
export type RawGroupEvent = EasemobChat.GroupEvent & { members?: string[] };

export function groupChange(event: RawGroupEvent): GroupChange | undefined {
  const group = event.id;
  switch (event.operation) {
    case 'create':
    case 'directJoined':
      return { change: 'added', group, name: event.name };
    case 'memberPresence':
    case 'membersPresence':
      return { change: 'joined', group, users: event.members ?? [event.from] };
    case 'memberAbsence':
    case 'membersAbsence':
      return { change: 'left', group, users: event.members ?? [event.from] };
    case 'removeMember':
      return { change: 'removed-self', group };
    case 'destroy':
      return { change: 'destroyed', group };
    case 'updateInfo':
      return event.detail?.name ? { change: 'renamed', group, name: event.detail.name } : undefined;
    default:
      return undefined;
  }
}

/** The union of the SDK's message shapes, loosely: which fields are there depends on `type`. */
export interface AnyMessage {
  id: string;
  type: string;
  chatType: 'singleChat' | 'groupChat' | 'chatRoom';
  from?: string;
  to: string;
  time: number;
  isRead?: boolean;
  isDelivered?: boolean;
  msg?: string;
  url?: string;
  thumb?: string;
  width?: number;
  height?: number;
  filename?: string;
  file_length?: number;
  length?: number;
  addr?: string;
  lat?: number;
  lng?: number;
  customEvent?: string;
  title?: string;
  summary?: string;
}

export function incoming(raw: AnyMessage, user: string): Message | undefined {
  const content = readContent(raw);
  if (!content || raw.chatType === 'chatRoom') return undefined;
  // A message between two devices of one user names the device too: "alice/webim_…".
  const from = (raw.from ?? '').split('/')[0]!;
  const own = from === user;
  const single = raw.chatType === 'singleChat';
  return {
    key: raw.id,
    id: raw.id,
    conversation: single ? conversationKey('single', own ? raw.to : from) : conversationKey('group', raw.to),
    from,
    time: Number(raw.time),
    own,
    content,
    status: !own
      ? undefined
      : single && raw.isRead
        ? 'read'
        : single && raw.isDelivered
          ? 'delivered'
          : 'sent',
  };
}

function readContent(raw: AnyMessage): Content | undefined {
  const name = raw.filename ?? '';
  switch (raw.type) {
    case 'txt':
      return { kind: 'text', text: raw.msg ?? '' };
    case 'img':
      return {
        kind: 'image',
        url: raw.url ?? '',
        thumb: raw.thumb || raw.url || '',
        width: raw.width ?? 0,
        height: raw.height ?? 0,
        name,
      };
    case 'file':
      return { kind: 'file', url: raw.url ?? '', name, size: Number(raw.file_length ?? 0) };
    case 'audio':
      return { kind: 'audio', url: raw.url ?? '', seconds: raw.length ?? 0 };
    case 'video':
      return { kind: 'video', url: raw.url ?? '', name };
    case 'loc':
      return { kind: 'location', address: raw.addr ?? '', latitude: raw.lat ?? 0, longitude: raw.lng ?? 0 };
    case 'custom':
      return { kind: 'custom', event: raw.customEvent ?? '' };
    case 'combine':
      return { kind: 'bundle', title: raw.title ?? '', summary: raw.summary ?? '' };
    default:
      return undefined;
  }
}
