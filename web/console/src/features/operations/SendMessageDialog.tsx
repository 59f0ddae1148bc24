import { UploadOutlined } from '@ant-design/icons';
import { App, Button, Form, Input, Radio, Upload } from 'antd';
import { api } from '@/api/client';
import type { Receivers, Said, SendMessage, SentMessage, UploadedImage } from '@/api/types/messages';
import { FormDialog } from '@/components/FormDialog';
import { useRules } from '@/components/rules';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { operationTexts } from './texts';

interface Props {
  receivers: Receivers;
  /** A user, group or chat room. */
  to: string | undefined;
  open: boolean;
  onClose: () => void;
}

interface Values {
  from?: string;
  type: 'text' | 'image';
  text?: string;
  picture?: { originFileObj?: File }[];
}

const pictures = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'];
const mostBytes = 10 * 1024 * 1024;
const mostChars = 1500;

/** 发送rest消息: a text or an image, as the app's administrator or in a user's name. */
export function SendMessageDialog({ receivers, to, open, onClose }: Props) {
  const t = useTexts(operationTexts);
  const rules = useRules();
  const app = useApp();
  const { message } = App.useApp();
  const [form] = Form.useForm<Values>();
  const type = Form.useWatch('type', form) ?? 'text';
  const send = async ({ from, type, text, picture }: Values): Promise<void> => {
    const file = picture?.[0]?.originFileObj;
    const said: Said =
      type === 'image' && file
        ? {
            type: 'image',
            ...(await api.post<UploadedImage>(`${app.api}/images`, file, { query: { name: file.name } })),
          }
        : { type: 'text', text: text ?? '' };
    const body: SendMessage = { receivers, to: [to ?? ''], said, ...(from?.trim() ? { from: from.trim() } : {}) };
    await api.post<SentMessage[]>(`${app.api}/messages`, body);
    void message.success(t.sent);
  };
  return (
    <FormDialog<Values>
      title={t.sendTitle(to ?? '')}
      open={open}
      onClose={onClose}
      onSubmit={send}
      form={form}
      initial={{ type: 'text' }}
    >
      <Form.Item name="from" label={t.from} extra={t.fromHint}>
        <Input autoComplete="off" spellCheck={false} placeholder="admin" />
      </Form.Item>
      <Form.Item name="type" label={t.kind}>
        <Radio.Group
          options={[
            { value: 'text', label: t.text },
            { value: 'image', label: t.image },
          ]}
        />
      </Form.Item>
      {type === 'text' ? (
        <Form.Item
          name="text"
          label={t.content}
          className="last-item"
          rules={[rules.required(t.content), rules.atMost(mostChars)]}
        >
          <Input.TextArea rows={4} showCount maxLength={mostChars} />
        </Form.Item>
      ) : (
        <Form.Item
          name="picture"
          label={t.image}
          extra={t.pictureHint}
          className="last-item"
          valuePropName="fileList"
          getValueFromEvent={({ fileList }: { fileList: unknown[] }) => fileList.slice(-1)}
          rules={[{ validator: (_, chosen?: Values['picture']) => fits(chosen, t.pictureRule) }]}
        >
          <Upload accept={pictures.join()} beforeUpload={() => false} maxCount={1}>
            <Button icon={<UploadOutlined />}>{t.picture}</Button>
          </Upload>
        </Form.Item>
      )}
    </FormDialog>
  );
}

function fits(chosen: Values['picture'], words: string): Promise<void> {
  const file = chosen?.[0]?.originFileObj;
  const good = file !== undefined && pictures.includes(file.type) && file.size <= mostBytes;
  return good ? Promise.resolve() : Promise.reject(new Error(words));
}
