import { Alert, App, Descriptions, Form, Input, Skeleton } from 'antd';
import { api } from '@/api/client';
import { describe } from '@/api/errors';
import { useInvalidate, useRead } from '@/api/hooks';
import type { UserPush, UserPushForm } from '@/api/types/push';
import type { UpdateUser, UserDetail, UserRow } from '@/api/types/users';
import { FormDialog } from '@/components/FormDialog';
import { useRules } from '@/components/rules';
import { TimeText } from '@/components/TimeText';
import { useLanguage, useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { nicknameChars } from './limits';
import { PushFields } from './PushFields';
import { userTexts } from './texts';

interface Props {
  user: UserRow | undefined;
  open: boolean;
  onClose: () => void;
}

type Values = UpdateUser & Partial<UserPushForm>;

/** 修改IM用户信息. */
export function EditUserDialog({ user, open, onClose }: Props) {
  const t = useTexts(userTexts);
  const { language } = useLanguage();
  const rules = useRules();
  const app = useApp();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  // While it is closed it asks about nobody: it always starts with what is so now.
  const path = `${app.api}/users/${encodeURIComponent((open && user?.id) || '')}`;
  const asked = { enabled: open && user !== undefined };
  const detail = useRead<UserDetail>(path, {}, asked);
  const push = useRead<UserPush>(`${path}/push`, {}, { ...asked, fresh: true });
  const now = push.data && formOf(push.data);
  const save = async ({ nickname, ...values }: Values): Promise<void> => {
    if ((nickname ?? '') !== (user?.nickname ?? '')) await api.put(path, { nickname: nickname ?? '' } satisfies UpdateUser);
    if (now) {
      const wish: UserPushForm = { ...now, ...values };
      if (Object.entries(wish).some(([key, value]) => value !== now[key as keyof UserPushForm])) {
        await api.put(`${path}/push`, wish);
      }
    }
    await invalidate(`${app.api}/users`);
    void message.success(t.editDone);
  };
  const title = t.editTitle(user?.id ?? '');
  if (open && push.isPending) {
    return (
      <FormDialog title={title} open onClose={onClose} onSubmit={() => Promise.resolve()}>
        <Skeleton active paragraph={{ rows: 8 }} />
      </FormDialog>
    );
  }
  return (
    <FormDialog<Values>
      key={user?.id}
      title={title}
      open={open}
      onClose={onClose}
      onSubmit={save}
      initial={{ nickname: user?.nickname ?? '', ...now }}
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
      <Form.Item name="nickname" label={t.nickname} rules={[rules.atMost(nicknameChars)]}>
        <Input autoComplete="off" />
      </Form.Item>
      {push.error ? <Alert type="error" showIcon title={describe(push.error, language)} /> : <PushFields />}
    </FormDialog>
  );
}

function formOf({ display_style, no_disturbing, from, to }: UserPush): UserPushForm {
  return { display_style, no_disturbing, from, to };
}
