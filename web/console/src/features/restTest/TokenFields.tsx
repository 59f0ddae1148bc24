import { Form, Input, Radio } from 'antd';
import { useRules } from '@/components/rules';
import { useTexts } from '@/i18n';
import { Marked } from '../reference/Marked';
import type { Speaker, Values } from './request';
import { restTestTexts } from './texts';

/** Whose token the request is sent with. */
export function TokenFields({ hint }: { hint: string }) {
  const t = useTexts(restTestTexts);
  const rules = useRules();
  const form = Form.useFormInstance<Values>();
  const speaker = Form.useWatch(['token', 'speaker'], form);
  const choices: { value: Speaker; label: string }[] = [
    { value: 'app', label: t.asApp },
    { value: 'user', label: t.asUser },
    { value: 'pasted', label: t.asPasted },
    { value: 'nobody', label: t.asNobody },
  ];
  return (
    <fieldset className="field-group">
      <legend>{t.token}</legend>
      <Form.Item
        name={['token', 'speaker']}
        className="token-speaker"
        extra={
          <>
            <Marked text={hint} /> {speaker === 'app' && t.asAppHint} {speaker === 'user' && t.asUserHint}
          </>
        }
      >
        <Radio.Group aria-label={t.token} options={choices} />
      </Form.Item>
      {speaker === 'user' && (
        <Form.Item name={['token', 'user']} label={t.userId} rules={[rules.required(t.userId)]}>
          <Input autoComplete="off" spellCheck={false} />
        </Form.Item>
      )}
      {speaker === 'pasted' && (
        <Form.Item name={['token', 'text']} label={t.tokenText} rules={[rules.required(t.tokenText)]}>
          <Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} autoComplete="off" spellCheck={false} />
        </Form.Item>
      )}
    </fieldset>
  );
}
