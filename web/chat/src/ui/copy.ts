import { useCallback } from 'react';
import { useI18n } from '../i18n';
import { useToast } from './Toast';

/** Copies a text and says so. The clipboard exists only on https and localhost. */
export function useCopy(): (text: string) => void {
  const { t } = useI18n();
  const toast = useToast();
  return useCallback(
    (text: string) => {
      const write = navigator.clipboard?.writeText(text) ?? Promise.reject(new Error('no clipboard'));
      write.then(
        () => toast(t('message.copied')),
        () => toast(t('message.not-copied'), 'error'),
      );
    },
    [t, toast],
  );
}
