import {
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  type ChangeEvent,
  type ClipboardEvent,
  type ComponentType,
  type KeyboardEvent,
} from 'react';
import { useI18n } from '../i18n';
import { EmojiPicker } from './EmojiPicker';
import { ClipIcon, EmojiIcon, ImageIcon, SendIcon } from './icons';

interface Props {
  title: string;
  draft: string;
  /** Whether a message can be handed over now; what is written stays until then. */
  ready: boolean;
  onDraft: (text: string) => void;
  onText: (text: string) => void;
  onFiles: (files: Iterable<File>) => void;
}

export function Composer({ title, draft, ready, onDraft, onText, onFiles }: Props) {
  const { t } = useI18n();
  const [text, setText] = useState(draft);
  const [emojiOpen, setEmojiOpen] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const emojiButton = useRef<HTMLButtonElement>(null);

  // On a phone focusing would raise the keyboard at once.
  useEffect(() => {
    if (window.matchMedia('(pointer: fine)').matches) area.current?.focus();
  }, []);
  useLayoutEffect(() => {
    const element = area.current;
    if (!element) return;
    element.style.height = 'auto';
    element.style.height = `${Math.min(element.scrollHeight, 160)}px`;
  }, [text]);

  const change = (value: string): void => {
    setText(value);
    onDraft(value);
  };
  const send = (): void => {
    const message = text.trim();
    if (!message || !ready) return;
    onText(message);
    change('');
    setEmojiOpen(false);
    area.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    // Enter also confirms a word of a Chinese input method.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing || event.keyCode === 229)
      return;
    event.preventDefault();
    send();
  };
  const onPaste = (event: ClipboardEvent): void => {
    // Office programs put a picture of the text beside the text.
    if (event.clipboardData.files.length === 0 || event.clipboardData.types.includes('text/plain')) return;
    event.preventDefault();
    onFiles(event.clipboardData.files);
  };
  const insert = (emoji: string): void => {
    const element = area.current;
    const start = element?.selectionStart ?? text.length;
    const end = element?.selectionEnd ?? text.length;
    change(text.slice(0, start) + emoji + text.slice(end));
    window.requestAnimationFrame(() =>
      element?.setSelectionRange(start + emoji.length, start + emoji.length),
    );
  };

  return (
    <div className="composer">
      {emojiOpen && (
        <EmojiPicker
          onPick={insert}
          onClose={(refocus) => {
            setEmojiOpen(false);
            if (refocus) area.current?.focus();
          }}
          opener={emojiButton}
        />
      )}
      <div className="composer-box">
        <button
          ref={emojiButton}
          type="button"
          className="icon-button"
          data-testid="emoji-button"
          onClick={() => setEmojiOpen(!emojiOpen)}
          aria-label={t('composer.emoji')}
          aria-expanded={emojiOpen}
          title={t('composer.emoji')}
        >
          <EmojiIcon size={22} />
        </button>
        <FileButton
          testId="attach-image"
          label={t('composer.image')}
          icon={ImageIcon}
          accept="image/*"
          onFiles={onFiles}
        />
        <FileButton testId="attach-file" label={t('composer.file')} icon={ClipIcon} onFiles={onFiles} />
        <textarea
          ref={area}
          data-testid="message-input"
          rows={1}
          value={text}
          onChange={(event) => change(event.target.value)}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
          placeholder={t('composer.placeholder')}
          aria-label={t('composer.label', { name: title })}
          title={t('composer.hint')}
          enterKeyHint="send"
        />
        <button
          type="button"
          className="send"
          data-testid="send"
          onClick={send}
          disabled={!ready || !text.trim()}
          aria-label={t('composer.send')}
          title={t('composer.send')}
        >
          <SendIcon size={20} />
        </button>
      </div>
    </div>
  );
}

interface FileButtonProps {
  testId: string;
  label: string;
  icon: ComponentType<{ size?: number }>;
  accept?: string;
  onFiles: (files: Iterable<File>) => void;
}

function FileButton({ testId, label, icon: Icon, accept, onFiles }: FileButtonProps) {
  const choose = (event: ChangeEvent<HTMLInputElement>): void => {
    const files = [...(event.target.files ?? [])];
    // So that the same file can be chosen again.
    event.target.value = '';
    onFiles(files);
  };
  return (
    <label className="icon-button file-button" data-testid={testId} title={label}>
      <Icon size={22} />
      <input
        type="file"
        accept={accept}
        multiple
        onChange={choose}
        aria-label={label}
        data-testid={`${testId}-input`}
      />
    </label>
  );
}
