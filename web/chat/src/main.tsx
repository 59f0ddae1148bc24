import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { I18nProvider } from './i18n';
import { ChatStore } from './im/store';
import { appKey } from './im/settings';
import { App } from './ui/App';
import { StoreProvider } from './ui/store';
import { applyTheme } from './ui/theme';
import { ToastProvider } from './ui/Toast';
import './styles/base.css';
import './styles/login.css';
import './styles/chat.css';
import './styles/sidebar.css';
import './styles/conversation.css';
import './styles/messages.css';
import './styles/composer.css';
import './styles/overlay.css';
import './styles/narrow.css';

applyTheme();
const store = new ChatStore(appKey);
store.resume();

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <I18nProvider>
      <StoreProvider store={store}>
        <ToastProvider>
          <App />
        </ToastProvider>
      </StoreProvider>
    </I18nProvider>
  </StrictMode>,
);
