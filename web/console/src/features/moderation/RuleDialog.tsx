import { Form, Input, Switch } from 'antd';
import type { ModerationRuleRow } from '@/api/types/moderation';
import { FormDialog } from '@/components/FormDialog';
import { useRules } from '@/components/rules';
import { useTexts } from '@/i18n';
import { chatTypes } from '../operations/chatTypes';
import { nameChars } from './limits';
import { MeasureFields } from './MeasureFields';
import { ruleValues, useSaveRule, type RuleValues } from './ruleForm';
import { ruleTexts } from './ruleTexts';
import { TargetFields } from './TargetFields';
import { kindTexts, type Kind } from './words';

interface Props {
  kind: Kind;
  /** Absent: a new one. */
  rule: ModerationRuleRow | undefined;
  rules: readonly ModerationRuleRow[];
  open: boolean;
  onClose: () => void;
}

/** Adds or edits a rule; its sub-rules stay as they are. */
export function RuleDialog({ kind, rule, rules: all, open, onClose }: Props) {
  const t = useTexts(ruleTexts);
  const kinds = useTexts(kindTexts);
  const rules = useRules();
  const save = useSaveRule(kind, rule);
  const others = all.filter(({ id }) => id !== rule?.id);
  const ofKind = others.filter((other) => other.kind === kind);
  const free = chatTypes.find((type) => !ofKind.some(({ target }) => target.type === type));
  return (
    <FormDialog<RuleValues>
      title={rule ? t.editTitle(rule.name) : t.addTitle(kinds[kind])}
      open={open}
      onClose={onClose}
      onSubmit={save}
      initial={ruleValues(rule, free ?? 'groups')}
      width={680}
    >
      <Form.Item
        name="name"
        label={t.name}
        rules={[
          rules.required(t.name),
          rules.atMost(nameChars),
          rules.that((name) => !others.some((other) => other.name === name.trim()), t.nameTaken),
        ]}
      >
        <Input autoComplete="off" />
      </Form.Item>
      <TargetFields others={ofKind} />
      <Form.Item name="enabled" label={t.enabled} valuePropName="checked" layout="horizontal">
        <Switch />
      </Form.Item>
      <MeasureFields kind={kind} />
    </FormDialog>
  );
}
