import { CopyOutlined } from '@ant-design/icons';
import { Button, Tooltip } from 'antd';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useCopy } from './copy';

interface Props {
  text: string;
  /** What is copied, for the label: "App Key". */
  what: string;
}

export function CopyButton({ text, what }: Props) {
  const t = useTexts(common);
  const copy = useCopy();
  return (
    <Tooltip title={t.copy}>
      <Button
        type="text"
        size="small"
        icon={<CopyOutlined />}
        aria-label={t.copyOf(what)}
        onClick={() => void copy(text)}
      />
    </Tooltip>
  );
}
