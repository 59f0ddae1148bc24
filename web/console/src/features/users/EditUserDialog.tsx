import { App, Descriptions, Form, Input } from 'antd';
import { api } from '@/api/client';
import { useInvalidate, useRead } from '@/api/hooks';
import type { UpdateUser, UserDetail, UserRow } from '@/api/types/users';
import { FormDialog } from '@/components/FormDialog';
import { useRules } from '@/components/rules';
import { TimeText } from '@/components/TimeText';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { nicknameChars } from './limits';
import { userTexts } from './texts';

interface Props {
  user: UserRow | undefined;
  open: boolean;
  onClose: () => void;
}

/** 修改IM用户信息. */
export function EditUserDialog({ user, open, onClose }: Props) {
  const t = useTexts(userTexts);
  const rules = useRules();
  const app = useApp();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  const path = `${app.api}/users/${encodeURIComponent(user?.id ?? '')}`;
  const detail = useRead<UserDetail>(path, {}, { enabled: open && user !== undefined });
  const save = async ({ nickname }: UpdateUser): Promise<void> => {
    await api.put(path, { nickname: nickname ?? '' });
    await invalidate(`${app.api}/users`);
    void message.success(t.editDone);
  };
  return (
    <FormDialog<UpdateUser>
      title={t.editTitle(user?.id ?? '')}
      open={open}
      onClose={onClose}
      onSubmit={save}
      initial={{ nickname: user?.nickname ?? '' }}
      intro={
        <Descriptions
          column={1}
          size="small"
          items={[
            { key: 'uuid', label: 'UUID', children: user?.uuid },
            { key: 'created', label: t.created, children: <TimeText value={user?.created} /> },
            { key: 'modified', label: t.modified, children: <TimeText value={user?.modified} /> },
            {
              key: 'devices',
              label: t.devices,
              children: detail.data?.devices.map(({ device }) => device).join(', ') || t.noDevices,
            },
          ]}
        />
      }
    >
      <Form.Item name="nickname" label={t.nickname} className="last-item" rules={[rules.atMost(nicknameChars)]}>
        <Input autoComplete="off" />
      </Form.Item>
    </FormDialog>
  );
}
