import { Form, Radio } from 'antd';
import type { ModerationRuleRow } from '@/api/types/moderation';
import { useTexts } from '@/i18n';
import { LinesField } from '../callbacks/LinesField';
import { chatTypes, useChatTypes } from '../operations/chatTypes';
import { isChatId, targetIds } from './limits';
import { namesChats, type RuleValues } from './ruleForm';
import { ruleTexts } from './ruleTexts';

/** In which chats a rule counts; `others` are the other rules of its kind. */
export function TargetFields({ others }: { others: readonly ModerationRuleRow[] }) {
  const t = useTexts(ruleTexts);
  const chats = useChatTypes();
  const form = Form.useFormInstance<RuleValues>();
  const target = Form.useWatch('target', form) ?? 'groups';
  const isTaken = (type: string): boolean => others.some((rule) => rule.target.type === type);
  const check = (ids: readonly string[]): string | undefined => {
    if (ids.length === 0) return t.idsRequired;
    const bad = ids.find((id) => !isChatId(id));
    if (bad !== undefined) return t.badId(bad);
    for (const rule of others) {
      const twice = rule.target.type === target ? ids.find((id) => rule.target.ids.includes(id)) : undefined;
      if (twice !== undefined) return t.idTaken(twice, rule.name);
    }
    return undefined;
  };
  return (
    <>
      <Form.Item name="target" label={t.chats} required>
        <Radio.Group
          options={[
            ...chatTypes.map((value) => ({
              value,
              label: isTaken(value) ? t.taken(chats.name(value)) : chats.name(value),
              disabled: isTaken(value),
            })),
            { value: 'groups', label: t.groups },
            { value: 'rooms', label: t.rooms },
          ]}
        />
      </Form.Item>
      {namesChats(target) && (
        <LinesField
          // What is wrong with ids of groups says nothing about those of chat rooms.
          key={target}
          name="ids"
          label={target === 'groups' ? t.groupIds : t.roomIds}
          hint={t.idsHint}
          most={targetIds}
          check={check}
          required
        />
      )}
    </>
  );
}
