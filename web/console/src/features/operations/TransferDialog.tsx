import { App, Form, Input } from 'antd';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import type { OneUser } from '@/api/types/muc';
import { FormDialog } from '@/components/FormDialog';
import { useRules } from '@/components/rules';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { userIdPattern } from '../users/limits';
import type { MucKind } from './MucListDialog';
import { mucTexts } from './mucTexts';

interface Props {
  kind: MucKind;
  muc: { id: string; name: string } | undefined;
  open: boolean;
  onClose: () => void;
}

/** 转让 of a group or chat room to another user. */
export function TransferDialog({ kind, muc, open, onClose }: Props) {
  const t = useTexts(mucTexts);
  const rules = useRules();
  const app = useApp();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  const transfer = async ({ user }: OneUser): Promise<void> => {
    const body: OneUser = { user: user.trim() };
    await api.post(`${app.api}/${kind}/${encodeURIComponent(muc?.id ?? '')}/transfer`, body);
    await invalidate(`${app.api}/${kind}`);
    void message.success(t.transferDone);
  };
  return (
    <FormDialog<OneUser>
      title={t.transferTitle(muc?.name || muc?.id || '')}
      open={open}
      onClose={onClose}
      onSubmit={transfer}
      submitText={t.transfer}
      danger
      intro={t.transferText}
    >
      <Form.Item
        name="user"
        label={t.transferTo}
        className="last-item"
        validateFirst
        rules={[rules.required(t.transferTo), rules.pattern(userIdPattern, t.userIdRule)]}
      >
        <Input autoComplete="off" spellCheck={false} />
      </Form.Item>
    </FormDialog>
  );
}
