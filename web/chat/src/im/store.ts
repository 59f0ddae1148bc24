// Everything the user can do and the server can tell, as changes of the state.

import { Connection, type Credentials, type Events, type Target } from './connection';
import type { GroupChange } from './decode';
import { contentOf, draftOf, type Draft } from './draft';
import { describe, describeLogin } from './errors';
import {
  conversationKey,
  splitKey,
  type Conversation,
  type ConversationKey,
  type EndReason,
  type ErrorText,
  type GroupDetail,
  type Message,
  type Notice,
  type Status,
} from './model';
import { claimDevice, clearSession, loadConversations, loadSession, saveSession } from './session';
import { demoUsers, isDemo, maxFileSize } from './settings';
import { signedOut, StateHolder } from './state';
import { merge, newConversation, previewOf } from './timeline';

const historyPage = 20;
/** So many conversations without a known last message ask the server for it after sign-in. */
const previewsAtLogin = 20;
/** Read receipts for one opened conversation; the rest is covered by the receipt for the conversation. */
const receiptsAtOnce = 50;

const tombstonesKept = 20;

export class ChatStore extends StateHolder {
  private connection: Connection | undefined;
  /** Raised by every sign-in and sign-out, so that a late answer of an earlier one is recognised. */
  private generation = 0;
  /** Receipts that came before the answer to the message they are about. */
  private readonly earlyReceipts = new Map<string, Status>();
  /** What to send again when a failed message is retried. */
  private readonly drafts = new Map<string, Draft>();
  private readonly profilesAsked = new Set<string>();

  // --- Sign in and out

  /** Continues the session that this tab had before a reload. */
  resume(): void {
    const session = loadSession(this.appKey);
    if (session) void this.open({ user: session.user, token: session.token });
  }

  signIn(user: string, password: string): Promise<void> {
    return this.open({ user: user.trim().toLowerCase(), password });
  }

  /** After the connection was lost for good. */
  reconnect(): void {
    this.resume();
  }

  signOut(): void {
    this.generation++;
    this.connection?.close();
    this.connection = undefined;
    clearSession();
    this.forget();
    this.state = signedOut;
    this.emit();
  }

  private async open(credentials: Credentials): Promise<void> {
    const generation = ++this.generation;
    const { user } = credentials;
    const resuming = 'token' in credentials;
    this.connection?.close();
    this.connection = undefined;
    const conversations = this.remembered(user);
    if (resuming) {
      // The page is usable for reading at once; the socket follows.
      this.set({ me: user, connection: 'connecting', ended: undefined, conversations });
    } else {
      this.set({ signingIn: true, loginError: undefined, connection: 'connecting', conversations });
    }
    try {
      const connection = await Connection.open(
        this.appKey,
        await claimDevice(),
        credentials,
        this.events(generation),
      );
      if (generation !== this.generation) return connection.close();
      this.connection = connection;
      saveSession({ appKey: this.appKey, user, token: connection.token });
      this.set({
        me: user,
        signingIn: false,
        loginError: undefined,
        connection: 'connected',
        ended: undefined,
      });
      void this.afterSignIn(generation);
    } catch (error) {
      if (generation !== this.generation) return;
      const failure = describeLogin(error);
      if (resuming && (failure.key === 'error.network' || failure.key === 'error.timeout')) {
        this.set({ connection: 'disconnected' });
      } else {
        clearSession();
        this.forget();
        // Nobody typed a password here: the stored token is no longer good.
        const loginError: ErrorText =
          resuming && failure.key === 'error.auth' ? { key: 'error.token-expired' } : failure;
        this.state = { ...signedOut, loginError };
        this.emit();
      }
    }
  }

  private async afterSignIn(generation: number): Promise<void> {
    const partners = Object.values(this.state.conversations).filter((c) => c.kind === 'single');
    this.askProfiles([this.state.me, ...partners.map((c) => c.id), ...(isDemo ? demoUsers : [])]);
    await this.refreshGroups();
    if (generation !== this.generation) return;
    const active = this.state.active;
    if (active) this.select(active);
    const unknown = Object.values(this.state.conversations).filter(
      (c) => !c.last && c.key !== active && !c.closed,
    );
    for (const conversation of unknown.slice(0, previewsAtLogin)) {
      if (generation !== this.generation) return;
      await this.loadPreview(conversation.key);
    }
  }

