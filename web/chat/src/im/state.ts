// The state that the page renders, and the small steps by which it changes.

import type {
  ConnectionState,
  Conversation,
  ConversationKey,
  EndReason,
  ErrorText,
  Message,
  Profile,
  Timeline,
} from './model';
import { saveConversations } from './session';
import { emptyTimeline, newConversation, previewOf } from './timeline';

export interface State {
  /** Empty when nobody is signed in. */
  me: string;
  signingIn: boolean;
  loginError?: ErrorText;
  connection: ConnectionState;
  ended?: EndReason;
  conversations: Record<ConversationKey, Conversation>;
  timelines: Record<ConversationKey, Timeline>;
  active?: ConversationKey;
  profiles: Record<string, Profile>;
}

export const signedOut: State = {
  me: '',
  signingIn: false,
  connection: 'disconnected',
  conversations: {},
  timelines: {},
  profiles: {},
};

export class StateHolder {
  protected state: State = signedOut;
  private readonly listeners = new Set<() => void>();

  constructor(protected readonly appKey: string) {}

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  getState = (): State => this.state;

  protected timeline(key: ConversationKey): Timeline {
    return this.state.timelines[key] ?? emptyTimeline;
  }

  protected find(messageId: string): Message | undefined {
    for (const timeline of Object.values(this.state.timelines)) {
      const message = timeline.messages.findLast((m) => m.id === messageId);
      if (message) return message;
    }
    return undefined;
  }

  protected patchTimeline(key: ConversationKey, patch: Partial<Timeline>): void {
    this.set({ timelines: { ...this.state.timelines, [key]: { ...this.timeline(key), ...patch } } });
  }

  protected patchMessage(key: ConversationKey, messageKey: string, patch: Partial<Message>): void {
    const messages = this.timeline(key).messages.map((m) => (m.key === messageKey ? { ...m, ...patch } : m));
    this.patchTimeline(key, { messages });
  }

  protected patchConversation(key: ConversationKey, patch: Partial<Conversation>): void {
    const conversation = this.state.conversations[key] ?? newConversation(key);
    this.set({ conversations: { ...this.state.conversations, [key]: { ...conversation, ...patch } } });
  }

  protected advancePreview(key: ConversationKey, message: Message): void {
    const last = this.state.conversations[key]?.last;
    if (last && last.time > message.time) return;
    this.patchConversation(key, { last: previewOf(message) });
  }

  protected set(patch: Partial<State>): void {
    const before = this.state.conversations;
    this.state = { ...this.state, ...patch };
    if (this.state.conversations !== before && this.state.me) {
      saveConversations(this.appKey, this.state.me, Object.values(this.state.conversations));
    }
    this.emit();
  }

  protected emit(): void {
    for (const listener of this.listeners) listener();
  }
}
