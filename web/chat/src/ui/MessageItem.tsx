import { memo, useState, type MouseEvent } from 'react';
import { useI18n } from '../i18n';
import type { Message, Status } from '../im/model';
import { UserAvatar } from './Avatar';
import { useCopy } from './copy';
import {
  AlertIcon,
  CheckIcon,
  ClockIcon,
  CopyIcon,
  DoubleCheckIcon,
  MoreIcon,
  RecallIcon,
  RetryIcon,
  TrashIcon,
} from './icons';
import { Menu, type MenuItem } from './Menu';
import { MessageContent } from './MessageContent';
import { useNames, useStore } from './store';
import { useToast } from './Toast';

interface Props {
  message: Message;
  me: string;
  inGroup: boolean;
  /** Whether it begins and ends a block of one author's messages. */
  first: boolean;
  last: boolean;
}

export const MessageItem = memo(function MessageItem({ message, me, inGroup, first, last }: Props) {
  const i18n = useI18n();
  const { t } = i18n;
  const store = useStore();
  const names = useNames();
  const toast = useToast();
  const copy = useCopy();
  const [menu, setMenu] = useState<{ x: number; y: number }>();
  const { own, content, status } = message;
  const author = names(message.from);

  if (message.recalledBy) {
    return (
      <p className="notice" data-testid="message-recalled" data-mid={message.id}>
        {message.recalledBy === me
          ? t('message.recalled-you')
          : t('message.recalled', { user: names(message.recalledBy) })}
      </p>
    );
  }

  const recall = async (): Promise<void> => {
    const problem = await store.recall(message);
    if (problem) toast(t('message.not-recalled', { reason: i18n.error(problem) }), 'error');
  };
  const items: MenuItem[] = [];
  if (content.kind === 'text')
    items.push({ label: t('message.copy'), icon: CopyIcon, testId: 'copy', run: () => copy(content.text) });
  if (own && status === 'failed') {
    items.push({
      label: t('message.retry'),
      icon: RetryIcon,
      testId: 'retry',
      run: () => store.retry(message),
    });
    items.push({
      label: t('message.discard'),
      icon: TrashIcon,
      testId: 'discard',
      run: () => store.discard(message),
    });
  } else if (own && status !== 'sending') {
    items.push({ label: t('message.recall'), icon: RecallIcon, testId: 'recall', run: () => void recall() });
  }
  const openMenu = (event: MouseEvent): void => {
    // Links and marked text keep the browser's own menu.
    if (items.length === 0 || (event.target as Element).closest('a') || window.getSelection()?.toString())
      return;
    event.preventDefault();
    setMenu({ x: event.clientX, y: event.clientY });
  };
  const openMenuAt = (event: MouseEvent): void => {
    const box = event.currentTarget.getBoundingClientRect();
    setMenu({ x: box.left, y: box.bottom + 4 });
  };

  return (
    <article
      className="message"
      data-testid="message"
      data-mid={message.id}
      data-from={message.from}
      data-status={status}
      data-kind={content.kind}
      data-own={own || undefined}
      data-first={first || undefined}
      data-last={last || undefined}
      aria-label={`${author}, ${i18n.time(message.time)}`}
      onContextMenu={openMenu}
    >
      {!own && <span className="message-avatar">{last && <UserAvatar user={message.from} size={34} />}</span>}
      <div className="message-column">
        {inGroup && !own && first && <span className="message-author">{author}</span>}
        <div className="message-line">
          <div className="bubble" data-kind={content.kind}>
            <MessageContent message={message} author={author} />
            <span className="message-meta">
              <time dateTime={new Date(message.time).toISOString()} title={i18n.full(message.time)}>
                {i18n.time(message.time)}
              </time>
              {status && <Ticks status={status} />}
            </span>
          </div>
          {items.length > 0 && (
            <button
              type="button"
              className="icon-button message-actions"
              data-testid="message-actions"
              onClick={openMenuAt}
              aria-label={t('message.actions')}
              aria-haspopup="menu"
              title={t('message.actions')}
            >
              <MoreIcon size={18} />
            </button>
          )}
        </div>
        {status === 'failed' && (
          <p className="message-failed" role="alert">
            {message.error ? i18n.error(message.error) : t('status.failed')}
            <button type="button" onClick={() => store.retry(message)} data-testid="retry-inline">
              {t('message.retry')}
            </button>
          </p>
        )}
      </div>
      {menu && (
        <Menu at={menu} items={items} label={t('message.actions')} onClose={() => setMenu(undefined)} />
      )}
    </article>
  );
});

const ticks = {
  sending: ClockIcon,
  sent: CheckIcon,
  delivered: DoubleCheckIcon,
  read: DoubleCheckIcon,
  failed: AlertIcon,
};

function Ticks({ status }: { status: Status }) {
  const { t } = useI18n();
  const Icon = ticks[status];
  return (
    <span
      className="ticks"
      data-status={status}
      role="img"
      aria-label={t(`status.${status}`)}
      title={t(`status.${status}`)}
    >
      <Icon size={15} />
    </span>
  );
}