  private forget(): void {
    this.earlyReceipts.clear();
    this.drafts.clear();
    this.profilesAsked.clear();
  }

  private remembered(user: string): Record<ConversationKey, Conversation> {
    return Object.fromEntries(loadConversations(this.appKey, user).map((c) => [c.key, c]));
  }

  // --- Conversations

  select(key: ConversationKey | undefined): void {
    this.set({ active: key });
    if (!key) return;
    if (!this.timeline(key).loaded) void this.loadOlder(key);
    this.markSeen(key);
  }

  /** Opens the chat with a user, making it if need be. */
  startChat(user: string): void {
    const key = conversationKey('single', user);
    this.patchConversation(key, {});
    this.askProfiles([user]);
    this.select(key);
  }

  async createGroup(name: string, members: string[]): Promise<void> {
    const id = await this.required().createGroup(name, members);
    const key = conversationKey('group', id);
    this.patchConversation(key, { name, closed: false });
    this.select(key);
  }

  async groupDetail(id: string): Promise<GroupDetail> {
    const detail = await this.required().group(id);
    this.patchConversation(conversationKey('group', id), { name: detail.name });
    this.askProfiles(detail.members.map((member) => member.id));
    return detail;
  }

  async leaveGroup(id: string): Promise<void> {
    await this.required().leaveGroup(id);
    const key = conversationKey('group', id);
    const { [key]: _left, ...conversations } = this.state.conversations;
    const { [key]: _messages, ...timelines } = this.state.timelines;
    this.set({ conversations, timelines, active: this.state.active === key ? undefined : this.state.active });
  }

  async loadOlder(key: ConversationKey): Promise<void> {
    const connection = this.connection;
    const timeline = this.timeline(key);
    if (!connection || timeline.loading || timeline.complete) return;
    const generation = this.generation;
    this.patchTimeline(key, { loading: true, error: undefined });
    try {
      const page = await connection.history(this.target(key), timeline.cursor, historyPage);
      if (generation !== this.generation) return;
      const messages = merge(this.timeline(key).messages, this.withReceipts(key, page.messages));
      this.patchTimeline(key, {
        messages: merge(messages, this.tombstones(key, page.complete ? 0 : (messages[0]?.time ?? 0))),
        cursor: page.cursor,
        complete: page.complete,
        loaded: true,
        loading: false,
      });
      this.askProfiles(page.messages.map((message) => message.from));
      const newest = this.timeline(key).messages.at(-1);
      if (newest) this.advancePreview(key, newest);
      this.markSeen(key);
    } catch (error) {
      if (generation === this.generation) this.patchTimeline(key, { loading: false, error: describe(error) });
    }
  }

  private async loadPreview(key: ConversationKey): Promise<void> {
    try {
      const page = await this.required().history(this.target(key), undefined, 1);
      const newest = page.messages.at(-1);
      if (!newest) return;
      this.advancePreview(key, newest);
      this.askProfiles([newest.from]);
    } catch {
      // The list shows the conversation without a preview.
    }
  }

  private async refreshGroups(): Promise<void> {
    const generation = this.generation;
    let groups: { id: string; name: string }[];
    try {
      groups = await this.required().joinedGroups();
    } catch {
      return;
    }
    if (generation !== this.generation) return;
    const conversations = { ...this.state.conversations };
    const joined = new Set(groups.map((group) => conversationKey('group', group.id)));
    for (const conversation of Object.values(conversations)) {
      // Left or destroyed elsewhere: kept only if there is something to read.
      if (conversation.kind !== 'group' || joined.has(conversation.key)) continue;
      if (conversation.last) conversations[conversation.key] = { ...conversation, closed: true };
      else delete conversations[conversation.key];
    }
    for (const { id, name } of groups) {
      const key = conversationKey('group', id);
      conversations[key] = {
        ...(conversations[key] ?? { ...newConversation(key), since: 0 }),
        name,
        closed: false,
      };
    }
    this.set({ conversations });
  }

