import { App, Form, Select } from 'antd';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import type { ModerationRuleRow, ModerationSubRule, TagRow } from '@/api/types/moderation';
import { FormDialog } from '@/components/FormDialog';
import { useRules } from '@/components/rules';
import { useTexts } from '@/i18n';
import { tagsAtOnce } from './limits';
import { MeasureFields } from './MeasureFields';
import { measuresOf, measureValues, type MeasureValues } from './measures';
import { changedRule } from './ruleForm';
import { ruleTexts } from './ruleTexts';
import { useModerationPaths } from './service';

interface Props {
  rule: ModerationRuleRow;
  /** Absent: a new one. */
  sub: ModerationSubRule | undefined;
  tags: readonly TagRow[];
  open: boolean;
  onClose: () => void;
}

type Values = MeasureValues & { tags: string[] };

/** Adds or edits a sub-rule, which begins with the measures of its rule. */
export function SubRuleDialog({ rule, sub, tags, open, onClose }: Props) {
  const t = useTexts(ruleTexts);
  const rules = useRules();
  const { base, changes } = useModerationPaths();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  const others = rule.sub_rules.filter(({ id }) => id !== sub?.id);
  const free = tags.filter(({ id, of }) => of === 'users' && !others.some((other) => other.tags.includes(id)));
  const initial: Values = { tags: sub?.tags ?? [], ...measureValues(sub?.measures ?? rule.measures) };
  const save = async ({ tags, ...values }: Values): Promise<void> => {
    const written: ModerationSubRule = { id: sub?.id ?? '', tags, measures: measuresOf({ ...initial, ...values }) };
    const sub_rules = sub ? rule.sub_rules.map((old) => (old.id === sub.id ? written : old)) : [...others, written];
    await api.put<ModerationRuleRow>(`${base}/rules/${rule.id}`, changedRule(rule, { sub_rules }));
    await invalidate(...changes);
    void message.success(t.subSaved);
  };
  return (
    <FormDialog<Values>
      title={sub ? t.subEditTitle : t.subAddTitle}
      open={open}
      onClose={onClose}
      onSubmit={save}
      initial={initial}
      width={640}
    >
      <Form.Item
        name="tags"
        label={t.subTags}
        extra={free.length === 0 ? t.noTags : t.subTagsHint}
        rules={[rules.choose(t.subTags), { type: 'array', max: tagsAtOnce, message: t.subTooMany }]}
      >
        <Select
          mode="multiple"
          showSearch={{ optionFilterProp: 'label' }}
          options={free.map(({ id, name }) => ({ value: id, label: name }))}
        />
      </Form.Item>
      <MeasureFields kind={rule.kind} />
    </FormDialog>
  );
}
