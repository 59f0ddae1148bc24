import { Checkbox, Form, Radio } from 'antd';
import type { CallbackForm, CallbackRule } from '@/api/types/callbacks';
import { CheckboxGroup } from '@/components/CheckboxGroup';
import { FormDialog } from '@/components/FormDialog';
import { useRules } from '@/components/rules';
import { useTexts } from '@/i18n';
import { AdvancedFilters, filterFields } from './AdvancedFilters';
import { EventTree } from './EventTree';
import { linesOf } from './lines';
import { EnabledField, NameField, SecretField, UrlField } from './RuleFields';
import { formOf, useSaveRule } from './ruleForm';
import { ruleTexts } from './ruleTexts';
import { callbackTexts } from './texts';

interface Props {
  /** The rule to be changed; absent: a new one. */
  rule: CallbackRule | undefined;
  /** Names of the other rules. */
  taken: readonly string[];
  /** Whether what could not be delivered is kept. */
  cache: boolean;
  open: boolean;
  onClose: () => void;
}

type FilterField = (typeof filterFields)[number];

/** As typed: lists are texts, one item a line. */
type Values = Omit<CallbackForm, FilterField> & Record<FilterField, string>;

/** 发送后回调. */
export function PostDialog({ rule, taken, cache, open, onClose }: Props) {
  const t = useTexts(ruleTexts);
  const words = useTexts(callbackTexts);
  const rules = useRules();
  const save = useSaveRule('post', rule);
  const form = formOf('post', rule);
  const kind = words.kinds('post');
  return (
    <FormDialog<Values>
      title={rule ? t.editTitle(kind, rule.name) : t.addTitle(kind)}
      open={open}
      onClose={onClose}
      onSubmit={(values) => save({ ...values, ...eachFilter((name) => linesOf(values[name])) })}
      initial={{ ...form, ...eachFilter((name) => form[name].join('\n')) }}
      width={640}
    >
      <NameField kind="post" taken={taken} />
      <UrlField />
      <SecretField />
      <EnabledField />
      <Form.Item name="events" label={t.events} rules={[rules.choose(t.events)]}>
        <EventTree />
      </Form.Item>
      <Form.Item name="event_classes" label={t.classes} extra={t.classesHint} rules={[rules.choose(t.classes)]}>
        <CheckboxGroup
          options={[
            { value: 'chat', label: t.classChat },
            { value: 'chat_offline', label: t.classOffline },
          ]}
        />
      </Form.Item>
      <SourceFields />
      <Form.Item name="group_event_format" label={t.groupFormat}>
        <Radio.Group
          options={[
            { value: 'muc', label: t.formatMuc },
            { value: 'group_op_event', label: t.formatNew },
            { value: 'both', label: t.formatBoth },
          ]}
        />
      </Form.Item>
      <DeliveryField cache={cache} />
      <AdvancedFilters startsOpen={filterFields.some((name) => form[name].length > 0)} />
    </FormDialog>
  );
}

function eachFilter<T>(value: (name: FilterField) => T): Record<FilterField, T> {
  return Object.fromEntries(filterFields.map((name) => [name, value(name)])) as Record<FilterField, T>;
}

/** 消息来源: one of them at least. */
function SourceFields() {
  const t = useTexts(ruleTexts);
  return (
    <Form.Item label={t.sources} required>
      <span className="source-fields" role="group" aria-label={t.sources}>
        <Form.Item name="sdk_messages" valuePropName="checked" noStyle>
          <Checkbox>{t.sdk}</Checkbox>
        </Form.Item>
        <Form.Item
          name="rest_messages"
          valuePropName="checked"
          noStyle
          dependencies={['sdk_messages']}
          rules={[
            (form) => ({
              validator: (_, rest: boolean) =>
                rest || form.getFieldValue('sdk_messages')
                  ? Promise.resolve()
                  : Promise.reject(new Error(t.sourcesRule)),
            }),
          ]}
        >
          <Checkbox>{t.rest}</Checkbox>
        </Form.Item>
      </span>
    </Form.Item>
  );
}

/** 投递方式, and what it means. */
function DeliveryField({ cache }: { cache: boolean }) {
  const t = useTexts(ruleTexts);
  const choice = (value: CallbackForm['delivery'], label: string, hint: string) => ({
    value,
    label: (
      <span className="choice">
        {label}
        <small>{hint}</small>
      </span>
    ),
  });
  return (
    <Form.Item name="delivery" label={t.delivery}>
      <Radio.Group
        className="registration-choices"
        options={[
          choice('compatible', t.compatible, t.compatibleHint(cache)),
          choice('durable', t.durable, t.durableHint),
        ]}
      />
    </Form.Item>
  );
}
