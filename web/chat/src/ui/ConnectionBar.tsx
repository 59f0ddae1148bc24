import { useI18n } from '../i18n';
import { AlertIcon } from './icons';
import { useChat, useStore } from './store';

/** Across the top of the page while the connection is anything but fine. */
export function ConnectionBar({ onSignIn }: { onSignIn: () => void }) {
  const { t } = useI18n();
  const store = useStore();
  const connection = useChat((state) => state.connection);
  const ended = useChat((state) => state.ended);
  if (connection === 'connected') return null;
  const waiting = connection === 'connecting' || connection === 'reconnecting';
  return (
    <div
      className="connection-bar"
      data-state={connection}
      data-testid="connection-bar"
      role={waiting ? 'status' : 'alert'}
    >
      {waiting ? <span className="spinner" aria-hidden="true" /> : <AlertIcon size={17} />}
      <span>{connection === 'kicked' ? t(`ended.${ended ?? 'auth-failed'}`) : t(`bar.${connection}`)}</span>
      {connection === 'disconnected' && (
        <button type="button" onClick={() => store.reconnect()}>
          {t('bar.retry')}
        </button>
      )}
      {connection === 'kicked' && (
        <button type="button" onClick={onSignIn} data-testid="sign-in-again">
          {t('bar.sign-in')}
        </button>
      )}
    </div>
  );
}
