import { useCallback, useEffect, useRef, useState } from 'react';
import { useI18n } from '../i18n';
import type { ConversationKey } from '../im/model';
import { demoUsers, isDemo } from '../im/settings';
import { UserAvatar } from './Avatar';
import { ConnectionBar } from './ConnectionBar';
import { ConversationView } from './ConversationView';
import { Logo } from './icons';
import { NewChatDialog } from './NewChatDialog';
import { NewGroupDialog } from './NewGroupDialog';
import { Sidebar } from './Sidebar';
import { useChat, useNames, useStore } from './store';

interface PageState {
  conversation?: ConversationKey;
}

function pageState(): PageState {
  return (window.history.state ?? {}) as PageState;
}

export function ChatPage() {
  const store = useStore();
  const active = useChat((state) => (state.active ? state.conversations[state.active] : undefined));
  const [dialog, setDialog] = useState<'new-chat' | 'new-group'>();
  const drafts = useRef(new Map<ConversationKey, string>()).current;

  // The open conversation is part of the browser's history: a phone's back key leads to the list, and a
  // reload comes back to it.
  useEffect(() => {
    const follow = (): void => {
      const { conversation } = pageState();
      store.select(conversation && store.getState().conversations[conversation] ? conversation : undefined);
    };
    follow();
    window.addEventListener('popstate', follow);
    return () => window.removeEventListener('popstate', follow);
  }, [store]);
  useEffect(() => {
    if (!active || pageState().conversation === active.key) return;
    const state: PageState = { conversation: active.key };
    if (pageState().conversation) window.history.replaceState(state, '');
    else window.history.pushState(state, '');
  }, [active]);

  useEffect(() => {
    const seen = (): void => {
      const key = store.getState().active;
      if (key) store.markSeen(key);
    };
    document.addEventListener('visibilitychange', seen);
    return () => document.removeEventListener('visibilitychange', seen);
  }, [store]);

  const back = useCallback((): void => {
    if (pageState().conversation) window.history.back();
    else store.select(undefined);
  }, [store]);
  const signOut = useCallback((): void => {
    window.history.replaceState(null, '');
    store.signOut();
  }, [store]);

  return (
    <div className="page">
      <ConnectionBar onSignIn={signOut} />
      <div className="chat" data-view={active ? 'conversation' : 'list'}>
        <Sidebar
          onNewChat={() => setDialog('new-chat')}
          onNewGroup={() => setDialog('new-group')}
          onSignOut={signOut}
        />
        <main className="chat-main">
          {active ? (
            <ConversationView key={active.key} conversation={active} drafts={drafts} onBack={back} />
          ) : (
            <Welcome />
          )}
        </main>
      </div>
      {dialog === 'new-chat' && <NewChatDialog onClose={() => setDialog(undefined)} />}
      {dialog === 'new-group' && <NewGroupDialog onClose={() => setDialog(undefined)} />}
    </div>
  );
}

function Welcome() {
  const { t } = useI18n();
  const store = useStore();
  const names = useNames();
  const me = useChat((state) => state.me);
  const others = isDemo ? demoUsers.filter((user) => user !== me) : [];
  return (
    <div className="welcome">
      <Logo size={72} />
      <h1>{t('welcome.title')}</h1>
      <p>{t(isDemo ? 'welcome.text' : 'welcome.text-plain')}</p>
      {others.length > 0 && (
        <div className="welcome-users">
          {others.map((user) => (
            <button
              key={user}
              type="button"
              className="user-chip"
              data-testid={`welcome-${user}`}
              onClick={() => store.startChat(user)}
              aria-label={t('welcome.chat-with', { user: names(user) })}
            >
              <UserAvatar user={user} size={28} />
              <span>{names(user)}</span>
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
