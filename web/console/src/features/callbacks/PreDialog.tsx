import { Form, InputNumber, Radio } from 'antd';
import type { CallbackForm, CallbackRule } from '@/api/types/callbacks';
import { CheckboxGroup } from '@/components/CheckboxGroup';
import { FormDialog } from '@/components/FormDialog';
import { useRules } from '@/components/rules';
import { useLanguage, useTexts } from '@/i18n';
import { useChatTypes } from '../operations/chatTypes';
import { messageKinds, pick } from './events';
import { timeoutMs } from './limits';
import { EnabledField, NameField, SecretField, UrlField } from './RuleFields';
import { formOf, useSaveRule } from './ruleForm';
import { ruleTexts } from './ruleTexts';
import { callbackTexts } from './texts';

interface Props {
  /** The rule to be changed; absent: a new one. */
  rule: CallbackRule | undefined;
  /** Names of the other rules. */
  taken: readonly string[];
  open: boolean;
  onClose: () => void;
}

/** 发送前回调. */
export function PreDialog({ rule, taken, open, onClose }: Props) {
  const t = useTexts(ruleTexts);
  const words = useTexts(callbackTexts);
  const { language } = useLanguage();
  const rules = useRules();
  const chats = useChatTypes();
  const save = useSaveRule('pre', rule);
  const kind = words.kinds('pre');
  return (
    <FormDialog<CallbackForm>
      title={rule ? t.editTitle(kind, rule.name) : t.addTitle(kind)}
      open={open}
      onClose={onClose}
      onSubmit={save}
      initial={formOf('pre', rule)}
      width={640}
    >
      <NameField kind="pre" taken={taken} />
      <Form.Item name="chat_types" label={t.chatTypes} rules={[rules.choose(t.chatTypes)]}>
        <CheckboxGroup options={[...chats.options, { value: 'edit', label: t.editMessages }]} />
      </Form.Item>
      <Form.Item name="msg_types" label={t.msgTypes} rules={[rules.choose(t.msgTypes)]}>
        <CheckboxGroup options={messageKinds.map(({ type, names }) => ({ value: type, label: pick(names, language) }))} />
      </Form.Item>
      <Form.Item
        name="timeout_ms"
        label={t.timeout}
        extra={t.timeoutHint}
        rules={[rules.whole(timeoutMs.least, timeoutMs.most)]}
      >
        <InputNumber<number> style={{ width: 200 }} />
      </Form.Item>
      <Form.Item name="on_failure" label={t.onFailure} required>
        <Radio.Group
          options={[
            { value: 'pass', label: t.pass },
            { value: 'block', label: t.block },
          ]}
        />
      </Form.Item>
      <Form.Item name="report_error" label={t.reportError} extra={t.reportHint} required>
        <Radio.Group
          options={[
            { value: true, label: t.report },
            { value: false, label: t.silent },
          ]}
        />
      </Form.Item>
      <EnabledField />
      <UrlField />
      <SecretField />
      <Form.Item name="payload_form" label={t.payload} className="last-item">
        <Radio.Group
          options={[
            { value: 'message', label: t.payloadMessage },
            { value: 'body', label: t.payloadBody },
          ]}
        />
      </Form.Item>
    </FormDialog>
  );
}
