import { useEffect, useRef, type RefObject } from 'react';
import { useI18n } from '../i18n';
import { emojiSections } from './emoji';

interface Props {
  onPick: (emoji: string) => void;
  onClose: (refocus: boolean) => void;
  /** The button that opens and closes the picker. */
  opener: RefObject<HTMLElement | null>;
}

export function EmojiPicker({ onPick, onClose, opener }: Props) {
  const { t } = useI18n();
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const outside = (event: Event): void => {
      const target = event.target as Node;
      if (!element.current?.contains(target) && !opener.current?.contains(target)) onClose(false);
    };
    const escape = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') onClose(true);
    };
    window.addEventListener('pointerdown', outside, true);
    window.addEventListener('keydown', escape);
    return () => {
      window.removeEventListener('pointerdown', outside, true);
      window.removeEventListener('keydown', escape);
    };
  }, [onClose, opener]);
  return (
    <div
      ref={element}
      className="emoji"
      role="dialog"
      aria-label={t('composer.emoji')}
      data-testid="emoji-picker"
    >
      {emojiSections.map(({ name, emoji }) => (
        <section key={name} aria-label={t(`emoji.${name}`)}>
          <h2>{t(`emoji.${name}`)}</h2>
          <div>
            {emoji.map((char) => (
              <button key={char} type="button" data-testid={`emoji-${char}`} onClick={() => onPick(char)}>
                {char}
              </button>
            ))}
          </div>
        </section>
      ))}
    </div>
  );
}
