import { CopyOutlined, DownloadOutlined } from '@ant-design/icons';
import { Button, Checkbox } from 'antd';
import { useState } from 'react';
import { useCopy } from '@/components/copy';
import { useTexts } from '@/i18n';
import { accountTexts } from './texts';

interface Props {
  codes: readonly string[];
  /** Whose they are, for the file. */
  email: string;
  onDone: () => void;
}

/** The codes, this once: nobody goes on without saying that they are kept. */
export function RecoveryCodes({ codes, email, onDone }: Props) {
  const t = useTexts(accountTexts);
  const copy = useCopy();
  const [saved, setSaved] = useState(false);
  const download = (): void => {
    const text = `Hongyan 鸿雁 · ${email}\n${new Date().toISOString()}\n\n${codes.join('\n')}\n`;
    const url = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = 'hongyan-recovery-codes.txt';
    link.click();
    URL.revokeObjectURL(url);
  };
  return (
    <div className="recovery">
      <p>{t.codesText}</p>
      <ol className="recovery-codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ol>
      <div className="recovery-actions">
        <Button icon={<CopyOutlined />} onClick={() => void copy(codes.join('\n'))}>
          {t.copyCodes}
        </Button>
        <Button icon={<DownloadOutlined />} onClick={download}>
          {t.downloadCodes}
        </Button>
      </div>
      <div className="recovery-end">
        <Checkbox checked={saved} onChange={(event) => setSaved(event.target.checked)}>
          {t.codesSaved}
        </Checkbox>
        <Button type="primary" disabled={!saved} onClick={onDone}>
          {t.finish}
        </Button>
      </div>
    </div>
  );
}
