import { useCallback, useRef, useState, type DragEvent } from 'react';
import { useI18n } from '../i18n';
import type { Conversation, ConversationKey } from '../im/model';
import { GroupAvatar, UserAvatar } from './Avatar';
import { Composer } from './Composer';
import { GroupDialog } from './GroupDialog';
import { BackIcon, InfoIcon } from './icons';
import { MessageList } from './MessageList';
import { titleOf, useChat, useNames, useStore } from './store';
import { useToast } from './Toast';

interface Props {
  conversation: Conversation;
  drafts: Map<ConversationKey, string>;
  onBack: () => void;
}

export function ConversationView({ conversation, drafts, onBack }: Props) {
  const { t, error } = useI18n();
  const store = useStore();
  const toast = useToast();
  const names = useNames();
  // While the SDK reconnects it keeps messages and sends them afterwards.
  const ready = useChat((state) => state.connection === 'connected' || state.connection === 'reconnecting');
  const [infoOpen, setInfoOpen] = useState(false);
  const [dropping, setDropping] = useState(false);
  const dragDepth = useRef(0);
  const { key, kind, id, closed } = conversation;
  const title = titleOf(conversation, names);

  const sendFiles = useCallback(
    async (files: Iterable<File>) => {
      // The browser empties its own list as soon as the event is over.
      for (const file of [...files]) {
        const problem = await store.sendFile(key, file);
        if (problem) toast(`${file.name}: ${error(problem)}`, 'error');
      }
    },
    [store, key, toast, error],
  );

  const carriesFiles = (event: DragEvent): boolean => !closed && event.dataTransfer.types.includes('Files');
  const drag = {
    onDragEnter(event: DragEvent) {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      dragDepth.current++;
      setDropping(true);
    },
    onDragOver(event: DragEvent) {
      if (carriesFiles(event)) event.preventDefault();
    },
    onDragLeave(event: DragEvent) {
      if (carriesFiles(event) && --dragDepth.current === 0) setDropping(false);
    },
    onDrop(event: DragEvent) {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      dragDepth.current = 0;
      setDropping(false);
      void sendFiles(event.dataTransfer.files);
    },
  };

  return (
    <section
      className="conversation-view"
      data-testid="conversation-view"
      data-conversation={id}
      aria-label={title}
      {...drag}
    >
      <header className="conversation-head">
        <button
          type="button"
          className="icon-button back"
          data-testid="back"
          onClick={onBack}
          aria-label={t('chat.back')}
          title={t('chat.back')}
        >
          <BackIcon size={22} />
        </button>
        {kind === 'group' ? <GroupAvatar id={id} size={38} /> : <UserAvatar user={id} size={38} />}
        <div className="conversation-name">
          <h1 data-testid="conversation-title">{title}</h1>
          {kind === 'single' ? title !== id && <span>{id}</span> : <span>{t('list.group-tag')}</span>}
        </div>
        {kind === 'group' && !closed && (
          <button
            type="button"
            className="icon-button"
            data-testid="group-info-button"
            onClick={() => setInfoOpen(true)}
            aria-label={t('chat.group-info')}
            title={t('chat.group-info')}
          >
            <InfoIcon size={22} />
          </button>
        )}
      </header>
      <MessageList conversation={conversation} title={title} />
      {closed ? (
        <p className="composer-closed">{t('chat.closed')}</p>
      ) : (
        <Composer
          title={title}
          ready={ready}
          draft={drafts.get(key) ?? ''}
          onDraft={(text) => (text ? drafts.set(key, text) : drafts.delete(key))}
          onText={(text) => store.sendText(key, text)}
          onFiles={sendFiles}
        />
      )}
      {dropping && (
        <div className="drop-hint" aria-hidden="true">
          {t('chat.drop')}
        </div>
      )}
      {infoOpen && <GroupDialog id={id} onClose={() => setInfoOpen(false)} />}
    </section>
  );
}
