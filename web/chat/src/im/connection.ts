// The one place that talks to the official SDK: its calls and events in, the chat's own words out.

import type { EasemobChat, EasemobChatStatic } from 'easemob-websdk';
import { groupChange, incoming, type AnyMessage, type GroupChange, type RawGroupEvent } from './decode';
import type { Draft } from './draft';
import { endReason } from './errors';
import type { ConversationKind, EndReason, GroupDetail, Message, Profile } from './model';
import { apiUrl, socketUrl } from './settings';

export interface Target {
  kind: ConversationKind;
  id: string;
}

export interface Sent {
  id: string;
  time: number;
}

export interface HistoryPage {
  /** Oldest first. */
  messages: Message[];
  cursor: string | undefined;
  complete: boolean;
}

export interface Events {
  connected(): void;
  reconnecting(): void;
  /** The SDK has given up reconnecting. */
  disconnected(): void;
  ended(reason: EndReason): void;
  messages(messages: Message[]): void;
  delivered(messageId: string): void;
  read(messageId: string, by: string): void;
  /** `by` has seen everything that `to` wrote. */
  conversationRead(by: string, to: string): void;
  recalled(messageId: string, by: string): void;
  group(change: GroupChange): void;
}

type SdkConnection = EasemobChat.Connection;

let sdk: Promise<EasemobChatStatic> | undefined;

/** The SDK is large: the login screen does not wait for it. */
export function loadSdk(): Promise<EasemobChatStatic> {
  sdk ??= import('easemob-websdk').then(({ default: module }) => {
    module.logger.disableAll();
    return module;
  });
  sdk.catch(() => (sdk = undefined));
  return sdk;
}

export type Credentials = { user: string } & ({ password: string } | { token: string });

export class Connection {
  private constructor(
    private readonly sdk: EasemobChatStatic,
    private readonly inner: SdkConnection,
    readonly user: string,
    readonly token: string,
  ) {}

  static async open(
    appKey: string,
    device: string,
    credentials: Credentials,
    events: Events,
  ): Promise<Connection> {
    const sdk = await loadSdk();
    const { user } = credentials;
    const inner = new sdk.connection({
      appKey,
      apiUrl,
      url: socketUrl,
      isHttpDNS: false,
      delivery: true,
      // Without this the SDK shares one device id among all tabs of the browser, whatever `deviceId` says.
      isFixedDeviceId: false,
      deviceId: device,
      // A server restart must not end the session.
      autoReconnectNumMax: 100_000,
    });
    listen(inner, user, events);
    const login =
      'token' in credentials ? { user, accessToken: credentials.token } : { user, pwd: credentials.password };
    try {
      const result = await inner.open(login);
      return new Connection(
        sdk,
        inner,
        user,
        'token' in credentials ? credentials.token : result.accessToken,
      );
    } catch (error) {
      inner.removeEventHandler(handlerId);
      inner.close();
      throw error;
    }
  }

  close(): void {
    this.inner.removeEventHandler(handlerId);
    this.inner.close();
  }

  /** Sending the same local id again does not store a second message. */
  async send(
    target: Target,
    draft: Draft,
    localId: string | undefined,
    progress: (share: number) => void,
  ): Promise<Sent> {
    const body = this.body(target, draft, progress);
    if (localId) body.id = localId;
    const result = await this.inner.send(body);
    const time = result.message && 'time' in result.message ? Number(result.message.time) : Date.now();
    return { id: String(result.serverMsgId), time };
  }

  newLocalId(): string {
    return this.sdk.utils.getUniqueId();
  }

  async recall(target: Target, messageId: string): Promise<void> {
    await this.inner.recallMessage({ mid: messageId, to: target.id, chatType: chatType(target.kind) });
  }

  async acknowledge(from: string, messageId: string): Promise<void> {
    await this.inner.send(
      this.sdk.message.create({ type: 'read', chatType: 'singleChat', to: from, id: messageId }),
    );
  }

  async acknowledgeConversation(target: Target): Promise<void> {
    await this.inner.send(
      this.sdk.message.create({ type: 'channel', chatType: chatType(target.kind), to: target.id }),
    );
  }

  async history(target: Target, cursor: string | undefined, size: number): Promise<HistoryPage> {
    const page = await this.inner.getHistoryMessages({
      targetId: target.id,
      chatType: chatType(target.kind),
      pageSize: size,
      cursor: cursor ?? -1,
    });
    const messages = (page.messages ?? [])
      .map((message) => incoming(message as AnyMessage, this.user))
      .filter((message) => message !== undefined);
    return {
      messages: messages.reverse(),
      cursor: page.cursor || undefined,
      complete: page.isLast || !page.cursor,
    };
  }

