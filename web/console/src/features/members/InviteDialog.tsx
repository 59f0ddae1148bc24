import { App, Form, Input, Modal } from 'antd';
import { useState } from 'react';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import type { CreatedInvite, CreateInvite, Role } from '@/api/types/account';
import { CopyText } from '@/components/CopyText';
import { FormDialog } from '@/components/FormDialog';
import { useRules } from '@/components/rules';
import { useTexts } from '@/i18n';
import { useOrgQuery } from '@/shell/organisation';
import { RoleField } from './RightsFields';
import { memberTexts } from './texts';
import './members.css';

interface Props {
  /** To register a new organisation, rather than to join this one. */
  founding?: boolean;
  open: boolean;
  onClose: () => void;
}

interface Values {
  email?: string;
  role?: Role;
}

/** Invites into the organisation; without a mail service, or an address, by a link to pass on. */
export function InviteDialog({ founding, open, onClose }: Props) {
  const t = useTexts(memberTexts);
  const rules = useRules();
  const inside = useOrgQuery();
  const query = founding ? {} : inside;
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  const [link, setLink] = useState<string>();
  return (
    <>
      <FormDialog<Values>
        title={founding ? t.foundTitle : t.inviteTitle}
        open={open}
        onClose={onClose}
        submitText={t.inviteSubmit}
        intro={founding ? t.foundText : t.inviteText}
        initial={founding ? {} : { role: 'developer' }}
        onSubmit={async ({ email, role }) => {
          const address = email?.trim();
          const body: CreateInvite = { ...(address ? { email: address } : {}), ...(role ? { role } : {}) };
          const made = await api.post<CreatedInvite>('/invites', body, { query });
          await invalidate('/invites');
          if (made.link) setLink(made.link);
          else void message.success(t.inviteMailed(address ?? ''));
        }}
      >
        <Form.Item name="email" label={t.inviteEmail} extra={t.inviteEmailHint} rules={[rules.email]} validateTrigger="onBlur">
          <Input type="email" autoComplete="off" />
        </Form.Item>
        {!founding && <RoleField />}
      </FormDialog>
      <InviteLink link={link} onClose={() => setLink(undefined)} />
    </>
  );
}

function InviteLink({ link, onClose }: { link: string | undefined; onClose: () => void }) {
  const t = useTexts(memberTexts);
  return (
    <Modal title={t.inviteLink} open={link !== undefined} onCancel={onClose} footer={null} mask={{ closable: false }}>
      <p className="dialog-intro">{t.inviteLinkText}</p>
      {link && <CopyText text={link} what={t.inviteLink} />}
    </Modal>
  );
}
