import { App } from 'antd';
import { api } from '@/api/client';
import type { Invite } from '@/api/types/account';
import { useInvalidate } from '@/api/hooks';
import { useAll } from '@/api/lists';
import { useConfirm } from '@/components/ConfirmDialog';
import { DataTable } from '@/components/DataTable';
import { RowActions } from '@/components/RowActions';
import { TimeText } from '@/components/TimeText';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useOrgQuery } from '@/shell/organisation';
import { shellTexts } from '@/shell/texts';
import { memberTexts } from './texts';

/** Invitations that nobody has used yet: into the organisation or, for the operator, to found one. */
export function InviteTable({ founding }: { founding?: boolean }) {
  const t = useTexts(memberTexts);
  const words = useTexts(common);
  const roles = useTexts(shellTexts);
  const inside = useOrgQuery();
  const query = founding ? {} : inside;
  const list = useAll<Invite>('/invites', query);
  const confirm = useConfirm();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  const revoke = ({ id }: Invite): void =>
    confirm({
      title: t.revoke,
      content: t.revokeText,
      okText: t.revoke,
      danger: true,
      onOk: async () => {
        await api.delete(`/invites/${id}`, undefined, { query });
        await invalidate('/invites');
        void message.success(t.revokeDone);
      },
    });
  return (
    <DataTable<Invite>
      list={list}
      rowKey="id"
      label={t.invites}
      columns={[
        { title: t.inviteEmail, key: 'email', render: (_, { email }) => email ?? t.anyone },
        ...(founding ? [] : [{ title: t.role, key: 'role', render: (_: unknown, { role }: Invite) => role && roles[role] }]),
        { title: t.invitedBy, dataIndex: 'invited_by' },
        { title: t.created, key: 'created', render: (_, { created }) => <TimeText value={created} /> },
        { title: t.expires, key: 'expires', render: (_, { expires }) => <TimeText value={expires} /> },
        {
          title: words.actions,
          key: 'actions',
          render: (_, invite) => (
            <RowActions
              of={invite.email ?? t.anyone}
              actions={[{ key: 'revoke', label: t.revoke, danger: true, onClick: () => revoke(invite) }]}
            />
          ),
        },
      ]}
    />
  );
}