  /** The user is looking at this conversation, or has just come back to it. */
  markSeen(key: ConversationKey): void {
    const conversation = this.state.conversations[key];
    if (!conversation || this.state.active !== key || document.visibilityState !== 'visible') return;
    const received = this.timeline(key).messages.filter((m) => !m.own && m.time > conversation.readUpTo);
    const newest = received.at(-1);
    if (!newest) {
      if (conversation.unread > 0) this.patchConversation(key, { unread: 0 });
      return;
    }
    const { connection } = this;
    if (!connection || this.state.connection !== 'connected') return;
    this.patchConversation(key, { unread: 0, readUpTo: newest.time });
    if (conversation.kind !== 'single') return;
    const quiet = (): void => {};
    for (const message of received.slice(-receiptsAtOnce)) {
      if (!message.recalledBy) connection.acknowledge(conversation.id, message.id).catch(quiet);
    }
    if (conversation.unread > 1) connection.acknowledgeConversation(this.target(key)).catch(quiet);
  }

  // --- Sending

  sendText(key: ConversationKey, text: string): void {
    this.post(key, { kind: 'text', text });
  }

  /** Returns what is wrong with the file, if anything. */
  async sendFile(key: ConversationKey, file: File): Promise<ErrorText | undefined> {
    if (!this.connection) return { key: 'error.not-connected' };
    if (file.size === 0) return { key: 'error.file-empty' };
    if (file.size > maxFileSize) return { key: 'error.file-too-large' };
    this.post(key, await draftOf(file));
    return undefined;
  }

  retry(message: Message): void {
    const draft = this.drafts.get(message.key);
    if (!draft) return;
    this.patchMessage(message.conversation, message.key, {
      status: 'sending',
      error: undefined,
      progress: undefined,
    });
    void this.transmit(message.conversation, message.key, draft);
  }

  discard(message: Message): void {
    this.drafts.delete(message.key);
    const timeline = this.timeline(message.conversation);
    this.patchTimeline(message.conversation, {
      messages: timeline.messages.filter((m) => m.key !== message.key),
    });
  }

  async recall(message: Message): Promise<ErrorText | undefined> {
    try {
      await this.required().recall(this.target(message.conversation), message.id);
      this.markRecalled(message.id, this.state.me);
      return undefined;
    } catch (error) {
      return describe(error);
    }
  }

  private post(key: ConversationKey, draft: Draft): void {
    if (!this.connection) return;
    const localId = this.connection.newLocalId();
    const newest = this.timeline(key).messages.at(-1);
    const message: Message = {
      key: localId,
      id: localId,
      conversation: key,
      from: this.state.me,
      // The clock of this machine may be behind the server's: a new message is the newest one.
      time: Math.max(Date.now(), (newest?.time ?? 0) + 1),
      own: true,
      content: contentOf(draft),
      status: 'sending',
    };
    this.drafts.set(localId, draft);
    this.patchTimeline(key, { messages: [...this.timeline(key).messages, message] });
    this.advancePreview(key, message);
    void this.transmit(key, localId, draft);
  }

  private async transmit(key: ConversationKey, localId: string, draft: Draft): Promise<void> {
    const generation = this.generation;
    const progress = (share: number): void => this.patchMessage(key, localId, { progress: share });
    try {
      const sent = await this.required().send(
        this.target(key),
        draft,
        localId,
        draft.kind === 'text' ? () => {} : progress,
      );
      if (generation !== this.generation) return;
      this.drafts.delete(localId);
      const status = this.earlyReceipts.get(sent.id) ?? 'sent';
      this.earlyReceipts.delete(sent.id);
      this.patchMessage(key, localId, { id: sent.id, time: sent.time, status, progress: undefined });
      this.peerHas(key, status, sent.time);
      const timeline = this.timeline(key);
      this.patchTimeline(key, { messages: merge([], timeline.messages) });
      const message = this.timeline(key).messages.find((m) => m.key === localId);
      const last = this.state.conversations[key]?.last;
      if (message && last?.messageId === localId) this.patchConversation(key, { last: previewOf(message) });
    } catch (error) {
      if (generation !== this.generation) return;
      this.patchMessage(key, localId, { status: 'failed', error: describe(error), progress: undefined });
    }
  }

  // --- What comes from the server

