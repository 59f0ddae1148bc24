import { Button, Form, Input } from 'antd';
import { useRules } from '@/components/rules';
import { useTexts } from '@/i18n';
import { memberTexts } from './texts';

/** A password for somebody else: typed, or made up and shown. */
export function PasswordField({ label, name = 'password' }: { label: string; name?: string }) {
  const t = useTexts(memberTexts);
  const rules = useRules();
  const form = Form.useFormInstance();
  return (
    <Form.Item label={label} required extra={t.passwordHint(rules.passwordHint)}>
      <div className="factor-row">
        <Form.Item name={name} noStyle rules={[rules.required(label), rules.password]}>
          <Input.Password autoComplete="new-password" aria-label={label} />
        </Form.Item>
        <Button
          onClick={() => {
            form.setFieldValue(name, madeUp());
            void form.validateFields([name]);
          }}
        >
          {t.generate}
        </Button>
      </div>
    </Form.Item>
  );
}

/** 16 characters without those that look alike, always of three kinds. */
function madeUp(): string {
  const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789';
  // 224 is the greatest multiple of 56 in a byte: every character is as likely as the next.
  const pick = (): string => {
    for (;;) {
      const [byte = 255] = crypto.getRandomValues(new Uint8Array(1));
      if (byte < 224) return letters[byte % letters.length] ?? 'x';
    }
  };
  for (;;) {
    const password = Array.from({ length: 16 }, pick).join('');
    if (/[A-Z]/.test(password) && /[a-z]/.test(password) && /[2-9]/.test(password)) return password;
  }
}
