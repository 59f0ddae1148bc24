import { App, Tag } from 'antd';
import { api } from '@/api/client';
import type { Member } from '@/api/types/account';
import { useInvalidate } from '@/api/hooks';
import { useAll, useFilters } from '@/api/lists';
import { useConfirm } from '@/components/ConfirmDialog';
import { Clipped } from '@/components/Clipped';
import { DataTable } from '@/components/DataTable';
import { useOpening } from '@/components/dialog';
import { RowActions } from '@/components/RowActions';
import { SearchInput } from '@/components/SearchInput';
import { StatusTag } from '@/components/StatusTag';
import { TimeText } from '@/components/TimeText';
import { Toolbar } from '@/components/Toolbar';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useOrgQuery } from '@/shell/organisation';
import { useMe } from '@/shell/session';
import { shellTexts } from '@/shell/texts';
import { EditMemberDialog } from './EditMemberDialog';
import { ResetPasswordDialog } from './ResetPasswordDialog';
import { memberTexts } from './texts';

export function MemberTable() {
  const t = useTexts(memberTexts);
  const words = useTexts(common);
  const roles = useTexts(shellTexts);
  const me = useMe();
  const [{ search }, setFilters] = useFilters(['search']);
  const wanted = search?.toLowerCase();
  const list = useAll<Member>('/members', useOrgQuery(), {
    matches: ({ email, name, remark }) =>
      wanted === undefined || [email, name, remark].some((text) => text.toLowerCase().includes(wanted)),
  });
  const editing = useOpening<Member>();
  const resetting = useOpening<Member>();
  const { activate, remove } = useMemberQuestions();
  return (
    <>
      <Toolbar
        filters={<SearchInput label={t.search} width={270} value={search} onSearch={(search) => setFilters({ search })} />}
      />
      <DataTable<Member>
        list={list}
        rowKey="id"
        label={t.members}
        columns={[
          {
            title: t.emailAndContact,
            key: 'email',
            render: (_, { id, email, name, phone }) => (
              <>
                {email} {id === me.id && <Tag>{t.you}</Tag>}
                {(name || phone) && <div className="faint">{[name, phone].filter(Boolean).join(' · ')}</div>}
              </>
            ),
          },
          { title: t.role, key: 'role', render: (_, { role }) => roles[role] },
          { title: t.apps, key: 'apps', render: (_, { apps }) => (apps ? t.appCount(apps.length) : t.allApps) },
          { title: t.remark, key: 'remark', render: (_, { remark }) => <Clipped text={remark} width={150} /> },
          {
            title: t.activation,
            key: 'activated',
            render: (_, { activated }) => (
              <StatusTag tone={activated ? 'good' : 'warning'}>{activated ? t.activated : t.notActivated}</StatusTag>
            ),
          },
          {
            title: t.lastLogin,
            key: 'last_login',
            responsive: ['xxl'],
            render: (_, { last_login }) => <TimeText value={last_login} />,
          },
          { title: t.created, key: 'created', render: (_, { created }) => <TimeText value={created} day /> },
          {
            title: words.actions,
            key: 'actions',
            fixed: 'right',
            render: (_, member) => (
              <RowActions
                of={member.email}
                actions={[
                  { key: 'edit', label: words.edit, onClick: () => editing.show(member) },
                  { key: 'activate', label: t.activate, hidden: member.activated, onClick: () => activate(member) },
                  {
                    key: 'reset',
                    label: t.resetPassword,
                    hidden: member.id === me.id,
                    onClick: () => resetting.show(member),
                  },
                  {
                    key: 'remove',
                    label: t.remove,
                    danger: true,
                    hidden: member.id === me.id,
                    onClick: () => remove(member),
                  },
                ]}
              />
            ),
          },
        ]}
      />
      <EditMemberDialog member={editing.about} open={editing.open} onClose={editing.hide} />
      <ResetPasswordDialog member={resetting.about} open={resetting.open} onClose={resetting.hide} />
    </>
  );
}

function useMemberQuestions() {
  const t = useTexts(memberTexts);
  const confirm = useConfirm();
  const { message } = App.useApp();
  const invalidate = useInvalidate();
  const query = useOrgQuery();
  const done = async (text: string): Promise<void> => {
    await invalidate('/members');
    void message.success(text);
  };
  return {
    activate: ({ id, email }: Member) =>
      confirm({
        title: t.activate,
        content: t.activateText(email),
        okText: t.activate,
        onOk: async () => {
          await api.post(`/members/${id}/activate`, undefined, { query });
          await done(t.activateDone);
        },
      }),
    remove: ({ id, email }: Member) =>
      confirm({
        title: t.remove,
        content: t.removeText(email),
        okText: t.remove,
        danger: true,
        onOk: async () => {
          await api.delete(`/members/${id}`, undefined, { query });
          await done(t.removeDone);
        },
      }),
  };
}
