import {
  Fragment,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type ReactNode,
} from 'react';
import { useI18n, type I18n } from '../i18n';
import type { Conversation, Message, Notice } from '../im/model';
import { DownIcon } from './icons';
import { MessageItem } from './MessageItem';
import { useChat, useNames, useStore, useTimeline } from './store';

/** Messages of one author this close together stand as one block. */
const blockGap = 5 * 60_000;
/** Within this distance the list counts as being at its end. */
const nearEnd = 80;

type Entry = { time: number } & ({ message: Message } | { notice: Notice });

export function MessageList({ conversation, title }: { conversation: Conversation; title: string }) {
  const i18n = useI18n();
  const { t } = i18n;
  const store = useStore();
  const me = useChat((state) => state.me);
  const connected = useChat((state) => state.connection === 'connected');
  const timeline = useTimeline(conversation.key);
  const { messages, notices, loading, loaded, complete, error } = timeline;
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const [behind, setBehind] = useState(false);
  /** The first and last message of the previous render, and how high the list was. */
  const shown = useRef<{ first?: string; last?: string; height: number }>({ height: 0 });

  const entries = useMemo<Entry[]>(
    () =>
      notices.length === 0
        ? messages.map((message) => ({ time: message.time, message }))
        : [
            ...messages.map((message) => ({ time: message.time, message })),
            ...notices.map((notice) => ({ time: notice.time, notice })),
          ].sort((a, b) => a.time - b.time),
    [messages, notices],
  );

  const toEnd = useCallback(() => {
    const element = scroller.current;
    if (element) element.scrollTop = element.scrollHeight;
  }, []);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const first = messages[0]?.key;
    const last = messages.at(-1);
    const before = shown.current;
    shown.current = { first, last: last?.key, height: element.scrollHeight };
    if (before.last !== last?.key && (atEnd.current || last?.own || before.last === undefined)) {
      toEnd();
    } else if (before.first !== first && before.first !== undefined) {
      // Older messages came in above: what the reader looks at stays where it is.
      element.scrollTop += element.scrollHeight - before.height;
    }
  }, [messages, toEnd]);

  // Images and the keyboard of a phone change heights later on.
  useEffect(() => {
    const observer = new ResizeObserver(() => {
      if (atEnd.current) toEnd();
      if (scroller.current) shown.current.height = scroller.current.scrollHeight;
    });
    if (content.current) observer.observe(content.current);
    if (scroller.current) observer.observe(scroller.current);
    return () => observer.disconnect();
  }, [toEnd]);

  const older = (): void => void store.loadOlder(conversation.key);
  const onScroll = (): void => {
    const element = scroller.current;
    if (!element) return;
    const distance = element.scrollHeight - element.scrollTop - element.clientHeight;
    atEnd.current = distance < nearEnd;
    setBehind(distance > 400);
    if (element.scrollTop < 40 && loaded && !complete && !loading && !error && connected) older();
  };

  return (
    <div className="messages-frame">
      <div
        className="messages"
        ref={scroller}
        onScroll={onScroll}
        tabIndex={0}
        role="log"
        aria-label={t('chat.messages', { name: title })}
        data-testid="messages"
      >
        <div className="messages-content" ref={content}>
          <div className="messages-top">
            {loading ? (
              <span className="faint">
                <span className="spinner" aria-hidden="true" /> {t('chat.loading')}
              </span>
            ) : error ? (
              <>
                <span className="faint">
                  {t('chat.history-failed')} · {i18n.error(error)}
                </span>
                <button type="button" className="pill" onClick={older}>
                  {t('chat.try-again')}
                </button>
              </>
            ) : loaded && !complete ? (
              <button
                type="button"
                className="pill"
                data-testid="load-older"
                onClick={older}
                disabled={!connected}
              >
                {t('chat.load-older')}
              </button>
            ) : loaded ? (
              <span className="faint">{messages.length === 0 ? t('chat.empty') : t('chat.beginning')}</span>
            ) : null}
          </div>
          {render(entries, conversation, me, i18n)}
        </div>
      </div>
      {behind && (
        <button
          type="button"
          className="to-newest"
          onClick={toEnd}
          aria-label={t('chat.to-newest')}
          title={t('chat.to-newest')}
        >
          <DownIcon size={20} />
        </button>
      )}
    </div>
  );
}

function render(entries: Entry[], conversation: Conversation, me: string, i18n: I18n): ReactNode {
  const sameDay = (a: number, b: number): boolean =>
    new Date(a).toDateString() === new Date(b).toDateString();
  const block = (a: Entry | undefined, b: Entry | undefined): boolean =>
    a !== undefined &&
    b !== undefined &&
    'message' in a &&
    'message' in b &&
    a.message.from === b.message.from &&
    !a.message.recalledBy &&
    !b.message.recalledBy &&
    b.time - a.time < blockGap &&
    sameDay(a.time, b.time);
  return entries.map((entry, index) => {
    const before = entries[index - 1];
    const newDay = !before || !sameDay(before.time, entry.time);
    const key = 'message' in entry ? entry.message.key : entry.notice.key;
    return (
      <Fragment key={key}>
        {newDay && (
          <div className="day" role="separator">
            <span>{i18n.day(entry.time)}</span>
          </div>
        )}
        {'message' in entry ? (
          <MessageItem
            message={entry.message}
            me={me}
            inGroup={conversation.kind === 'group'}
            first={!block(before, entry)}
            last={!block(entry, entries[index + 1])}
          />
        ) : (
          <NoticeLine notice={entry.notice} />
        )}
      </Fragment>
    );
  });
}

function NoticeLine({ notice }: { notice: Notice }) {
  const { t, names: list } = useI18n();
  const names = useNames();
  return (
    <p className="notice" data-testid="notice">
      {t(`notice.${notice.event}`, { users: list(notice.users.map(names)), name: notice.name ?? '' })}
    </p>
  );
}
