import { useEffect, useId, useRef, type ReactNode } from 'react';
import { useI18n } from '../i18n';
import { CloseIcon } from './icons';

interface Props {
  title: string;
  onClose: () => void;
  children: ReactNode;
  testId?: string;
}

export function Dialog({ title, onClose, children, testId }: Props) {
  const { t } = useI18n();
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = element.current;
    if (!dialog || dialog.open) return;
    dialog.showModal();
    // By itself the dialog would choose its close button.
    dialog.querySelector('input')?.focus();
  }, []);
  return (
    <dialog
      ref={element}
      className="dialog"
      aria-labelledby={id}
      data-testid={testId}
      onClose={onClose}
      onPointerDown={(event) => {
        if (event.target === element.current) element.current?.close();
      }}
    >
      <div className="dialog-body">
        <header>
          <h2 id={id}>{title}</h2>
          <button
            type="button"
            className="icon-button"
            onClick={() => element.current?.close()}
            aria-label={t('dialog.close')}
            title={t('dialog.close')}
          >
            <CloseIcon size={19} />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
