import { App } from 'antd';
import { api } from '@/api/client';
import { useAction, useInvalidate } from '@/api/hooks';
import type { CallbackRule } from '@/api/types/callbacks';
import { useConfirm } from '@/components/ConfirmDialog';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useApp } from '@/shell/app';
import { callbackTexts } from './texts';

/** Switches rules, lets them go on after a ban, and deletes them; what breaks something asks first. */
export function useRuleActions() {
  const t = useTexts(callbackTexts);
  const words = useTexts(common);
  const app = useApp();
  const { message } = App.useApp();
  const confirm = useConfirm();
  const invalidate = useInvalidate();
  const all = `${app.api}/callbacks`;
  const path = ({ id }: CallbackRule): string => `${all}/${id}`;
  const put = (rule: CallbackRule, enabled: boolean): Promise<unknown> => api.put(`${path(rule)}/enabled`, { enabled });
  const enable = useAction((rule: CallbackRule) => put(rule, true), { done: t.enableDone, changes: [all] });
  const unban = useAction((rule: CallbackRule) => api.post(`${path(rule)}/unban`), { done: t.unbanDone, changes: [all] });
  return {
    enable: (rule: CallbackRule) => void enable.run(rule),
    unban: (rule: CallbackRule) => void unban.run(rule),
    disable: (rule: CallbackRule) =>
      confirm({
        title: t.disableTitle(rule.name),
        content: rule.kind === 'pre' ? t.disablePre : t.disablePost,
        okText: t.disable,
        onOk: async () => {
          await put(rule, false);
          await invalidate(all);
          void message.success(t.disableDone);
        },
      }),
    remove: (rule: CallbackRule) =>
      confirm({
        title: t.removeTitle(rule.name),
        content: t.removeText,
        okText: words.delete,
        danger: true,
        onOk: async () => {
          await api.delete(path(rule));
          await invalidate(all, `${app.api}/features`);
          void message.success(t.removeDone);
        },
      }),
  };
}
