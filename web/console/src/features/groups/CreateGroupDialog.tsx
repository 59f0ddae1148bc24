import { App, Form, Input, Radio } from 'antd';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import type { CreateGroup, GroupRow } from '@/api/types/groups';
import { FormDialog } from '@/components/FormDialog';
import { useRules } from '@/components/rules';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { mucTexts } from '../operations/mucTexts';
import { userIdPattern } from '../users/limits';
import { JoinFields, SizeField, TextFields } from './GroupFields';
import { groupTexts } from './texts';

interface Props {
  open: boolean;
  onClose: () => void;
}

/** 创建群组. */
export function CreateGroupDialog({ open, onClose }: Props) {
  const t = useTexts(groupTexts);
  const muc = useTexts(mucTexts);
  const rules = useRules();
  const app = useApp();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  const [form] = Form.useForm<CreateGroup>();
  const isPublic = Form.useWatch('public', form) ?? true;
  const create = async (values: CreateGroup): Promise<void> => {
    const body: CreateGroup = {
      ...values,
      owner: values.owner.trim(),
      members_only: isPublic && (values.members_only ?? false),
      allow_invites: !isPublic && values.allow_invites,
    };
    const { id } = await api.post<GroupRow>(`${app.api}/groups`, body);
    await invalidate(`${app.api}/groups`, `${app.api}/overview`);
    void message.success(t.createDone(id));
  };
  return (
    <FormDialog<CreateGroup>
      title={t.create}
      open={open}
      onClose={onClose}
      onSubmit={create}
      form={form}
      initial={{ public: true, members_only: false, allow_invites: false, invite_need_confirm: true, max_users: 200 }}
    >
      <TextFields />
      <Form.Item
        name="owner"
        label={t.owner}
        extra={t.ownerHint}
        validateFirst
        rules={[rules.required(t.owner), rules.pattern(userIdPattern, muc.userIdRule)]}
      >
        <Input autoComplete="off" spellCheck={false} />
      </Form.Item>
      <SizeField />
      <Form.Item name="public" label={t.type}>
        <Radio.Group
          options={[
            { value: true, label: t.publicGroup },
            { value: false, label: t.privateGroup },
          ]}
        />
      </Form.Item>
      <JoinFields open={isPublic} />
    </FormDialog>
  );
}
