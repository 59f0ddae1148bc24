import { useEffect, useId, useState, type FormEvent } from 'react';
import { useI18n } from '../i18n';
import { loadSdk } from '../im/connection';
import { appKey, demoPassword, demoUsers, isDemo } from '../im/settings';
import { UserAvatar } from './Avatar';
import { AlertIcon, EyeIcon, EyeOffIcon, Logo, WindowIcon } from './icons';
import { LanguageSwitch, ThemeSwitch } from './Switches';
import { Skyline } from './Skyline';
import { useChat, useStore } from './store';

/** Elsewhere the focus would raise the on-screen keyboard. */
const hasKeyboard = window.matchMedia('(pointer: fine)').matches;

export function LoginPage() {
  const { t, error: errorText } = useI18n();
  const store = useStore();
  const busy = useChat((state) => state.signingIn);
  const error = useChat((state) => state.loginError);
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const [shown, setShown] = useState(false);
  const id = useId();

  // By the time somebody has typed a name, the SDK is here.
  useEffect(() => void loadSdk().catch(() => {}), []);

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void store.signIn(user, password);
  };
  const signInAs = (demoUser: string): void => {
    setUser(demoUser);
    setPassword(demoPassword);
    void store.signIn(demoUser, demoPassword);
  };

  return (
    <div className="login">
      <header className="login-hero">
        <Skyline />
        <div className="login-brand">
          <Logo size={44} />
          <span>{t('app.name')}</span>
        </div>
        <div className="login-words">
          <h1>{t('app.tagline')}</h1>
          <p>{t('app.lead')}</p>
        </div>
      </header>
      <main className="login-side">
        <div className="login-switches">
          <ThemeSwitch />
          <LanguageSwitch />
        </div>
        <form className="login-card" onSubmit={submit} aria-label={t('login.title')}>
          <h2>{t('login.title')}</h2>
          <p className="login-app">
            {t('login.app')} <code>{appKey}</code>
          </p>
          <label className="field" htmlFor={`${id}-user`}>
            <span>{t('login.user')}</span>
            <input
              id={`${id}-user`}
              data-testid="login-user"
              value={user}
              onChange={(event) => setUser(event.target.value)}
              autoComplete="username"
              autoCapitalize="none"
              autoCorrect="off"
              spellCheck={false}
              required
              maxLength={64}
              autoFocus={hasKeyboard}
            />
          </label>
          <label className="field" htmlFor={`${id}-password`}>
            <span>{t('login.password')}</span>
            <span className="field-with-button">
              <input
                id={`${id}-password`}
                data-testid="login-password"
                type={shown ? 'text' : 'password'}
                value={password}
                onChange={(event) => setPassword(event.target.value)}
                autoComplete="current-password"
                required
              />
              <button
                type="button"
                className="icon-button"
                onClick={() => setShown(!shown)}
                aria-label={t(shown ? 'login.hide-password' : 'login.show-password')}
                title={t(shown ? 'login.hide-password' : 'login.show-password')}
              >
                {shown ? <EyeOffIcon size={18} /> : <EyeIcon size={18} />}
              </button>
            </span>
          </label>
          {error && (
            <p className="form-error" role="alert" data-testid="login-error">
              <AlertIcon size={17} />
              {errorText(error)}
            </p>
          )}
          <button type="submit" className="button-primary" data-testid="login-submit" disabled={busy}>
            {busy && <span className="spinner" aria-hidden="true" />}
            {t(busy ? 'login.busy' : 'login.submit')}
          </button>
          {isDemo && (
            <div className="login-demo">
              <p className="divider">
                <span>{t('login.demo-users')}</span>
              </p>
              <div className="login-chips">
                {demoUsers.map((name) => (
                  <button
                    key={name}
                    type="button"
                    className="user-chip"
                    data-testid={`user-chip-${name}`}
                    onClick={() => signInAs(name)}
                    disabled={busy}
                    aria-label={t('login.as', { user: name })}
                  >
                    <UserAvatar user={name} size={28} />
                    <span>{name}</span>
                  </button>
                ))}
              </div>
            </div>
          )}
        </form>
        <p className="login-hint">
          {t('login.two-windows')} {/* Without `noopener` the new window would inherit this one's session. */}
          <a href={window.location.href} target="_blank" rel="noopener">
            {t('login.new-window')}
            <WindowIcon size={14} />
          </a>
        </p>
      </main>
    </div>
  );
}
