import { createContext, useCallback, useContext, useSyncExternalStore, type ReactNode } from 'react';
import type { State } from '../im/state';
import type { ChatStore } from '../im/store';
import { emptyTimeline } from '../im/timeline';
import type { Conversation, ConversationKey, Timeline } from '../im/model';

const Context = createContext<ChatStore | undefined>(undefined);

export function StoreProvider({ store, children }: { store: ChatStore; children: ReactNode }) {
  return <Context value={store}>{children}</Context>;
}

export function useStore(): ChatStore {
  const store = useContext(Context);
  if (!store) throw new Error('useStore outside StoreProvider');
  return store;
}

/** `select` must return a part of the state itself, not something made anew at each call. */
export function useChat<T>(select: (state: State) => T): T {
  const store = useStore();
  return useSyncExternalStore(store.subscribe, () => select(store.getState()));
}

export function useTimeline(key: ConversationKey): Timeline {
  return useChat((state) => state.timelines[key] ?? emptyTimeline);
}

/** The name to show for a user id. */
export function useNames(): (user: string) => string {
  const profiles = useChat((state) => state.profiles);
  return useCallback((user: string) => profiles[user]?.nickname ?? user, [profiles]);
}

export function titleOf(conversation: Conversation, names: (user: string) => string): string {
  return conversation.kind === 'single' ? names(conversation.id) : (conversation.name ?? conversation.id);
}
