// Conversations and their messages as plain values: how they begin, merge and show in the list.

import {
  compareIds,
  splitKey,
  type Conversation,
  type ConversationKey,
  type Message,
  type Preview,
  type Timeline,
} from './model';

export const emptyTimeline: Timeline = {
  messages: [],
  notices: [],
  loaded: false,
  loading: false,
  complete: false,
};

export function newConversation(key: ConversationKey): Conversation {
  return { key, ...splitKey(key), unread: 0, readUpTo: 0, since: Date.now() };
}

/** What the conversation list shows of a message. */
export function previewOf(message: Message): Preview {
  const { content } = message;
  const text =
    content.kind === 'text'
      ? content.text.slice(0, 200)
      : content.kind === 'file' || content.kind === 'video'
        ? content.name
        : undefined;
  return {
    messageId: message.id,
    from: message.recalledBy ?? message.from,
    time: message.time,
    kind: message.recalledBy ? 'recalled' : content.kind,
    text: message.recalledBy ? undefined : text,
  };
}

/** Both lists in the order of the conversation, nothing twice. */
export function merge(known: Message[], more: Message[]): Message[] {
  const byId = new Map<string, Message>();
  for (const message of more) byId.set(message.id, message);
  // What is already shown knows more: its key, its receipts, that it was recalled.
  for (const message of known) byId.set(message.id, message);
  return [...byId.values()].sort((a, b) => {
    const pending = Number(isPending(a)) - Number(isPending(b));
    return pending || a.time - b.time || compareIds(a.id, b.id);
  });
}

/** Without an answer from the server a message has no place among the others yet. */
function isPending(message: Message): boolean {
  return message.status === 'sending';
}
