import { Alert, Button, Form, Input, Modal } from 'antd';
import { api } from '@/api/client';
import { useAction, useInvalidate } from '@/api/hooks';
import { useCursors } from '@/api/lists';
import type { Friend, OtherUser, UserRow } from '@/api/types/users';
import { DataTable } from '@/components/DataTable';
import { RowActions } from '@/components/RowActions';
import { useRules } from '@/components/rules';
import { useSubmit } from '@/components/submit';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useApp } from '@/shell/app';
import { userIdPattern } from './limits';
import { userTexts } from './texts';

interface Props {
  kind: 'friends' | 'blocklist';
  user: UserRow | undefined;
  open: boolean;
  onClose: () => void;
}

type Line = Pick<Friend, 'user'> & Partial<Friend>;

/** 查看IM用户好友, 查看IM用户黑名单: the list, a field to add, a button to remove. */
export function RelationsDialog(props: Props) {
  const t = useTexts(userTexts);
  const words = useTexts(common);
  const { kind, user, open, onClose } = props;
  const title = kind === 'friends' ? t.friendsTitle : t.blocklistTitle;
  return (
    <Modal
      title={title(user?.id ?? '')}
      open={open}
      onCancel={onClose}
      footer={<Button onClick={onClose}>{words.close}</Button>}
      width={640}
      destroyOnHidden
    >
      {user && <Relations kind={kind} user={user} />}
    </Modal>
  );
}

function Relations({ kind, user }: { kind: Props['kind']; user: UserRow }) {
  const t = useTexts(userTexts);
  const words = useTexts(common);
  const rules = useRules();
  const app = useApp();
  const invalidate = useInvalidate();
  const path = `${app.api}/users/${encodeURIComponent(user.id)}/${kind}`;
  const list = useCursors<Line>(path, {}, { place: 'here' });
  const [form] = Form.useForm<OtherUser>();
  const add = useSubmit<OtherUser>(form, async ({ user: other }) => {
    await api.post(path, { user: other.trim() } satisfies OtherUser);
    form.resetFields();
    await invalidate(path);
  });
  const remove = useAction((other: string) => api.delete(`${path}/${encodeURIComponent(other)}`), {
    changes: [path],
    done: t.relationRemoved,
  });
  const isFriends = kind === 'friends';
  return (
    <>
      {add.problem && <Alert type="error" showIcon title={add.problem} className="dialog-problem" />}
      <Form form={form} layout="inline" className="add-line" onFinish={(values) => void add.send(values)}>
        <Form.Item
          name="user"
          label={t.id}
          validateFirst
          rules={[rules.required(t.id), rules.pattern(userIdPattern, t.idRule)]}
        >
          <Input autoComplete="off" spellCheck={false} style={{ width: 280 }} />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={add.busy}>
          {isFriends ? t.addFriend : t.addBlocked}
        </Button>
      </Form>
      <DataTable<Line>
        list={list}
        rowKey="user"
        label={isFriends ? t.friends : t.blocklist}
        columns={[
          { title: t.id, dataIndex: 'user' },
          ...(isFriends ? [{ title: t.remark, dataIndex: 'remark' }] : []),
          {
            title: words.actions,
            key: 'actions',
            width: 100,
            render: (_: unknown, line: Line) => (
              <RowActions
                of={line.user}
                actions={[
                  { key: 'remove', label: words.remove, danger: true, onClick: () => void remove.run(line.user) },
                ]}
              />
            ),
          },
        ]}
      />
    </>
  );
}
