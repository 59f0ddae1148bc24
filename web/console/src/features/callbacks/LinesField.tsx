import { Form, Input } from 'antd';
import { useTexts } from '@/i18n';
import { linesOf } from './lines';
import { ruleTexts } from './ruleTexts';
import './callbacks.css';

interface Props {
  name: string;
  label: string;
  hint: string;
  /** Lines. */
  most: number;
  /** What is wrong with the lines beyond their number. */
  check: (lines: readonly string[]) => string | undefined;
  /** Called when something is wrong. */
  onRefused?: () => void;
  required?: boolean;
}

/** A list, one item a line, with a count of them. */
export function LinesField({ name, label, hint, most, check, onRefused, required = false }: Props) {
  const t = useTexts(ruleTexts);
  const form = Form.useFormInstance();
  const text = Form.useWatch<string | undefined>(name, form);
  const validate = (_: unknown, given: string | undefined): Promise<void> => {
    const lines = linesOf(given);
    const problem = lines.length > most ? t.tooManyLines(most) : check(lines);
    if (problem === undefined) return Promise.resolve();
    onRefused?.();
    return Promise.reject(new Error(problem));
  };
  return (
    <Form.Item
      name={name}
      label={label}
      required={required}
      extra={
        <span className="line-count">
          {hint}
          <span>
            {linesOf(text).length}/{most}
          </span>
        </span>
      }
      rules={[{ validator: validate }]}
    >
      <Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} spellCheck={false} autoComplete="off" />
    </Form.Item>
  );
}
