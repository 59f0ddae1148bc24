import { Form, Input, InputNumber, Radio } from 'antd';
import { useRules } from '@/components/rules';
import { useTexts } from '@/i18n';
import { groupTexts } from './texts';

export const nameChars = 128;
export const descriptionChars = 512;
/** The largest plan's; the server knows the app's own. */
const mostMembers = 8000;

/** 群组名称 and 群组描述. */
export function TextFields() {
  const t = useTexts(groupTexts);
  const rules = useRules();
  return (
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
    </>
  );
}

/** 最大人数. */
export function SizeField() {
  const t = useTexts(groupTexts);
  const rules = useRules();
  return (
    <Form.Item name="max_users" label={t.maxUsers} extra={t.maxUsersHint} rules={[rules.whole(1, mostMembers)]}>
      <InputNumber<number> min={1} precision={0} style={{ width: 200 }} />
    </Form.Item>
  );
}

/** 申请入群方式, 邀请方式, 被邀请用户是否需要确认. Only a public group is applied for, and only a private one lets members invite. */
export function JoinFields({ open }: { open: boolean }) {
  const t = useTexts(groupTexts);
  return (
    <>
      {open && (
        <Form.Item name="members_only" label={t.joining}>
          <Radio.Group
            options={[
              { value: false, label: t.joinFreely },
              { value: true, label: t.joinApproved },
            ]}
          />
        </Form.Item>
      )}
      <Form.Item name="allow_invites" label={t.inviting} extra={open ? t.invitingPublic : undefined}>
        <Radio.Group
          disabled={open}
          options={[
            { value: false, label: t.inviteAdmins },
            { value: true, label: t.inviteAll },
          ]}
        />
      </Form.Item>
      <Form.Item name="invite_need_confirm" label={t.confirming} className="last-item">
        <Radio.Group
          options={[
            { value: true, label: t.confirmNeeded },
            { value: false, label: t.confirmFree },
          ]}
        />
      </Form.Item>
    </>
  );
}
