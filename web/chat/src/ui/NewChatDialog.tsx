import { useState, type FormEvent } from 'react';
import { useI18n, type TextKey } from '../i18n';
import { demoUsers, isDemo, isUserId } from '../im/settings';
import { UserAvatar } from './Avatar';
import { Dialog } from './Dialog';
import { useChat, useNames, useStore } from './store';

export function NewChatDialog({ onClose }: { onClose: () => void }) {
  const { t } = useI18n();
  const store = useStore();
  const names = useNames();
  const me = useChat((state) => state.me);
  const [user, setUser] = useState('');
  const [problem, setProblem] = useState<TextKey>();
  const others = isDemo ? demoUsers.filter((name) => name !== me) : [];

  const start = (text: string): void => {
    const id = text.trim().toLowerCase();
    if (!isUserId(id)) return setProblem('new-chat.invalid');
    if (id === me) return setProblem('new-chat.self');
    onClose();
    store.startChat(id);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    start(user);
  };

  return (
    <Dialog title={t('new-chat.title')} onClose={onClose} testId="new-chat-dialog">
      <form onSubmit={submit} noValidate>
        <label className="field">
          <span>{t('new-chat.user')}</span>
          <input
            data-testid="new-chat-user"
            value={user}
            onChange={(event) => {
              setUser(event.target.value);
              setProblem(undefined);
            }}
            autoCapitalize="none"
            autoCorrect="off"
            autoComplete="off"
            spellCheck={false}
            maxLength={64}
          />
        </label>
        {problem && (
          <p className="form-error" role="alert">
            {t(problem)}
          </p>
        )}
        {others.length > 0 && (
          <div className="suggestions">
            <span>{t('new-chat.suggestions')}</span>
            <div>
              {others.map((name) => (
                <button
                  key={name}
                  type="button"
                  className="user-chip"
                  data-testid={`suggest-${name}`}
                  onClick={() => start(name)}
                >
                  <UserAvatar user={name} size={24} />
                  <span>{names(name)}</span>
                </button>
              ))}
            </div>
          </div>
        )}
        <footer>
          <button type="button" className="button-plain" onClick={onClose}>
            {t('dialog.cancel')}
          </button>
          <button
            type="submit"
            className="button-primary"
            data-testid="new-chat-submit"
            disabled={!user.trim()}
          >
            {t('new-chat.submit')}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
