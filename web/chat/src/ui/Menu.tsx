import { useEffect, useLayoutEffect, useRef, useState, type ComponentType, type KeyboardEvent } from 'react';
import { createPortal } from 'react-dom';

export interface MenuItem {
  label: string;
  icon: ComponentType<{ size?: number }>;
  testId: string;
  run: () => void;
}

interface Props {
  at: { x: number; y: number };
  items: MenuItem[];
  label: string;
  onClose: () => void;
}

/** A menu at a point of the window; one click, Escape or a scroll closes it. */
export function Menu({ at, items, label, onClose }: Props) {
  const element = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState(at);

  useLayoutEffect(() => {
    const { width, height } = element.current!.getBoundingClientRect();
    setPlace({
      x: Math.max(8, Math.min(at.x, window.innerWidth - width - 8)),
      y: Math.max(8, Math.min(at.y, window.innerHeight - height - 8)),
    });
    const former = document.activeElement;
    element.current!.querySelector('button')?.focus({ preventScroll: true });
    return () => {
      if (former instanceof HTMLElement) former.focus({ preventScroll: true });
    };
  }, [at]);

  useEffect(() => {
    const outside = (event: Event): void => {
      if (!element.current?.contains(event.target as Node)) onClose();
    };
    window.addEventListener('pointerdown', outside, true);
    window.addEventListener('wheel', outside, { capture: true, passive: true });
    window.addEventListener('resize', onClose);
    window.addEventListener('blur', onClose);
    return () => {
      window.removeEventListener('pointerdown', outside, true);
      window.removeEventListener('wheel', outside, true);
      window.removeEventListener('resize', onClose);
      window.removeEventListener('blur', onClose);
    };
  }, [onClose]);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' || event.key === 'Tab') {
      event.preventDefault();
      onClose();
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const buttons = [...element.current!.querySelectorAll('button')];
      const step = event.key === 'ArrowDown' ? 1 : -1;
      const current = buttons.indexOf(document.activeElement as HTMLButtonElement);
      buttons[(current + step + buttons.length) % buttons.length]?.focus();
    }
  };

  return createPortal(
    <div
      ref={element}
      className="menu"
      role="menu"
      aria-label={label}
      style={{ left: place.x, top: place.y }}
      onKeyDown={onKeyDown}
    >
      {items.map(({ label: text, icon: Icon, testId, run }) => (
        <button
          key={testId}
          type="button"
          role="menuitem"
          data-testid={testId}
          onClick={() => {
            onClose();
            run();
          }}
        >
          <Icon size={17} />
          {text}
        </button>
      ))}
    </div>,
    document.body,
  );
}
