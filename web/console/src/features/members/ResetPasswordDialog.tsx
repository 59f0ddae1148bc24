import { App } from 'antd';
import { api } from '@/api/client';
import type { Member } from '@/api/types/account';
import { FormDialog } from '@/components/FormDialog';
import { useTexts } from '@/i18n';
import { useOrgQuery } from '@/shell/organisation';
import { PasswordField } from './PasswordField';
import { memberTexts } from './texts';

interface Props {
  member: Member | undefined;
  open: boolean;
  onClose: () => void;
}

export function ResetPasswordDialog({ member, open, onClose }: Props) {
  const t = useTexts(memberTexts);
  const query = useOrgQuery();
  const { message } = App.useApp();
  return (
    <FormDialog<{ password: string }>
      title={t.resetPassword}
      open={open}
      onClose={onClose}
      intro={t.resetText(member?.email ?? '')}
      onSubmit={async ({ password }) => {
        await api.post(`/members/${member?.id}/password`, { password }, { query });
        void message.success(t.resetDone);
      }}
    >
      <PasswordField label={t.newPassword} />
    </FormDialog>
  );
}
