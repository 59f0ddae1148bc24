import { Alert, Button, Form, Input, Modal } from 'antd';
import { api } from '@/api/client';
import { useAction, useInvalidate, useRead } from '@/api/hooks';
import { useAll, useCursors, type List } from '@/api/lists';
import type { MemberRow, MuteMembers, MutedMember, OneUser, SomeUsers, UserOutcome } from '@/api/types/muc';
import { DataTable } from '@/components/DataTable';
import { RowActions } from '@/components/RowActions';
import { useRules } from '@/components/rules';
import { StatusTag } from '@/components/StatusTag';
import { useSubmit } from '@/components/submit';
import { TimeText } from '@/components/TimeText';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useApp } from '@/shell/app';
import { userIdPattern } from '../users/limits';
import { MuteTime } from './MuteTime';
import { mucTexts } from './mucTexts';
import './operations.css';

export type MucKind = 'groups' | 'rooms';
export type MucList = 'members' | 'admins' | 'blocklist' | 'mutes' | 'allowlist';

/** A group or room whose list is shown. */
export interface MucOnShow {
  id: string;
  name: string;
  list: MucList;
}

interface Props {
  kind: MucKind;
  muc: MucOnShow | undefined;
  open: boolean;
  onClose: () => void;
}

/** 查看成员, 管理员, 黑名单, 禁言名单, 白名单: the list, a field to add, a button to remove. */
export function MucListDialog({ kind, muc, open, onClose }: Props) {
  const t = useTexts(mucTexts);
  const words = useTexts(common);
  return (
    <Modal
      title={muc && `${t[muc.list]}：${muc.name || muc.id}`}
      open={open}
      onCancel={onClose}
      footer={<Button onClick={onClose}>{words.close}</Button>}
      width={680}
      destroyOnHidden
    >
      {muc?.list === 'members' && <Members kind={kind} muc={muc} />}
      {muc?.list === 'mutes' && <Mutes kind={kind} muc={muc} />}
      {muc && muc.list !== 'members' && muc.list !== 'mutes' && <Ids kind={kind} muc={muc} />}
    </Modal>
  );
}

interface Line {
  user: string;
}

interface ListProps {
  kind: MucKind;
  muc: MucOnShow;
}

/** Where the list is, and what else changes with it. */
function usePaths({ kind, muc }: ListProps) {
  const app = useApp();
  const all = `${app.api}/${kind}`;
  const path = `${all}/${encodeURIComponent(muc.id)}/${muc.list}`;
  return { all, path, of: (user: string) => `${path}/${encodeURIComponent(user)}` };
}

function Members(props: ListProps) {
  const t = useTexts(mucTexts);
  const { all, path, of } = usePaths(props);
  const list = useCursors<MemberRow>(path, {}, { place: 'here' });
  const remove = useAction((user: string) => api.delete(of(user)), { changes: [all], done: t.removed });
  return (
    <>
      <AddUser
        label={t.addMember}
        add={(user) => api.post(path, { users: [user] } satisfies SomeUsers)}
        changes={all}
      />
      <Lines<MemberRow>
        list={list}
        label={t.members}
        columns={[
          {
            title: t.role,
            dataIndex: 'role',
            render: (role: MemberRow['role']) => (
              <StatusTag tone={role === 'member' ? 'plain' : 'busy'}>{t.roles(role)}</StatusTag>
            ),
          },
          { title: t.joined, dataIndex: 'joined', render: (time: number) => <TimeText value={time} /> },
        ]}
        removable={({ role }) => role !== 'owner'}
        remove={(user) => void remove.run(user)}
      />
    </>
  );
}

function Mutes(props: ListProps) {
  const t = useTexts(mucTexts);
  const rules = useRules();
  const { all, path, of } = usePaths(props);
  const list = useAll<MutedMember>(path, {}, { place: 'here' });
  const remove = useAction((user: string) => api.delete(of(user)), { changes: [all], done: t.removed });
  return (
    <>
      <AddUser<{ seconds: number }>
        label={t.addMute}
        add={(user, { seconds }) => api.post(path, { users: [user], seconds } satisfies MuteMembers)}
        changes={all}
      >
        <Form.Item name="seconds" label={t.muteTime} initialValue={3600} rules={[rules.choose(t.muteTime)]}>
          <MuteTime required />
        </Form.Item>
      </AddUser>
      <Lines<MutedMember>
        list={list}
        label={t.mutes}
        columns={[
          {
            title: t.mutedUntil,
            dataIndex: 'expire',
            render: (time: number | null) =>
              time === null || time < 0 ? t.forever : <TimeText value={time} />,
          },
        ]}
        remove={(user) => void remove.run(user)}
        removeLabel={t.unmute}
      />
    </>
  );
}

