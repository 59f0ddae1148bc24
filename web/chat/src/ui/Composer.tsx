import { useEffect, useLayoutEffect, useRef, useState, type ChangeEvent, type ClipboardEvent, type KeyboardEvent } from 'react';
import { useI18n } from '../i18n';
import { EmojiPicker } from './EmojiPicker';
import { ClipIcon, EmojiIcon, ImageIcon, SendIcon } from './icons';

interface Props {
  title: string;
  draft: string;
  onDraft: (text: string) => void;
  onText: (text: string) => void;
  onFiles: (files: Iterable<File>) => void;
}

export function Composer({ title, draft, onDraft, onText, onFiles }: Props) {
  const { t } = useI18n();
  const [text, setText] = useState(draft);
  const [emojiOpen, setEmojiOpen] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const images = useRef<HTMLInputElement>(null);
  const files = useRef<HTMLInputElement>(null);
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
    if (!message) return;
    onText(message);
    change('');
    setEmojiOpen(false);
    area.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    // Enter also confirms a word of a Chinese input method.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    send();
  };
  const onPaste = (event: ClipboardEvent): void => {
    // Office programs put a picture of the text beside the text.
    if (event.clipboardData.files.length === 0 || event.clipboardData.types.includes('text/plain')) return;
    event.preventDefault();
    onFiles(event.clipboardData.files);
  };
  const choose = (event: ChangeEvent<HTMLInputElement>): void => {
    if (event.target.files) onFiles([...event.target.files]);
    event.target.value = '';
  };
  const insert = (emoji: string): void => {
    const element = area.current;
    const start = element?.selectionStart ?? text.length;
    const end = element?.selectionEnd ?? text.length;
    change(text.slice(0, start) + emoji + text.slice(end));
    window.requestAnimationFrame(() => element?.setSelectionRange(start + emoji.length, start + emoji.length));
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
        <button type="button" className="icon-button" data-testid="attach-image" onClick={() => images.current?.click()} aria-label={t('composer.image')} title={t('composer.image')}>
          <ImageIcon size={22} />
        </button>
        <button type="button" className="icon-button" data-testid="attach-file" onClick={() => files.current?.click()} aria-label={t('composer.file')} title={t('composer.file')}>
          <ClipIcon size={22} />
        </button>
        <input ref={images} type="file" accept="image/*" multiple hidden onChange={choose} data-testid="attach-image-input" />
        <input ref={files} type="file" multiple hidden onChange={choose} data-testid="attach-file-input" />
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
        <button type="button" className="send" data-testid="send" onClick={send} disabled={!text.trim()} aria-label={t('composer.send')} title={t('composer.send')}>
          <SendIcon size={20} />
        </button>
      </div>
    </div>
  );
}
