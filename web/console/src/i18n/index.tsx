import { createContext, useCallback, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import type { Language } from './define';
import type { Dictionary } from './define';

export { defineTexts } from './define';
export type { Language } from './define';

const storageKey = 'hongyan-console.language';
export const locales: Record<Language, string> = { zh: 'zh-CN', en: 'en' };

interface LanguageChoice {
  language: Language;
  /** Shows the other language and remembers it in this browser. */
  choose(language: Language): void;
}

const Context = createContext<LanguageChoice | undefined>(undefined);

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(first);
  const choose = useCallback((chosen: Language) => {
    current = chosen;
    setLanguage(chosen);
    try {
      localStorage.setItem(storageKey, chosen);
    } catch {
      // The choice then lasts until the next reload.
    }
  }, []);
  useEffect(() => {
    document.documentElement.lang = locales[language];
  }, [language]);
  const choice = useMemo(() => ({ language, choose }), [language, choose]);
  return <Context value={choice}>{children}</Context>;
}

export function useLanguage(): LanguageChoice {
  const choice = useContext(Context);
  if (!choice) throw new Error('useLanguage outside LanguageProvider');
  return choice;
}

/** The feature's texts in the language on show. */
export function useTexts<T>(texts: Dictionary<T>): Dictionary<T>[Language] {
  return texts[useLanguage().language];
}

let current: Language = first();

/** For code outside of components. */
export function currentLanguage(): Language {
  return current;
}

/** What this browser has chosen. Otherwise the console is in Chinese until an account says more, and the reference, which everybody reads, is in the browser's language. */
function first(): Language {
  const isReference = window.location.pathname === `${import.meta.env.BASE_URL}docs`;
  return remembered() ?? (isReference && !navigator.language.startsWith('zh') ? 'en' : 'zh');
}

function remembered(): Language | undefined {
  try {
    const chosen = localStorage.getItem(storageKey);
    return chosen === 'en' || chosen === 'zh' ? chosen : undefined;
  } catch {
    return undefined;
  }
}
