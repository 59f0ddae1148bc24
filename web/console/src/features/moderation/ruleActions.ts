import { App } from 'antd';
import { api } from '@/api/client';
import { useAction, useInvalidate } from '@/api/hooks';
import type { ModerationRuleRow } from '@/api/types/moderation';
import { useConfirm } from '@/components/ConfirmDialog';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { ruleTexts } from './ruleTexts';
import { useModerationPaths } from './service';

/** Switches rules and deletes them; what lets messages through asks first. */
export function useRuleActions() {
  const t = useTexts(ruleTexts);
  const words = useTexts(common);
  const { base, changes } = useModerationPaths();
  const { message } = App.useApp();
  const confirm = useConfirm();
  const invalidate = useInvalidate();
  const put = ({ id }: ModerationRuleRow, enabled: boolean): Promise<unknown> =>
    api.put(`${base}/rules/${id}/enabled`, { enabled });
  const enable = useAction((rule: ModerationRuleRow) => put(rule, true), { done: t.enableDone, changes });
  return {
    busy: enable.busy,
    enable: (rule: ModerationRuleRow) => void enable.run(rule),
    disable: (rule: ModerationRuleRow) =>
      confirm({
        title: t.disableTitle(rule.name),
        content: t.disableText,
        okText: t.disable,
        onOk: async () => {
          await put(rule, false);
          await invalidate(...changes);
          void message.success(t.disableDone);
        },
      }),
    remove: (rule: ModerationRuleRow) =>
      confirm({
        title: t.removeTitle(rule.name),
        content: t.removeText,
        okText: words.delete,
        danger: true,
        onOk: async () => {
          await api.delete(`${base}/rules/${rule.id}`);
          await invalidate(...changes);
          void message.success(t.removeDone);
        },
      }),
  };
}
