import { App, Form, Input, InputNumber, Skeleton } from 'antd';
import { api } from '@/api/client';
import { useInvalidate, useRead } from '@/api/hooks';
import type { CreateRoom, RoomDetail, RoomRow, UpdateRoom } from '@/api/types/rooms';
import { FormDialog } from '@/components/FormDialog';
import { useRules } from '@/components/rules';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { mucTexts } from '../operations/mucTexts';
import { userIdPattern } from '../users/limits';
import { roomTexts } from './texts';

const nameChars = 128;
const descriptionChars = 512;
const mostMembers = 10_000;

interface Props {
  /** Undefined: a new one. */
  room: RoomRow | undefined;
  open: boolean;
  onClose: () => void;
}

interface Values {
  name: string;
  description: string;
  owner: string;
  /** Ids with commas between them. */
  admins?: string;
  max_users: number;
}

/** 创建聊天室, 修改聊天室信息. */
export function RoomDialog({ room, open, onClose }: Props) {
  const t = useTexts(roomTexts);
  const muc = useTexts(mucTexts);
  const rules = useRules();
  const app = useApp();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  const path = `${app.api}/rooms/${encodeURIComponent(room?.id ?? '')}`;
  const detail = useRead<RoomDetail>(path, {}, { enabled: open && room !== undefined });
  const save = async ({ name, description, owner, admins, max_users }: Values): Promise<void> => {
    const fields = { name, description, max_users, admins: ids(admins) };
    if (room) {
      await api.put(path, fields satisfies UpdateRoom);
      void message.success(t.editDone);
    } else {
      const body: CreateRoom = { ...fields, owner: owner.trim() };
      const { id } = await api.post<RoomRow>(`${app.api}/rooms`, body);
      void message.success(t.createDone(id));
    }
    await invalidate(`${app.api}/rooms`, `${app.api}/overview`);
  };
  const waiting = room !== undefined && detail.data === undefined;
  const initial = room
    ? {
        name: room.name,
        description: room.description,
        owner: room.owner,
        max_users: room.max_users,
        admins: detail.data?.admins.join(', ') ?? '',
      }
    : { max_users: mostMembers };
  return (
    <FormDialog<Values>
      key={waiting ? 'waiting' : 'ready'}
      title={room ? t.editTitle(room.name || room.id) : t.create}
      open={open}
      onClose={onClose}
      onSubmit={save}
      initial={initial}
    >
      {waiting ? (
        <Skeleton active paragraph={{ rows: 8 }} />
      ) : (
        <>
          <Form.Item name="name" label={t.name} rules={[rules.required(t.name), rules.atMost(nameChars)]}>
            <Input autoComplete="off" />
          </Form.Item>
          <Form.Item
            name="description"
            label={t.description}
            rules={[rules.required(t.description), rules.atMost(descriptionChars)]}
          >
            <Input.TextArea rows={2} />
          </Form.Item>
          <Form.Item
            name="owner"
            label={t.owner}
            extra={room ? t.ownerFixed : t.ownerHint}
            validateFirst
            rules={[rules.required(t.owner), rules.pattern(userIdPattern, muc.userIdRule)]}
          >
            <Input autoComplete="off" spellCheck={false} disabled={room !== undefined} />
          </Form.Item>
          <Form.Item
            name="admins"
            label={t.admin}
            extra={t.adminHint}
            rules={[
              {
                validator: (_, text?: string) =>
                  ids(text).every((id) => userIdPattern.test(id))
                    ? Promise.resolve()
                    : Promise.reject(new Error(muc.userIdRule)),
              },
            ]}
          >
            <Input autoComplete="off" spellCheck={false} />
          </Form.Item>
          <Form.Item
            name="max_users"
            label={t.maxUsers}
            className="last-item"
            rules={[rules.whole(1, mostMembers)]}
          >
            <InputNumber<number> style={{ width: 200 }} />
          </Form.Item>
        </>
      )}
    </FormDialog>
  );
}

function ids(text: string | undefined): string[] {
  return (text ?? '')
    .split(/[,，\s]+/)
    .map((id) => id.trim())
    .filter(Boolean);
}
