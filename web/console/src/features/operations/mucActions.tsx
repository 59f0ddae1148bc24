import { App } from 'antd';
import type { ReactNode } from 'react';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import { useConfirm } from '@/components/ConfirmDialog';
import { useOpening } from '@/components/dialog';
import type { RowAction } from '@/components/RowActions';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { AnnouncementDialog } from './AnnouncementDialog';
import { MucListDialog, type MucKind, type MucList, type MucOnShow } from './MucListDialog';
import { mucTexts } from './mucTexts';
import { useMuteAll } from './muteAll';
import { SendMessageDialog } from './SendMessageDialog';
import { TransferDialog } from './TransferDialog';

interface Muc {
  id: string;
  name: string;
}

/** What the two kinds call their actions. */
export interface MucWords {
  members: string;
  edit: string;
  admins: string;
  blocklist: string;
  mutes: string;
  allowlist: string;
  announcement: string;
  send: string;
  transfer: string;
  dissolve: string;
  dissolveTitle: (name: string) => string;
  dissolveText: string;
  dissolveDone: string;
}

/** The actions of a group's or chat room's row, and the dialogs that they open. */
export function useMucActions<M extends Muc>(
  kind: MucKind,
  t: MucWords,
  edit: (muc: M) => void,
): { actions: (muc: M) => RowAction[]; dialogs: ReactNode } {
  const words = useTexts(mucTexts);
  const lists = useOpening<MucOnShow>();
  const announcing = useOpening<Muc>();
  const transferring = useOpening<Muc>();
  const sending = useOpening<Muc>();
  const muteAll = useMuteAll(kind);
  const dissolve = useDissolve(kind, t);
  const actions = (muc: M): RowAction[] => {
    const list = (list: MucList, label: string): RowAction => ({
      key: list,
      label,
      onClick: () => lists.show({ id: muc.id, name: muc.name, list }),
    });
    return [
      list('members', t.members),
      { key: 'edit', label: t.edit, onClick: () => edit(muc) },
      list('admins', t.admins),
      list('blocklist', t.blocklist),
      list('mutes', t.mutes),
      list('allowlist', t.allowlist),
      { key: 'mute-all', label: `${words.muteAll} / ${words.unmuteAll}`, onClick: () => muteAll(muc) },
      { key: 'announcement', label: t.announcement, onClick: () => announcing.show(muc) },
      { key: 'send', label: t.send, onClick: () => sending.show(muc) },
      { key: 'transfer', label: t.transfer, onClick: () => transferring.show(muc) },
      { key: 'dissolve', label: t.dissolve, danger: true, onClick: () => dissolve(muc) },
    ];
  };
  const dialogs = (
    <>
      <MucListDialog kind={kind} muc={lists.about} open={lists.open} onClose={lists.hide} />
      <AnnouncementDialog kind={kind} muc={announcing.about} open={announcing.open} onClose={announcing.hide} />
      <TransferDialog kind={kind} muc={transferring.about} open={transferring.open} onClose={transferring.hide} />
      <SendMessageDialog receivers={kind} to={sending.about?.id} open={sending.open} onClose={sending.hide} />
    </>
  );
  return { actions, dialogs };
}

function useDissolve(kind: MucKind, t: MucWords): (muc: Muc) => void {
  const app = useApp();
  const confirm = useConfirm();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  return ({ id, name }) =>
    confirm({
      title: t.dissolveTitle(name || id),
      content: t.dissolveText,
      okText: t.dissolve,
      danger: true,
      onOk: async () => {
        await api.delete(`${app.api}/${kind}/${encodeURIComponent(id)}`);
        await invalidate(`${app.api}/${kind}`, `${app.api}/overview`);
        void message.success(t.dissolveDone);
      },
    });
}
