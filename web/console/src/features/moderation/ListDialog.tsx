import { Form, Input, Radio, Select, Switch } from 'antd';
import type { KeywordListRow, Moderation } from '@/api/types/moderation';
import { FormDialog } from '@/components/FormDialog';
import { useRules } from '@/components/rules';
import { useTexts } from '@/i18n';
import { useChatTypes } from '../operations/chatTypes';
import { nameChars, tagsAtOnce } from './limits';
import { listValues, useSaveList, type ListValues } from './listForm';
import { listTexts } from './listTexts';
import { measureTexts, type Measure } from './words';

interface Props {
  service: Moderation;
  /** Absent: a new one. */
  list: KeywordListRow | undefined;
  open: boolean;
  onClose: () => void;
  onCreated: (list: KeywordListRow) => void;
}

const measures: readonly Measure[] = ['block', 'replace', 'pass'];

/** Creates or edits a list; its words are elsewhere. */
export function ListDialog({ service, list, open, onClose, onCreated }: Props) {
  const t = useTexts(listTexts);
  const measureNames = useTexts(measureTexts);
  const rules = useRules();
  const save = useSaveList(list, onCreated);
  const [form] = Form.useForm<ListValues>();
  const wholeText = Form.useWatch('whole_text', form);
  const others = service.lists.filter(({ id }) => id !== list?.id);
  return (
    <FormDialog<ListValues>
      title={list ? t.editTitle(list.name) : t.addTitle}
      open={open}
      onClose={onClose}
      onSubmit={save}
      form={form}
      initial={listValues(list)}
      width={600}
      intro={t.delay}
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
      <Form.Item name="measure" label={t.measure} extra={t.allowHint} required>
        <Radio.Group options={measures.map((value) => ({ value, label: measureNames[value] }))} />
      </Form.Item>
      <ScopeFields tags={service.tags} />
      <Form.Item name="whole_text" label={t.match} extra={wholeText ? t.equalsHint : t.containsHint} required>
        <Radio.Group
          options={[
            { value: false, label: t.contains },
            { value: true, label: t.equals },
          ]}
        />
      </Form.Item>
      <Form.Item name="ignore_case" label={t.ignoreCase} valuePropName="checked" layout="horizontal">
        <Switch />
      </Form.Item>
      <Form.Item
        name="normalise"
        label={t.normalise}
        extra={t.normaliseHint}
        valuePropName="checked"
        layout="horizontal"
      >
        <Switch />
      </Form.Item>
      <Form.Item name="enabled" label={t.enabled} valuePropName="checked" layout="horizontal" className="last-item">
        <Switch />
      </Form.Item>
    </FormDialog>
  );
}

/** Where a list counts. */
function ScopeFields({ tags }: { tags: Moderation['tags'] }) {
  const t = useTexts(listTexts);
  const rules = useRules();
  const chats = useChatTypes();
  const form = Form.useFormInstance<ListValues>();
  const byTags = Form.useWatch('scope', form) === 'tags';
  const options = tags.filter(({ of }) => of === 'chats').map(({ id, name }) => ({ value: id, label: name }));
  return (
    <>
      <Form.Item name="scope" label={t.scope} required>
        <Radio.Group
          options={[{ value: 'all', label: t.allChats }, ...chats.options, { value: 'tags', label: t.byTags }]}
        />
      </Form.Item>
      {byTags && (
        <Form.Item
          name="tags"
          label={t.tags}
          extra={options.length === 0 ? t.noTags : t.tagsHint}
          rules={[rules.choose(t.tags), { type: 'array', max: tagsAtOnce, message: t.tooManyTags }]}
        >
          <Select mode="multiple" showSearch={{ optionFilterProp: 'label' }} options={options} />
        </Form.Item>
      )}
    </>
  );
}
