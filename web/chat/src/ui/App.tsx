import { useEffect } from 'react';
import { useI18n } from '../i18n';
import { ChatPage } from './ChatPage';
import { LoginPage } from './LoginPage';
import { useChat } from './store';

export function App() {
  const { t } = useI18n();
  const signedIn = useChat((state) => state.me !== '');
  const conversations = useChat((state) => state.conversations);
  const unread = signedIn ? Object.values(conversations).reduce((sum, { unread }) => sum + unread, 0) : 0;
  useEffect(() => {
    document.title = (unread > 0 ? `(${unread}) ` : '') + t('app.name');
  }, [unread, t]);
  return signedIn ? <ChatPage /> : <LoginPage />;
}
