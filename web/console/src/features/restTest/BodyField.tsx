import { Button, Dropdown, Form, Input } from 'antd';
import { useTexts } from '@/i18n';
import { examplesOf } from '../reference/example';
import type { BodyKind, Schema, Schemas } from '../reference/openapi';
import { Shape } from '../reference/Shape';
import { flawsOf, jsonFault } from './check';
import { useFlawWords } from './flawWords';
import type { Values } from './request';
import { restTestTexts } from './texts';

interface Props {
  kind: BodyKind;
  schema: Schema;
  schemas: Schemas;
}

/** Where the body is written, with examples to begin from. What is no JSON cannot be sent; other flaws are only told. */
export function BodyField({ kind, schema, schemas }: Props) {
  const t = useTexts(restTestTexts);
  const words = useFlawWords();
  const form = Form.useFormInstance<Values>();
  const examples = examplesOf(schema, schemas);
  const fill = (text: string | undefined): void => {
    form.setFieldValue('body', text);
    void form.validateFields(['body']).catch(() => undefined);
  };
  const syntax = (text = ''): string | undefined => {
    const fault = text.trim() ? jsonFault(text) : undefined;
    if (!fault) return undefined;
    return fault === 'somewhere' ? t.notJson : t.notJsonAt(fault.line, fault.column);
  };
  const flaws = (text = ''): string | undefined => {
    if (jsonFault(text) || syntax(text)) return undefined;
    return flawsOf(JSON.parse(text), schema, schemas).slice(0, 3).map(words).join(t.semicolon);
  };
  const rule = (find: (text?: string) => string | undefined) => (_: unknown, text?: string) => {
    const found = find(text);
    return found ? Promise.reject(new Error(found)) : Promise.resolve();
  };
  return (
    <fieldset className="field-group">
      <legend>
        {kind === 'application/json' ? t.body : t.bodyAsForm}
        {examples.length > 1 ? (
          <Dropdown
            trigger={['click']}
            menu={{
              items: examples.map(({ label }, at) => ({ key: String(at), label: <code>{label}</code> })),
              onClick: ({ key }) => fill(examples[Number(key)]?.text),
            }}
          >
            <Button type="link" size="small" aria-haspopup="menu">
              {t.fillIn}
            </Button>
          </Dropdown>
        ) : (
          <Button type="link" size="small" onClick={() => fill(examples[0]?.text)}>
            {t.fillIn}
          </Button>
        )}
      </legend>
      <Form.Item
        name="body"
        rules={[{ validator: rule(syntax) }, { validator: rule(flaws), warningOnly: true }]}
        className="body-field"
      >
        <Input.TextArea
          aria-label={kind === 'application/json' ? t.body : t.bodyAsForm}
          className="json-editor"
          autoSize={{ minRows: 5, maxRows: 22 }}
          spellCheck={false}
        />
      </Form.Item>
      <details className="body-shape">
        <summary>{t.structure}</summary>
        <Shape schema={schema} schemas={schemas} />
      </details>
    </fieldset>
  );
}
