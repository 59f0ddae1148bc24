import { DownloadOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { apiUrl, type Query } from '@/api/client';
import { useTexts } from '@/i18n';
import { moneyTexts } from './words';

interface Props {
  /** Of the API; its last part names the file. */
  path: string;
  query?: Query;
}

/** Downloads the rows as they are filtered. */
export function CsvButton({ path, query }: Props) {
  const t = useTexts(moneyTexts);
  return (
    <Button icon={<DownloadOutlined />} href={apiUrl(path, query)} download={path.split('/').at(-1)}>
      {t.exportCsv}
    </Button>
  );
}
