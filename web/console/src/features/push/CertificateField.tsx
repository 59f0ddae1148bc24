import { UploadOutlined } from '@ant-design/icons';
import { Button, Form, Input, Radio, Select, Switch, Upload, type FormRule } from 'antd';
import { useRules } from '@/components/rules';
import { useTexts } from '@/i18n';
import { certificateTexts } from './certificateTexts';
import { fieldTexts } from './fieldTexts';
import { fileOf, mostBytes, problemOf, type Chosen } from './files';
import type { ChoiceField, FieldSpec, FileField, SecretField, SwitchField, TextField, Vendor } from './kinds';
import { digitsPattern, packagePattern, tenPattern, textChars, wordPattern } from './limits';

interface Props<F extends FieldSpec> {
  vendor: Vendor;
  field: F;
  /** The server has it, and an empty field leaves it as it is. */
  kept: boolean;
}

/** A field of a certificate. */
export function CertificateField({ vendor, field, kept }: Props<FieldSpec>) {
  const shared = { vendor, kept };
  switch (field.as) {
    case 'text':
      return <TextInput {...shared} field={field} />;
    case 'secret':
      return <SecretInput {...shared} field={field} />;
    case 'file':
      return <FileInput {...shared} field={field} />;
    case 'choice':
    case 'select':
      return <Choice {...shared} field={field} />;
    case 'switch':
      return <SwitchInput {...shared} field={field} />;
  }
}

function useItem({ vendor, field }: Pick<Props<FieldSpec>, 'vendor' | 'field'>) {
  const t = useTexts(fieldTexts);
  return {
    name: [vendor, field.name],
    label: t.labels[field.label],
    ...(field.hint ? { extra: t.hints[field.hint] } : {}),
  };
}

function TextInput({ vendor, field }: Props<TextField>) {
  const t = useTexts(certificateTexts);
  const rules = useRules();
  const item = useItem({ vendor, field });
  const allowed: Record<NonNullable<TextField['allows']>, FormRule> = {
    digits: rules.that((text) => digitsPattern.test(text.trim()), t.digitsRule),
    package: rules.that((text) => packagePattern.test(text.trim()), t.packageRule),
    ten: rules.that((text) => tenPattern.test(text.trim()), t.tenRule),
  };
  return (
    <Form.Item
      {...item}
      validateFirst
      validateTrigger="onBlur"
      rules={[
        ...(field.required ? [rules.required(item.label)] : []),
        rules.atMost(textChars),
        ...(field.allows ? [allowed[field.allows]] : []),
      ]}
    >
      <Input autoComplete="off" spellCheck={false} />
    </Form.Item>
  );
}

function SecretInput({ vendor, field, kept }: Props<SecretField>) {
  const t = useTexts(certificateTexts);
  const rules = useRules();
  const item = useItem({ vendor, field });
  const newFile = fileOf(Form.useWatch([vendor, field.opens ?? '']));
  const stays = kept && newFile === undefined;
  return (
    <Form.Item
      {...item}
      // Marked by itself, as the rule comes and goes.
      required={(field.required ?? false) && !stays}
      validateFirst
      rules={[
        ...(field.required && !stays ? [rules.required(item.label)] : []),
        rules.atMost(textChars),
        // What opens a file may be any text.
        ...(field.opens ? [] : [rules.that((text) => wordPattern.test(text.trim()), t.wordRule)]),
      ]}
    >
      <Input.Password autoComplete="new-password" placeholder={stays ? t.kept : ''} />
    </Form.Item>
  );
}

function FileInput({ vendor, field, kept }: Props<FileField>) {
  const t = useTexts(certificateTexts);
  const item = useItem({ vendor, field });
  const { ending } = field;
  const check = async (_: unknown, chosen?: Chosen): Promise<void> => {
    const file = fileOf(chosen);
    if (!file) {
      if (!kept) throw new Error(t.fileRequired);
      return;
    }
    const problem = problemOf(file, ending);
    if (problem === 'fileName') throw new Error(t.fileName(ending));
    if (problem === 'fileSize') throw new Error(t.fileSize(mostBytes(ending) / 1024));
    if (problem === 'fileEmpty') throw new Error(t.fileEmpty);
  };
  return (
    <Form.Item
      {...item}
      extra={kept ? t.keptFile : item.extra}
      valuePropName="fileList"
      getValueFromEvent={({ fileList }: { fileList: Chosen }) => fileList.slice(-1)}
      required={!kept}
      rules={[{ validator: check }]}
    >
      <Upload accept={ending} beforeUpload={() => false} maxCount={1}>
        <Button icon={<UploadOutlined />}>{kept ? t.replaceFile : t.chooseFile}</Button>
      </Upload>
    </Form.Item>
  );
}

function Choice({ vendor, field }: Props<ChoiceField>) {
  const t = useTexts(fieldTexts);
  const words = useTexts(certificateTexts);
  const rules = useRules();
  const item = useItem({ vendor, field });
  const options = field.options.map(({ value, label }) => ({ value, label: t.options[label] }));
  const needsCategory: FormRule = (form) => ({
    validator: (_, level?: number | null) =>
      !level || (form.getFieldValue([vendor, 'category']) as string | undefined)?.trim()
        ? Promise.resolve()
        : Promise.reject(new Error(words.needsCategory)),
  });
  if (field.as === 'select') {
    return (
      <Form.Item
        {...item}
        {...(field.name === 'notify_level' ? { dependencies: [[vendor, 'category']], rules: [needsCategory] } : {})}
      >
        <Select allowClear placeholder={words.vendorDefault} options={options} />
      </Form.Item>
    );
  }
  return (
    <Form.Item {...item} rules={field.required ? [rules.choose(item.label)] : []}>
      <Radio.Group options={options} />
    </Form.Item>
  );
}

function SwitchInput({ vendor, field }: Props<SwitchField>) {
  const item = useItem({ vendor, field });
  return (
    <Form.Item {...item} valuePropName="checked">
      <Switch />
    </Form.Item>
  );
}