  async joinedGroups(): Promise<{ id: string; name: string }[]> {
    const size = 500;
    const groups: { id: string; name: string }[] = [];
    for (let page = 1; ; page++) {
      const result = await this.inner.getJoinedGroups({ pageNum: page, pageSize: size });
      const rows = (result.data ?? []) as { groupid: string; groupname: string }[];
      groups.push(...rows.map((row) => ({ id: row.groupid, name: row.groupname })));
      if (rows.length < size) return groups;
    }
  }

  async group(id: string): Promise<GroupDetail> {
    const result = await this.inner.getGroupInfo({ groupId: id });
    const info = (result.data as unknown as RawGroup[])[0];
    if (!info) throw { type: 605 };
    const members = (info.affiliations ?? []).map((row) =>
      row.owner !== undefined
        ? { id: row.owner, role: 'owner' as const }
        : row.admin !== undefined
          ? { id: row.admin, role: 'admin' as const }
          : { id: row.member ?? '', role: 'member' as const },
    );
    const order = { owner: 0, admin: 1, member: 2 };
    members.sort((a, b) => order[a.role] - order[b.role] || a.id.localeCompare(b.id));
    return {
      id: info.id,
      name: info.name,
      description: info.description ?? '',
      count: info.affiliations_count,
      members,
    };
  }

  async createGroup(name: string, members: string[]): Promise<string> {
    const result = await this.inner.createGroupVNext({
      groupName: name,
      members,
      isPublic: false,
      needApprovalToJoin: false,
      allowMemberToInvite: true,
      inviteNeedConfirm: false,
      maxMemberCount: 200,
    });
    return result.data!.groupId;
  }

  async leaveGroup(id: string): Promise<void> {
    await this.inner.leaveGroup({ groupId: id });
  }

  async profiles(users: string[]): Promise<Record<string, Profile>> {
    const result = await this.inner.fetchUserInfoById(users, ['nickname', 'avatarurl']);
    const rows = (result.data ?? {}) as Record<string, { nickname?: string; avatarurl?: string }>;
    return Object.fromEntries(
      Object.entries(rows).map(([user, row]) => [
        user,
        { nickname: row.nickname || undefined, avatar: row.avatarurl || undefined },
      ]),
    );
  }

  private body(
    { kind, id: to }: Target,
    draft: Draft,
    progress: (share: number) => void,
  ): EasemobChat.MessageBody {
    const common = { to, chatType: chatType(kind) };
    if (draft.kind === 'text') return this.sdk.message.create({ type: 'txt', msg: draft.text, ...common });
    const { file } = draft;
    const upload = {
      file: { url: '', filename: file.name, filetype: file.type, data: file },
      filename: file.name,
      onFileUploadProgress: (event: ProgressEvent) => progress(event.total ? event.loaded / event.total : 0),
    };
    return draft.kind === 'image'
      ? this.sdk.message.create({
          type: 'img',
          width: draft.width,
          height: draft.height,
          thumbnailWidth: 480,
          thumbnailHeight: 480,
          ...upload,
          ...common,
        })
      : this.sdk.message.create({ type: 'file', ...upload, ...common });
  }
}

const handlerId = 'hongyan-chat';

function listen(inner: SdkConnection, user: string, events: Events): void {
  let ended = false;
  const end = (error: unknown): boolean => {
    const reason = endReason(error);
    if (!reason || ended) return ended;
    ended = true;
    events.ended(reason);
    return true;
  };
  inner.addEventHandler(handlerId, {
    onConnected: () => events.connected(),
    onReconnecting: () => !ended && events.reconnecting(),
    onDisconnected: (error) => {
      if (!end(error)) events.disconnected();
    },
    onError: (error) => void end(error),
    onTokenExpired: () => void end({ type: 56 }),
    onMessage: (messages) => {
      const known = messages
        .map((message) => incoming(message as AnyMessage, user))
        .filter((message) => message !== undefined);
      if (known.length > 0) events.messages(known);
    },
    onDeliveredMessage: ({ mid }) => mid && events.delivered(mid),
    onReadMessage: ({ mid, from }) => mid && events.read(mid, from ?? ''),
    onChannelMessage: ({ from, to }) => events.conversationRead(from ?? '', to),
    onRecallMessage: ({ mid, from }) => mid && events.recalled(mid, from ?? ''),
    onGroupEvent: (event) => {
      const change = groupChange(event as RawGroupEvent);
      if (change) events.group(change);
    },
  });
}

interface RawGroup {
  id: string;
  name: string;
  description?: string;
  affiliations_count: number;
  affiliations?: { owner?: string; admin?: string; member?: string }[];
}

function chatType(kind: ConversationKind): 'singleChat' | 'groupChat' {
  return kind === 'single' ? 'singleChat' : 'groupChat';
}
