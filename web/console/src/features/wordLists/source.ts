import { App } from 'antd';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import type { RemovedWords, WordImport, WordText } from '@/api/types/sensitiveWords';
import { useConfirm } from '@/components/ConfirmDialog';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { wordListTexts } from './texts';

/** A list of words on the server. */
export interface WordSource {
  /** Its words are at `…/words`, and go by `…/remove` and `…/clear`. */
  path: string;
  /** What else shows how many words there are, as paths of reads. */
  changes: readonly string[];
  /** What a word of it is called. */
  noun: string;
  /** What is different once words are gone. */
  afterRemoval: string;
  /** Lines that can be added by hand at once; absent: any number. */
  mostLines?: number;
}

/** Adds words, one a line, and hands on what became of them. */
export function useAddWords(
  { path, changes }: WordSource,
  onDone: (report: WordImport) => void,
): (text: string) => Promise<void> {
  const invalidate = useInvalidate();
  return async (text) => {
    const report = await api.post<WordImport>(`${path}/words`, { text } satisfies WordText);
    await invalidate(path, ...changes);
    onDone(report);
  };
}

/** Asks before words go. */
export function useRemoval({ path, changes, noun, afterRemoval }: WordSource) {
  const t = useTexts(wordListTexts);
  const words = useTexts(common);
  const confirm = useConfirm();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  const post = async (action: string, body: unknown): Promise<void> => {
    const { removed } = await api.post<RemovedWords>(`${path}/${action}`, body);
    await invalidate(path, ...changes);
    void message.success(t.removeDone(removed, noun));
  };
  return {
    remove: (chosen: readonly string[], after?: () => void) =>
      confirm({
        title: chosen.length === 1 ? t.removeOne(chosen[0]!, noun) : t.removeTitle(chosen.length, noun),
        content: afterRemoval,
        okText: words.delete,
        danger: true,
        onOk: async () => {
          await post('remove', { words: chosen });
          after?.();
        },
      }),
    clear: (total: string) =>
      confirm({
        title: t.clearTitle(noun),
        content: t.clearText(total, noun, afterRemoval),
        okText: t.clear,
        danger: true,
        onOk: () => post('clear', {}),
      }),
  };
}
