import { App } from 'antd';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import type { ModerationRuleForm, ModerationRuleRow, ModerationTarget } from '@/api/types/moderation';
import { useTexts } from '@/i18n';
import { linesOf } from '../callbacks/lines';
import { measuresOf, measureValues, type MeasureValues } from './measures';
import { ruleTexts } from './ruleTexts';
import { useModerationPaths } from './service';
import type { Kind } from './words';

export type TargetType = ModerationTarget['type'];

/** A rule as its dialog has it: ids one a line. */
export interface RuleValues extends MeasureValues {
  name: string;
  target: TargetType;
  ids: string;
  enabled: boolean;
}

export const namesChats = (target: TargetType): boolean => target === 'groups' || target === 'rooms';

export function ruleValues(rule: ModerationRuleRow | undefined, target: TargetType): RuleValues {
  const { name = '', enabled = true } = rule ?? {};
  return {
    name,
    enabled,
    target: rule?.target.type ?? target,
    ids: rule?.target.ids.join('\n') ?? '',
    ...measureValues(rule?.measures),
  };
}

/** What is sent of a rule that stays as it is but for some of it. */
export function changedRule(rule: ModerationRuleRow, to: Partial<ModerationRuleForm>): ModerationRuleForm {
  const { id, updated, ...form } = rule;
  return { ...form, ...to };
}

/** Saves what the dialog has: a new rule, or the one that it was opened for. */
export function useSaveRule(kind: Kind, rule: ModerationRuleRow | undefined): (values: RuleValues) => Promise<void> {
  const t = useTexts(ruleTexts);
  const { base, changes } = useModerationPaths();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  return async (values) => {
    const { name, target, ids, enabled } = values;
    const body: ModerationRuleForm = {
      name: name.trim(),
      kind,
      target: { type: target, ids: namesChats(target) ? linesOf(ids) : [] },
      enabled,
      measures: measuresOf({ ...ruleValues(rule, target), ...values }),
      sub_rules: rule?.sub_rules ?? [],
    };
    if (rule) await api.put<ModerationRuleRow>(`${base}/rules/${rule.id}`, body);
    else await api.post<ModerationRuleRow>(`${base}/rules`, body);
    await invalidate(...changes);
    void message.success(rule ? t.saved : t.added);
  };
}
