import { App } from 'antd';
import { api } from '@/api/client';
import type { Member } from '@/api/types/account';
import { useInvalidate } from '@/api/hooks';
import { FormDialog } from '@/components/FormDialog';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useOrgQuery } from '@/shell/organisation';
import { ContactFields } from './CreateMemberDialog';
import { AppsFields, rightsBody, RoleField, type Rights } from './RightsFields';
import { memberTexts } from './texts';
import './members.css';

interface Props {
  member: Member | undefined;
  open: boolean;
  onClose: () => void;
}

interface Values extends Rights {
  name: string;
  phone: string;
  remark: string;
}

export function EditMemberDialog({ member, open, onClose }: Props) {
  const t = useTexts(memberTexts);
  const words = useTexts(common);
  const query = useOrgQuery();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  if (!member) return null;
  const { id, email, name, phone, remark, role, apps, may_reveal_secret } = member;
  return (
    <FormDialog<Values>
      key={id}
      title={`${t.editTitle} · ${email}`}
      open={open}
      onClose={onClose}
      initial={{
        name,
        phone,
        remark,
        role,
        scope: apps ? 'some' : 'all',
        ...(apps ? { apps } : {}),
        may_reveal_secret,
      }}
      onSubmit={async ({ name, phone, remark, ...rights }) => {
        await api.put(`/members/${id}`, { name, phone, remark, ...rightsBody(rights) }, { query });
        await invalidate('/members');
        void message.success(words.saved);
      }}
    >
      <RoleField superAdmin={role === 'super_admin'} />
      <AppsFields />
      <ContactFields />
    </FormDialog>
  );
}
