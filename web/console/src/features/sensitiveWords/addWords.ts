import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import type { WordImport } from '@/api/types/sensitiveWords';
import { useApp } from '@/shell/app';

/** Adds a list of words, one a line, and hands on what became of it. */
export function useAddWords(onDone: (report: WordImport) => void): (text: string) => Promise<void> {
  const app = useApp();
  const invalidate = useInvalidate();
  const path = `${app.api}/sensitive-words`;
  return async (text) => {
    const report = await api.post<WordImport>(`${path}/words`, { text });
    await invalidate(path, `${app.api}/features`);
    onDone(report);
  };
}
