import { useEffect, useRef } from 'react';
import { useI18n } from '../i18n';
import { CloseIcon, DownloadIcon } from './icons';

/** A picture over the whole window. */
export function Lightbox({ url, name, onClose }: { url: string; name: string; onClose: () => void }) {
  const { t } = useI18n();
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = element.current;
    if (dialog && !dialog.open) dialog.showModal();
  }, []);
  return (
    <dialog
      ref={element}
      className="lightbox"
      aria-label={t('viewer.label')}
      data-testid="lightbox"
      onClose={onClose}
      onContextMenu={(event) => event.stopPropagation()}
      onClick={(event) => {
        if (!(event.target as Element).closest('a')) element.current?.close();
      }}
    >
      <img src={url} alt={name} />
      <div className="lightbox-tools">
        <a href={url} download={name || true} aria-label={t('viewer.download')} title={t('viewer.download')}>
          <DownloadIcon size={22} />
        </a>
        <button
          type="button"
          aria-label={t('viewer.close')}
          title={t('viewer.close')}
          data-testid="lightbox-close"
        >
          <CloseIcon size={22} />
        </button>
      </div>
    </dialog>
  );
}
