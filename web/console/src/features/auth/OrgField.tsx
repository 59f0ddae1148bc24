import { Form, Input } from 'antd';
import { NetworkError } from '@/api/client';
import type { NameCheck } from '@/api/types/account';
import { useRules } from '@/components/rules';
import { useTexts } from '@/i18n';
import { authTexts } from './texts';

interface Props {
  check: (org: string) => Promise<NameCheck>;
  required?: boolean;
  /** What to know before choosing. */
  hint: string;
}

/** The organisation's name: its rule, whether it is free, and what App Keys will look like. */
export function OrgField({ check, required, hint }: Props) {
  const t = useTexts(authTexts);
  const rules = useRules();
  const form = Form.useFormInstance();
  const org = Form.useWatch<string | undefined>('org', form);
  const isLegal = (name: string): boolean => /^[a-z0-9-]{1,32}$/.test(name);
  const isFree = async (_: unknown, name?: string): Promise<void> => {
    if (!name || !isLegal(name)) return;
    const available = await check(name).then(
      (answer) => answer.available,
      (error: unknown) => {
        // It is asked again when the form is sent.
        if (error instanceof NetworkError) return true;
        throw error;
      },
    );
    if (!available) throw new Error(t.orgTaken);
  };
  return (
    <Form.Item
      name="org"
      label={t.org}
      extra={org && isLegal(org) ? t.orgPreview(org) : hint}
      hasFeedback
      validateFirst
      validateDebounce={300}
      rules={[
        ...(required ? [rules.required(t.org)] : []),
        rules.pattern(/^[a-z0-9-]{1,32}$/, t.orgRule),
        { validator: isFree },
      ]}
    >
      <Input autoComplete="off" maxLength={32} spellCheck={false} placeholder={t.orgRule} />
    </Form.Item>
  );
}
