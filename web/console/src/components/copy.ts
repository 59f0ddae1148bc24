import { App } from 'antd';
import { useCallback } from 'react';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';

/** Copies a text and says so. */
export function useCopy(): (text: string) => Promise<void> {
  const { message } = App.useApp();
  const t = useTexts(common);
  return useCallback(
    async (text) => {
      try {
        // The clipboard exists only on https and localhost.
        if (navigator.clipboard) await navigator.clipboard.writeText(text);
        else copyBySelection(text);
        void message.success(t.copied);
      } catch {
        void message.error(t.copyFailed);
      }
    },
    [message, t],
  );
}

function copyBySelection(text: string): void {
  const area = document.createElement('textarea');
  area.value = text;
  area.style.position = 'fixed';
  area.style.opacity = '0';
  const focused = document.activeElement;
  // A dialog keeps the focus inside itself, so the text has to be inside too.
  (focused?.closest('[role=dialog]') ?? document.body).append(area);
  area.select();
  const copied = document.execCommand('copy');
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  if (!copied) throw new Error('not copied');
}
