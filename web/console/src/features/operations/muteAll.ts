import { App } from 'antd';
import { api } from '@/api/client';
import { useComplain, useInvalidate } from '@/api/hooks';
import type { Switched } from '@/api/types/muc';
import { useConfirm } from '@/components/ConfirmDialog';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import type { MucKind } from './MucListDialog';
import { mucTexts } from './mucTexts';

/** 全员禁言: asks, in the words for the way it goes, and turns it round. */
export function useMuteAll(kind: MucKind): (muc: { id: string; name: string }) => void {
  const t = useTexts(mucTexts);
  const app = useApp();
  const confirm = useConfirm();
  const complain = useComplain();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  const ask = async ({ id, name }: { id: string; name: string }): Promise<void> => {
    const path = `${app.api}/${kind}/${encodeURIComponent(id)}`;
    const { mute_all: muted } = await api.get<{ mute_all: boolean }>(path);
    const label = muted ? t.unmuteAll : t.muteAll;
    confirm({
      title: `${label}：${name || id}`,
      content: muted ? t.unmuteAllText : t.muteAllText,
      okText: label,
      danger: !muted,
      onOk: async () => {
        await api.put(`${path}/mute-all`, { on: !muted } satisfies Switched);
        await invalidate(path);
        void message.success(muted ? t.unmuteAllDone : t.muteAllDone);
      },
    });
  };
  return (muc) => void ask(muc).catch((error: unknown) => complain(error));
}
