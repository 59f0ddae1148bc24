import { UploadOutlined } from '@ant-design/icons';
import { Button, Form, Input, Select, Upload } from 'antd';
import { useRules } from '@/components/rules';
import { useTexts } from '@/i18n';
import { Marked } from '../reference/Marked';
import type { Parameter } from '../reference/openapi';
import { InlineShape } from '../reference/Shape';
import { flawsOf } from './check';
import { useFlawWords } from './flawWords';
import { restTestTexts } from './texts';

interface Props {
  /** Where their values are. */
  group: 'variables' | 'query' | 'headers' | 'parts';
  title: string;
  fields: readonly Omit<Parameter, 'in'>[];
}

/** A field for each variable of the path, parameter of the query, header, or part of a form. */
export function ParameterFields({ group, title, fields }: Props) {
  if (fields.length === 0) return null;
  return (
    <fieldset className="field-group">
      <legend>{title}</legend>
      <div className="field-grid">
        {fields.map((field) => (
          <Field key={field.name} group={group} field={field} />
        ))}
      </div>
    </fieldset>
  );
}

function Field({ group, field: { name, required, schema, description } }: { group: Props['group']; field: Omit<Parameter, 'in'> }) {
  const t = useTexts(restTestTexts);
  const rules = useRules();
  const words = useFlawWords();
  const label = <code>{name}</code>;
  if (schema.format === 'binary') {
    return (
      <Form.Item
        name={[group, name]}
        label={label}
        valuePropName="fileList"
        getValueFromEvent={({ fileList }: { fileList: unknown }) => fileList}
        rules={required ? [rules.choose(name)] : []}
      >
        <Upload maxCount={1} beforeUpload={() => false}>
          <Button icon={<UploadOutlined />}>{t.chooseFile}</Button>
        </Upload>
      </Form.Item>
    );
  }
  const choices = schema.enum ?? (schema.type === 'boolean' ? [true, false] : undefined);
  return (
    <Form.Item
      name={[group, name]}
      label={label}
      extra={
        <>
          <InlineShape schema={schema} /> {description && <Marked text={description} />}
        </>
      }
      rules={[
        ...(required ? [rules.required(name)] : []),
        {
          // The server has the last word: it may take more than it says.
          warningOnly: true,
          validator: (_, text?: string) => {
            const [flaw] = text ? flawsOf(text, schema, {}, name) : [];
            return flaw ? Promise.reject(new Error(words(flaw))) : Promise.resolve();
          },
        },
      ]}
    >
      {choices ? (
        <Select allowClear placeholder={t.any} options={choices.map(String).map((value) => ({ value, label: value }))} />
      ) : (
        <Input autoComplete="off" spellCheck={false} />
      )}
    </Form.Item>
  );
}