  private events(generation: number): Events {
    const current = (): boolean => generation === this.generation;
    return {
      connected: () => current() && this.state.me && this.onConnected(),
      reconnecting: () => current() && this.set({ connection: 'reconnecting' }),
      disconnected: () =>
        current() && this.state.me && !this.state.ended && this.set({ connection: 'disconnected' }),
      ended: (reason) => current() && this.onEnded(reason),
      messages: (messages) => current() && this.onMessages(messages),
      delivered: (id) => current() && this.onReceipt(id, 'delivered'),
      read: (id, by) => current() && this.onRead(id, by),
      conversationRead: (by, to) => current() && this.onConversationRead(by, to),
      recalled: (id, by) => current() && this.markRecalled(id, by),
      group: (change) => current() && this.onGroup(change),
    };
  }

  private onConnected(): void {
    this.set({ connection: 'connected' });
    if (this.state.active) this.markSeen(this.state.active);
  }

  private onEnded(reason: EndReason): void {
    // During sign-in the refusal is reported by the sign-in itself.
    if (!this.connection) return;
    this.connection.close();
    this.connection = undefined;
    clearSession();
    this.set({ connection: 'kicked', ended: reason });
  }

  private onMessages(messages: Message[]): void {
    const keys = new Set(messages.map((message) => message.conversation));
    for (const key of keys) {
      const timeline = this.timeline(key);
      const fresh = messages.filter(
        (m) => m.conversation === key && !timeline.messages.some((known) => known.id === m.id),
      );
      if (fresh.length === 0) continue;
      const isNew = !this.state.conversations[key];
      this.patchTimeline(key, { messages: merge(timeline.messages, fresh) });
      const conversation = this.state.conversations[key] ?? newConversation(key);
      const unseen = fresh.filter((m) => !m.own && m.time > conversation.readUpTo).length;
      this.patchConversation(key, { unread: conversation.unread + unseen });
      this.advancePreview(key, this.timeline(key).messages.at(-1)!);
      if (isNew && conversation.kind === 'group') void this.refreshGroups();
      this.markSeen(key);
    }
    this.askProfiles(messages.map((message) => message.from));
  }

  private onReceipt(messageId: string, status: 'delivered' | 'read'): void {
    const message = this.find(messageId);
    if (!message) {
      if (this.earlyReceipts.get(messageId) !== 'read') this.earlyReceipts.set(messageId, status);
      return;
    }
    if (!message.own || message.status === 'read' || message.status === status) return;
    this.patchMessage(message.conversation, message.key, { status });
    this.peerHas(message.conversation, status, message.time);
  }

  /** Kept with the conversation, so that a reload does not forget it. */
  private peerHas(key: ConversationKey, status: Status, time: number): void {
    const { peerGotUpTo = 0, peerReadUpTo = 0 } = this.state.conversations[key] ?? newConversation(key);
    if (status === 'read' && time > peerReadUpTo) this.patchConversation(key, { peerReadUpTo: time });
    if (status === 'delivered' && time > peerGotUpTo) this.patchConversation(key, { peerGotUpTo: time });
  }

  private onRead(messageId: string, by: string): void {
    if (by !== this.state.me) return this.onReceipt(messageId, 'read');
    // Read on another device of this user.
    const message = this.find(messageId);
    if (message) this.seenElsewhere(message.conversation, message.time);
  }

  private onConversationRead(by: string, to: string): void {
    if (by === this.state.me) {
      const key = conversationKey(
        this.state.conversations[conversationKey('group', to)] ? 'group' : 'single',
        to,
      );
      return this.seenElsewhere(key, this.timeline(key).messages.at(-1)?.time ?? 0);
    }
    const key = conversationKey('single', by);
    const timeline = this.state.timelines[key];
    if (!timeline) return;
    const messages = timeline.messages.map((m) =>
      m.own && (m.status === 'sent' || m.status === 'delivered') ? { ...m, status: 'read' as const } : m,
    );
    this.patchTimeline(key, { messages });
    const newest = messages.findLast((m) => m.status === 'read');
    if (newest) this.peerHas(key, 'read', newest.time);
  }

  private seenElsewhere(key: ConversationKey, time: number): void {
    const conversation = this.state.conversations[key];
    if (!conversation || conversation.readUpTo >= time) return;
    const unread = this.timeline(key).messages.filter((m) => !m.own && m.time > time).length;
    this.patchConversation(key, { readUpTo: time, unread: Math.min(unread, conversation.unread) });
  }

