import { useState, type FormEvent } from 'react';
import { useI18n } from '../i18n';
import { describe } from '../im/errors';
import { demoUsers, isDemo, isUserId } from '../im/settings';
import { UserAvatar } from './Avatar';
import { Dialog } from './Dialog';
import { useChat, useNames, useStore } from './store';

export function NewGroupDialog({ onClose }: { onClose: () => void }) {
  const { t, error: errorText } = useI18n();
  const store = useStore();
  const names = useNames();
  const me = useChat((state) => state.me);
  const conversations = useChat((state) => state.conversations);
  const [name, setName] = useState('');
  const [members, setMembers] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();

  const listed = split(members);
  const known = Object.values(conversations)
    .filter((conversation) => conversation.kind === 'single')
    .map((conversation) => conversation.id);
  const suggestions = [...new Set([...(isDemo ? demoUsers : []), ...known])]
    .filter((user) => user !== me)
    .slice(0, 12);

  const toggle = (user: string): void => {
    setProblem(undefined);
    setMembers(
      (listed.includes(user) ? listed.filter((other) => other !== user) : [...listed, user]).join(', '),
    );
  };
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const title = name.trim();
    if (!title) return setProblem(t('new-group.no-name'));
    const wrong = listed.find((user) => !isUserId(user));
    if (wrong) return setProblem(t('new-group.invalid', { user: wrong }));
    setBusy(true);
    setProblem(undefined);
    try {
      await store.createGroup(
        title,
        listed.filter((user) => user !== me),
      );
      onClose();
    } catch (error) {
      setProblem(errorText(describe(error)));
      setBusy(false);
    }
  };

  return (
    <Dialog title={t('new-group.title')} onClose={onClose} testId="new-group-dialog">
      <form onSubmit={submit} noValidate>
        <label className="field">
          <span>{t('new-group.name')}</span>
          <input
            data-testid="group-name"
            value={name}
            onChange={(event) => setName(event.target.value)}
            maxLength={128}
            autoComplete="off"
          />
        </label>
        <label className="field">
          <span>{t('new-group.members')}</span>
          <input
            data-testid="group-members"
            value={members}
            onChange={(event) => setMembers(event.target.value)}
            placeholder={t('new-group.members-hint')}
            autoCapitalize="none"
            autoCorrect="off"
            autoComplete="off"
            spellCheck={false}
          />
        </label>
        {suggestions.length > 0 && (
          <div className="suggestions">
            <span>{t('new-group.suggestions')}</span>
            <div>
              {suggestions.map((user) => (
                <button
                  key={user}
                  type="button"
                  className="user-chip"
                  data-testid={`member-${user}`}
                  aria-pressed={listed.includes(user)}
                  onClick={() => toggle(user)}
                >
                  <UserAvatar user={user} size={24} />
                  <span>{names(user)}</span>
                </button>
              ))}
            </div>
          </div>
        )}
        {problem && (
          <p className="form-error" role="alert">
            {problem}
          </p>
        )}
        <footer>
          <button type="button" className="button-plain" onClick={onClose}>
            {t('dialog.cancel')}
          </button>
          <button
            type="submit"
            className="button-primary"
            data-testid="group-submit"
            disabled={busy || !name.trim()}
          >
            {busy && <span className="spinner" aria-hidden="true" />}
            {t(busy ? 'new-group.busy' : 'new-group.submit')}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

function split(text: string): string[] {
  return [...new Set(text.toLowerCase().split(/[\s,;，；、]+/))].filter(Boolean);
}
