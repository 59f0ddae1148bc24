import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { App as AntApp, ConfigProvider } from 'antd';
import enUS from 'antd/locale/en_US';
import zhCN from 'antd/locale/zh_CN';
import dayjs from 'dayjs';
import 'dayjs/locale/zh-cn';
import { useMemo } from 'react';
import { RouterProvider } from 'react-router/dom';
import { NetworkError, setHooks } from './api/client';
import { forgetSession, refreshSession } from './api/session';
import { LanguageProvider, useLanguage } from './i18n';
import { router } from './router';
import { theme } from './theme/tokens';

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // What the server refuses it refuses again.
      retry: (failures, error) => error instanceof NetworkError && failures < 1,
      staleTime: 10_000,
      refetchOnWindowFocus: false,
    },
  },
});

setHooks({
  sessionChanged: () => void forgetSession(client).catch(() => undefined),
  renewToken: async () => void (await refreshSession(client)),
});

export function App() {
  return (
    <LanguageProvider>
      <QueryClientProvider client={client}>
        <Look />
      </QueryClientProvider>
    </LanguageProvider>
  );
}

/** antd in our colours and the language on show. */
function Look() {
  const { language } = useLanguage();
  // Before anything below formats a date.
  useMemo(() => dayjs.locale(language === 'zh' ? 'zh-cn' : 'en'), [language]);
  return (
    <ConfigProvider
      theme={theme}
      locale={language === 'zh' ? zhCN : enUS}
      button={{ autoInsertSpace: false }}
      form={{ requiredMark: true, colon: false }}
    >
      <AntApp component={false} message={{ maxCount: 3 }} notification={{ placement: 'topRight' }}>
        <RouterProvider router={router} />
      </AntApp>
    </ConfigProvider>
  );
}
