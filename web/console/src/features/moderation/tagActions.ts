import { App } from 'antd';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import type { Moderation, TagMembers, TagRow } from '@/api/types/moderation';
import { useConfirm } from '@/components/ConfirmDialog';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useModerationPaths } from './service';
import { tagTexts } from './tagTexts';

/** Names of the rules and lists that use a tag. */
export function usersOf({ id }: TagRow, { rules, lists }: Moderation): string[] {
  return [
    ...rules.filter(({ sub_rules }) => sub_rules.some(({ tags }) => tags.includes(id))),
    ...lists.filter(({ scope }) => scope.tags.includes(id)),
  ].map(({ name }) => name);
}

/** Deletes tags, and takes them from those who have them, after a question. */
export function useTagActions(service: Moderation) {
  const t = useTexts(tagTexts);
  const words = useTexts(common);
  const { base, changes } = useModerationPaths();
  const confirm = useConfirm();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  const finish = async (write: Promise<unknown>, done: string): Promise<void> => {
    await write;
    await invalidate(...changes);
    void message.success(done);
  };
  return {
    remove: (tag: TagRow) => {
      const users = usersOf(tag, service);
      confirm({
        title: t.removeTitle(tag.name),
        content: users.length > 0 ? t.usedNow(users.join(', ')) : t.removeText(tag.members.toLocaleString()),
        okText: words.delete,
        danger: true,
        onOk: () => finish(api.delete(`${base}/tags/${tag.id}`), t.removeDone),
      });
    },
    unbind: ({ id }: TagRow, members: readonly string[], after?: () => void) =>
      confirm({
        title: members.length === 1 ? t.unbindOne(members[0]!) : t.unbindTitle(members.length),
        content: t.unbindText,
        okText: t.unbind,
        danger: true,
        onOk: async () => {
          const body: TagMembers = { members: [...members] };
          await finish(api.post(`${base}/tags/${id}/remove`, body), t.unbindDone);
          after?.();
        },
      }),
    clear: ({ id, name, members }: TagRow) =>
      confirm({
        title: t.clearTitle(name),
        content: t.clearText(members.toLocaleString()),
        okText: t.clear,
        danger: true,
        onOk: () => finish(api.post(`${base}/tags/${id}/clear`, {}), t.clearDone),
      }),
  };
}
