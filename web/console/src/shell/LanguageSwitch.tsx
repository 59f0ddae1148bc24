import { GlobalOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useContext } from 'react';
import { api } from '@/api/client';
import { useLanguage, type Language } from '@/i18n';
import { noteSwitch } from './language';
import { SessionContext } from './session';

const names: Record<Language, { label: string; lang: string; action: string }> = {
  zh: { label: '中文', lang: 'zh-CN', action: '切换到中文' },
  en: { label: 'English', lang: 'en', action: 'Switch to English' },
};

/** Shows the language that a click leads to, in that language. Kept in the browser and, when signed in, in the account. */
export function LanguageSwitch({ dark }: { dark?: boolean }) {
  const { language, choose } = useLanguage();
  const session = useContext(SessionContext);
  const other: Language = language === 'zh' ? 'en' : 'zh';
  const { label, lang, action } = names[other];
  const change = (): void => {
    choose(other);
    // The page has changed already; the account is for other browsers, and a failure is no reason to complain.
    if (session) void api.put('/account', { language: other }).catch(() => undefined);
    else noteSwitch();
  };
  return (
    <Button
      type="text"
      className={dark ? 'top-button' : undefined}
      icon={<GlobalOutlined />}
      onClick={change}
      aria-label={action}
      lang={lang}
    >
      {label}
    </Button>
  );
}