  private markRecalled(messageId: string, by: string): void {
    const message = this.find(messageId);
    if (message?.recalledBy) return;
    if (message) {
      const { conversation: key, from, time } = message;
      this.patchMessage(key, message.key, { recalledBy: by });
      const recalled = this.state.conversations[key]?.recalled ?? [];
      this.patchConversation(key, {
        recalled: [...recalled, { id: messageId, from, by, time }].slice(-tombstonesKept),
      });
    }
    for (const conversation of Object.values(this.state.conversations)) {
      if (conversation.last?.messageId !== messageId) continue;
      this.patchConversation(conversation.key, {
        last: { ...conversation.last, kind: 'recalled', from: by, text: undefined },
      });
    }
    if (message && !message.own) {
      const { unread, readUpTo } = this.state.conversations[message.conversation] ?? {
        unread: 0,
        readUpTo: 0,
      };
      if (unread > 0 && message.time > readUpTo)
        this.patchConversation(message.conversation, { unread: unread - 1 });
    }
  }

  private onGroup(change: GroupChange): void {
    const key = conversationKey('group', change.group);
    switch (change.change) {
      case 'added':
        this.patchConversation(key, { closed: false, ...(change.name ? { name: change.name } : {}) });
        if (!change.name) void this.refreshGroups();
        break;
      case 'joined':
      case 'left':
        this.addNotice(key, { event: change.change, users: change.users });
        break;
      case 'removed-self':
      case 'destroyed':
        if (!this.state.conversations[key]) return;
        this.patchConversation(key, { closed: true });
        this.addNotice(key, { event: change.change, users: [] });
        break;
      case 'renamed':
        this.patchConversation(key, { name: change.name });
        this.addNotice(key, { event: 'renamed', users: [], name: change.name });
        break;
    }
  }

  private addNotice(key: ConversationKey, notice: Omit<Notice, 'key' | 'time'>): void {
    const timeline = this.timeline(key);
    const newest = timeline.messages.at(-1)?.time ?? 0;
    const time = Math.max(Date.now(), newest);
    const entry: Notice = { ...notice, key: `notice-${time}-${timeline.notices.length}`, time };
    this.patchTimeline(key, { notices: [...timeline.notices, entry] });
    this.askProfiles(notice.users);
  }

  /** The history's messages with the receipts that came in the meantime or before a reload. */
  private withReceipts(key: ConversationKey, messages: Message[]): Message[] {
    const { kind, peerGotUpTo = 0, peerReadUpTo = 0 } = this.state.conversations[key] ?? newConversation(key);
    if (kind === 'group') return messages;
    return messages.map((message) => {
      if (!message.own || message.status === 'read') return message;
      const early = this.earlyReceipts.get(message.id);
      this.earlyReceipts.delete(message.id);
      if (early === 'read' || message.time <= peerReadUpTo) return { ...message, status: 'read' };
      if (early === 'delivered' || message.time <= peerGotUpTo) return { ...message, status: 'delivered' };
      return message;
    });
  }

  private tombstones(key: ConversationKey, since: number): Message[] {
    const recalled = this.state.conversations[key]?.recalled ?? [];
    return recalled
      .filter((tombstone) => tombstone.time >= since)
      .map(({ id, from, by, time }) => ({
        key: id,
        id,
        conversation: key,
        from,
        time,
        own: from === this.state.me,
        content: { kind: 'text', text: '' },
        recalledBy: by,
      }));
  }

  // --- Profiles

  private askProfiles(users: string[]): void {
    const unknown = [...new Set(users)].filter((user) => user && !this.profilesAsked.has(user));
    const { connection } = this;
    if (unknown.length === 0 || !connection) return;
    for (const user of unknown) this.profilesAsked.add(user);
    for (let start = 0; start < unknown.length; start += 100) {
      connection.profiles(unknown.slice(start, start + 100)).then(
        (profiles) => this.set({ profiles: { ...this.state.profiles, ...profiles } }),
        () => {
          // Ids stand in for names.
        },
      );
    }
  }

  // --- Small tools

  private required(): Connection {
    if (!this.connection) throw { type: 39 };
    return this.connection;
  }

  private target(key: ConversationKey): Target {
    return splitKey(key);
  }
}
