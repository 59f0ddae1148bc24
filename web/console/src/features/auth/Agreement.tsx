import { Checkbox, Form } from 'antd';
import { useTexts } from '@/i18n';
import { authTexts } from './texts';

interface Props {
  /** Registering asks for the terms too, signing in for the privacy policy alone. */
  terms?: boolean;
}

/** The checkbox without which nothing is sent. */
export function Agreement({ terms }: Props) {
  const t = useTexts(authTexts);
  const page = (path: string, name: string) => (
    <a href={`${import.meta.env.BASE_URL}user/${path}`} target="_blank" rel="noreferrer">
      {name}
    </a>
  );
  return (
    <Form.Item
      name="agree"
      valuePropName="checked"
      rules={[
        { validator: (_, ticked) => (ticked ? Promise.resolve() : Promise.reject(new Error(t.agreeFirst))) },
      ]}
    >
      <Checkbox>
        {t.agreeStart} {terms && <>{page('terms', t.terms)} {t.and} </>}
        {page('privacy', t.privacy)}
      </Checkbox>
    </Form.Item>
  );
}
