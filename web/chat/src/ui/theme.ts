import { useState } from 'react';

export type Theme = 'system' | 'light' | 'dark';

const storageKey = 'hongyan-chat.theme';
const next: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' };

function stored(): Theme {
  try {
    const theme = localStorage.getItem(storageKey);
    return theme === 'light' || theme === 'dark' ? theme : 'system';
  } catch {
    return 'system';
  }
}

export function applyTheme(theme: Theme = stored()): void {
  document.documentElement.dataset.theme = theme;
}

export function useTheme(): { theme: Theme; cycle: () => void } {
  const [theme, setTheme] = useState(stored);
  const cycle = (): void => {
    const chosen = next[theme];
    applyTheme(chosen);
    setTheme(chosen);
    try {
      localStorage.setItem(storageKey, chosen);
    } catch {
      // The choice then lasts until the next reload.
    }
  };
  return { theme, cycle };
}
