import { App } from 'antd';
import { api } from '@/api/client';
import { useAction, useInvalidate } from '@/api/hooks';
import type { KeywordListForm, KeywordListRow, KeywordScope } from '@/api/types/moderation';
import { useConfirm } from '@/components/ConfirmDialog';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { listTexts } from './listTexts';
import { useModerationPaths } from './service';

/** A list as its dialog has it: the two parts of the scope beside each other. */
export interface ListValues extends Omit<KeywordListForm, 'scope'> {
  scope: KeywordScope['type'];
  tags: string[];
}

/** What a new list starts with. */
const blank: ListValues = {
  name: '',
  measure: 'block',
  scope: 'all',
  tags: [],
  whole_text: false,
  ignore_case: true,
  normalise: false,
  enabled: true,
};

export function listValues(list: KeywordListRow | undefined): ListValues {
  if (!list) return blank;
  const { id, words, updated, scope, ...form } = list;
  return { ...form, scope: scope.type, tags: scope.tags };
}

export function listForm({ scope, tags, ...values }: ListValues): KeywordListForm {
  return { ...values, name: values.name.trim(), scope: { type: scope, tags: scope === 'tags' ? tags : [] } };
}

/** Saves what the dialog has: a new list, or the one that it was opened for. */
export function useSaveList(
  list: KeywordListRow | undefined,
  onCreated: (list: KeywordListRow) => void,
): (values: ListValues) => Promise<void> {
  const t = useTexts(listTexts);
  const { base, changes } = useModerationPaths();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  return async (values) => {
    const body = listForm({ ...listValues(list), ...values });
    const saved = list
      ? await api.put<KeywordListRow>(`${base}/lists/${list.id}`, body)
      : await api.post<KeywordListRow>(`${base}/lists`, body);
    await invalidate(...changes);
    void message.success(list ? t.saved : t.added);
    if (!list) onCreated(saved);
  };
}

/** Switches lists and deletes them; what changes messages for the worse asks first. */
export function useListActions() {
  const t = useTexts(listTexts);
  const words = useTexts(common);
  const { base, changes } = useModerationPaths();
  const { message } = App.useApp();
  const confirm = useConfirm();
  const invalidate = useInvalidate();
  const put = (list: KeywordListRow, enabled: boolean): Promise<unknown> =>
    api.put<KeywordListRow>(`${base}/lists/${list.id}`, listForm({ ...listValues(list), enabled }));
  const enable = useAction((list: KeywordListRow) => put(list, true), { done: t.enableDone, changes });
  return {
    busy: enable.busy,
    enable: (list: KeywordListRow) => void enable.run(list),
    disable: (list: KeywordListRow) =>
      confirm({
        title: t.disableTitle(list.name),
        content: t.disableText,
        okText: t.disable,
        onOk: async () => {
          await put(list, false);
          await invalidate(...changes);
          void message.success(t.disableDone);
        },
      }),
    remove: (list: KeywordListRow) =>
      confirm({
        title: t.removeTitle(list.name),
        content: t.removeText(list.words.toLocaleString()),
        okText: words.delete,
        danger: true,
        onOk: async () => {
          await api.delete(`${base}/lists/${list.id}`);
          await invalidate(...changes);
          void message.success(t.removeDone);
        },
      }),
  };
}