function Ids(props: ListProps) {
  const t = useTexts(mucTexts);
  const { all, path, of } = usePaths(props);
  const ids = useRead<string[]>(path);
  const list: List<Line> = {
    items: ids.data?.map((user) => ({ user })),
    error: ids.error,
    refreshing: false,
    refetch: () => void ids.refetch(),
    pager: undefined,
  };
  const remove = useAction((user: string) => api.delete(of(user)), { changes: [all], done: t.removed });
  const { list: name } = props.muc;
  const labels = { admins: t.addAdmin, blocklist: t.addBlocked, allowlist: t.addAllowed };
  const add = async (user: string): Promise<void> => {
    if (name === 'admins') return api.post(path, { user } satisfies OneUser);
    const [outcome] = await api.post<UserOutcome[]>(path, { users: [user] } satisfies SomeUsers);
    if (outcome?.failure === 'not_member') throw new Error(t.notMember);
  };
  return (
    <>
      {name === 'blocklist' && <p className="panel-hint">{t.blockHint}</p>}
      {name === 'allowlist' && <p className="panel-hint">{t.allowHint}</p>}
      <AddUser label={labels[name as keyof typeof labels]} add={add} changes={all} />
      <Lines<Line> list={list} label={t[name]} columns={[]} remove={(user) => void remove.run(user)} />
    </>
  );
}

interface AddProps<V> {
  label: string;
  add: (user: string, more: V) => Promise<unknown>;
  /** Path whose reads are old afterwards. */
  changes: string;
  children?: React.ReactNode;
}

function AddUser<V extends object = object>({ label, add, changes, children }: AddProps<V>) {
  const t = useTexts(mucTexts);
  const rules = useRules();
  const invalidate = useInvalidate();
  const [form] = Form.useForm<{ user: string } & V>();
  const adding = useSubmit<{ user: string } & V>(form, async ({ user, ...more }) => {
    await add(user.trim().toLowerCase(), more as unknown as V);
    form.resetFields();
    await invalidate(changes);
  });
  return (
    <>
      {adding.problem && <Alert type="error" showIcon title={adding.problem} className="dialog-problem" />}
      <Form form={form} layout="inline" className="add-line" onFinish={(values) => void adding.send(values)}>
        <Form.Item
          name="user"
          label={t.userId}
          validateFirst
          rules={[rules.required(t.userId), rules.pattern(userIdPattern, t.userIdRule)]}
        >
          <Input autoComplete="off" spellCheck={false} style={{ width: 220 }} />
        </Form.Item>
        {children}
        <Button type="primary" htmlType="submit" loading={adding.busy}>
          {label}
        </Button>
      </Form>
    </>
  );
}

interface LinesProps<T extends Line> {
  list: List<T>;
  label: string;
  columns: React.ComponentProps<typeof DataTable<T>>['columns'];
  removable?: (line: T) => boolean;
  remove: (user: string) => void;
  removeLabel?: string;
}

function Lines<T extends Line>({ list, label, columns, removable, remove, removeLabel }: LinesProps<T>) {
  const t = useTexts(mucTexts);
  const words = useTexts(common);
  return (
    <DataTable<T>
      list={list}
      rowKey="user"
      label={label}
      columns={[
        { title: t.userId, dataIndex: 'user' },
        ...columns,
        {
          title: words.actions,
          key: 'actions',
          width: 110,
          render: (_: unknown, line: T) => (
            <RowActions
              of={line.user}
              actions={[
                {
                  key: 'remove',
                  label: removeLabel ?? words.remove,
                  danger: true,
                  hidden: removable !== undefined && !removable(line),
                  onClick: () => remove(line.user),
                },
              ]}
            />
          ),
        },
      ]}
    />
  );
}
