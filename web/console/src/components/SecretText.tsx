import { CopyOutlined, EyeInvisibleOutlined, EyeOutlined } from '@ant-design/icons';
import { Button, Tooltip } from 'antd';
import { useState } from 'react';
import { useComplain } from '@/api/hooks';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useCopy } from './copy';

interface Props {
  /** What it is, for the labels: "Client Secret". */
  what: string;
  /** Fetches the secret when it is asked for; it is not kept when hidden. */
  reveal: () => Promise<string>;
}

/** A secret behind a mask, to show or to copy without showing. */
export function SecretText({ what, reveal }: Props) {
  const t = useTexts(common);
  const copy = useCopy();
  const complain = useComplain();
  const [secret, setSecret] = useState<string>();
  const [busy, setBusy] = useState(false);
  const withSecret = async (use: (secret: string) => unknown): Promise<void> => {
    setBusy(true);
    try {
      await use(secret ?? (await reveal()));
    } catch (error) {
      complain(error);
    } finally {
      setBusy(false);
    }
  };
  const toggle = (): void => {
    if (secret === undefined) void withSecret(setSecret);
    else setSecret(undefined);
  };
  return (
    <span className="copy-text">
      <code>{secret ?? '*'.repeat(16)}</code>
      <Tooltip title={secret === undefined ? t.show : t.hide}>
        <Button
          type="text"
          size="small"
          disabled={busy}
          icon={secret === undefined ? <EyeOutlined /> : <EyeInvisibleOutlined />}
          aria-label={`${secret === undefined ? t.show : t.hide} ${what}`}
          onClick={toggle}
        />
      </Tooltip>
      <Tooltip title={t.copy}>
        <Button
          type="text"
          size="small"
          disabled={busy}
          icon={<CopyOutlined />}
          aria-label={t.copyOf(what)}
          onClick={() => void withSecret(copy)}
        />
      </Tooltip>
    </span>
  );
}
