import { memo, useMemo, useState } from 'react';
import { useI18n, type I18n } from '../i18n';
import type { Conversation, Preview } from '../im/model';
import { GroupAvatar, UserAvatar } from './Avatar';
import { ChatPlusIcon, GroupPlusIcon, SearchIcon, SignOutIcon } from './icons';
import { LanguageSwitch, ThemeSwitch } from './Switches';
import { titleOf, useChat, useNames, useStore } from './store';

interface Props {
  onNewChat: () => void;
  onNewGroup: () => void;
  onSignOut: () => void;
}

export function Sidebar({ onNewChat, onNewGroup, onSignOut }: Props) {
  const { t } = useI18n();
  const store = useStore();
  const names = useNames();
  const me = useChat((state) => state.me);
  const connection = useChat((state) => state.connection);
  const conversations = useChat((state) => state.conversations);
  const active = useChat((state) => state.active);
  const [search, setSearch] = useState('');

  const rows = useMemo(() => {
    const wanted = search.trim().toLowerCase();
    return Object.values(conversations)
      .filter((c) => !wanted || titleOf(c, names).toLowerCase().includes(wanted) || c.id.includes(wanted))
      .sort((a, b) => (b.last?.time ?? b.since) - (a.last?.time ?? a.since));
  }, [conversations, names, search]);

  return (
    <aside className="sidebar">
      <header className="sidebar-head">
        <UserAvatar user={me} size={42} />
        <div className="sidebar-me">
          <strong data-testid="me" data-user={me}>
            {names(me)}
          </strong>
          <span className="connection-state" data-testid="connection-state" data-state={connection}>
            {t(`state.${connection}`)}
          </span>
        </div>
        <button
          type="button"
          className="icon-button"
          data-testid="new-chat"
          onClick={onNewChat}
          aria-label={t('list.new-chat')}
          title={t('list.new-chat')}
        >
          <ChatPlusIcon size={22} />
        </button>
        <button
          type="button"
          className="icon-button"
          data-testid="new-group"
          onClick={onNewGroup}
          aria-label={t('list.new-group')}
          title={t('list.new-group')}
        >
          <GroupPlusIcon size={22} />
        </button>
      </header>
      <label className="search">
        <SearchIcon size={17} />
        <input
          type="search"
          data-testid="conversation-search"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          placeholder={t('list.search')}
          aria-label={t('list.search')}
        />
      </label>
      <nav className="conversations" data-testid="conversations" aria-label={t('list.label')}>
        {rows.map((conversation) => (
          <Row
            key={conversation.key}
            conversation={conversation}
            title={titleOf(conversation, names)}
            selected={conversation.key === active}
            me={me}
            lastAuthor={conversation.last ? names(conversation.last.from) : ''}
            onSelect={() => store.select(conversation.key)}
          />
        ))}
        {rows.length === 0 && (
          <div className="conversations-none">
            {search ? (
              <p>{t('list.no-match')}</p>
            ) : (
              <>
                <p>{t('list.none')}</p>
                <p className="faint">{t('list.none-hint')}</p>
              </>
            )}
          </div>
        )}
      </nav>
      <footer className="sidebar-foot">
        <LanguageSwitch />
        <ThemeSwitch />
        <button
          type="button"
          className="icon-button"
          data-testid="sign-out"
          onClick={onSignOut}
          aria-label={t('menu.sign-out')}
          title={t('menu.sign-out')}
        >
          <SignOutIcon size={19} />
        </button>
      </footer>
    </aside>
  );
}

interface RowProps {
  conversation: Conversation;
  title: string;
  selected: boolean;
  me: string;
  lastAuthor: string;
  onSelect: () => void;
}

const Row = memo(
  function Row({ conversation, title, selected, me, lastAuthor, onSelect }: RowProps) {
    const i18n = useI18n();
    const { t } = i18n;
    const { id, kind, last, unread } = conversation;
    return (
      <button
        type="button"
        className="conversation"
        data-testid={`conversation-${id}`}
        data-kind={kind}
        aria-current={selected || undefined}
        onClick={onSelect}
      >
        {kind === 'group' ? <GroupAvatar id={id} size={46} /> : <UserAvatar user={id} size={46} />}
        <span className="conversation-text">
          <span className="conversation-top">
            <span className="conversation-title">{title}</span>
            {last && <time dateTime={new Date(last.time).toISOString()}>{i18n.short(last.time)}</time>}
          </span>
          <span className="conversation-bottom">
            <span className="conversation-preview">
              {last ? previewText(last, i18n, kind === 'group', me, lastAuthor) : t('list.no-message')}
            </span>
            {unread > 0 && (
              <span
                className="badge"
                data-testid={`unread-${id}`}
                aria-label={t('list.unread', { count: unread })}
              >
                {unread > 99 ? '99+' : unread}
              </span>
            )}
          </span>
        </span>
      </button>
    );
  },
  (before, after) =>
    before.conversation === after.conversation &&
    before.title === after.title &&
    before.selected === after.selected &&
    before.me === after.me &&
    before.lastAuthor === after.lastAuthor,
);

function previewText(last: Preview, { t }: I18n, inGroup: boolean, me: string, author: string): string {
  if (last.kind === 'recalled')
    return last.from === me ? t('preview.recalled-you') : t('preview.recalled', { user: author });
  const text =
    last.kind === 'text' ? (last.text ?? '') : t(`preview.${last.kind}`, { name: last.text ?? '' });
  if (last.from === me) return t('list.you', { text });
  return inGroup ? t('list.from', { user: author, text }) : text;
}
