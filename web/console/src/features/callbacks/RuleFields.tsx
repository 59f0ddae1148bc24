import { Form, Input, Radio } from 'antd';
import type { CallbackKind } from '@/api/types/callbacks';
import { useRules } from '@/components/rules';
import { useTexts } from '@/i18n';
import { isCallbackUrl, nameChars, postNamePattern, preNamePattern, secretPattern, urlChars } from './limits';
import { ruleTexts } from './ruleTexts';

/** 规则名称. */
export function NameField({ kind, taken }: { kind: CallbackKind; taken: readonly string[] }) {
  const t = useTexts(ruleTexts);
  const rules = useRules();
  const [pattern, words] = kind === 'pre' ? [preNamePattern, t.preNameRule] : [postNamePattern, t.postNameRule];
  return (
    <Form.Item
      name="name"
      label={t.name}
      validateFirst
      rules={[
        rules.required(t.name),
        rules.atMost(nameChars),
        rules.pattern(pattern, words),
        rules.that((text) => !taken.includes(text.trim()), t.nameTaken),
      ]}
    >
      <Input autoComplete="off" spellCheck={false} />
    </Form.Item>
  );
}

/** 回调地址. */
export function UrlField() {
  const t = useTexts(ruleTexts);
  const rules = useRules();
  return (
    <Form.Item
      name="url"
      label={t.url}
      extra={t.urlHint}
      validateFirst
      validateTrigger="onBlur"
      rules={[
        rules.required(t.url),
        rules.atMost(urlChars),
        rules.that((text) => isCallbackUrl(text.trim()), t.urlRule),
      ]}
    >
      <Input autoComplete="off" spellCheck={false} placeholder="https://example.com/callback" />
    </Form.Item>
  );
}

/** 自定义 secret. */
export function SecretField() {
  const t = useTexts(ruleTexts);
  const rules = useRules();
  return (
    <Form.Item
      name="custom_secret"
      label={t.secret}
      extra={t.secretHint}
      rules={[rules.pattern(secretPattern, t.secretRule)]}
    >
      <Input.Password autoComplete="new-password" />
    </Form.Item>
  );
}

/** 启用状态. */
export function EnabledField() {
  const t = useTexts(ruleTexts);
  return (
    <Form.Item name="enabled" label={t.enabled} extra={t.enabledHint} required>
      <Radio.Group
        options={[
          { value: true, label: t.yes },
          { value: false, label: t.no },
        ]}
      />
    </Form.Item>
  );
}
