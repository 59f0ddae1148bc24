import { EditOutlined } from '@ant-design/icons';
import { Button, Form, Input, Space } from 'antd';
import { useState } from 'react';
import { useRules } from '@/components/rules';
import { useSubmit } from '@/components/submit';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';

interface Props {
  /** Field of the API. */
  name: string;
  label: string;
  value: string;
  limit: number;
  multiline?: boolean;
  /** Without it the text only stands there. */
  onSave?: (value: string) => Promise<unknown>;
}

/** A text with a pencil, which turns it into a field. */
export function InlineEdit(props: Props) {
  const { label, value, onSave } = props;
  const t = useTexts(common);
  const [editing, setEditing] = useState(false);
  if (editing && onSave) return <Editor {...props} onSave={onSave} onClose={() => setEditing(false)} />;
  return (
    <span className="inline-edit">
      <span className="pre-wrap">{value || <span className="faint">–</span>}</span>
      {onSave && (
        <Button
          type="text"
          size="small"
          icon={<EditOutlined />}
          aria-label={`${t.edit} ${label}`}
          onClick={() => setEditing(true)}
        />
      )}
    </span>
  );
}

type EditorProps = Props & { onSave: NonNullable<Props['onSave']>; onClose: () => void };

function Editor({ name, label, value, limit, multiline, onSave, onClose }: EditorProps) {
  const t = useTexts(common);
  const rules = useRules();
  const [form] = Form.useForm<Record<string, string>>();
  const { send, busy, problem } = useSubmit(form, (values) => onSave((values[name] ?? '').trim()));
  const field = { 'aria-label': label, autoFocus: true, count: { show: true, max: limit } };
  return (
    <Form
      form={form}
      initialValues={{ [name]: value }}
      className="inline-editor"
      onFinish={async (values) => {
        if (await send(values)) onClose();
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !busy) onClose();
      }}
    >
      <Form.Item
        name={name}
        rules={[rules.required(label), rules.atMost(limit)]}
        {...(problem ? { help: problem, validateStatus: 'error' as const } : {})}
      >
        {multiline ? <Input.TextArea {...field} autoSize={{ minRows: 2, maxRows: 8 }} /> : <Input {...field} />}
      </Form.Item>
      <Space>
        <Button type="primary" size="small" htmlType="submit" loading={busy}>
          {t.save}
        </Button>
        <Button size="small" disabled={busy} onClick={onClose}>
          {t.cancel}
        </Button>
      </Space>
    </Form>
  );
}
