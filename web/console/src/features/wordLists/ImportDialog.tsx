import { UploadOutlined } from '@ant-design/icons';
import { Button, Form, Spin, Upload } from 'antd';
import { useState } from 'react';
import type { WordImport } from '@/api/types/sensitiveWords';
import { FormDialog } from '@/components/FormDialog';
import { useTexts } from '@/i18n';
import { useAddWords, type WordSource } from './source';
import { wordListTexts } from './texts';
import { countWords, readWordFile } from './wordFile';

interface Props {
  of: WordSource;
  open: boolean;
  onClose: () => void;
  onDone: (report: WordImport) => void;
}

type Chosen = { originFileObj?: File }[];

/** 文件导入. */
export function ImportDialog({ of, open, onClose, onDone }: Props) {
  const t = useTexts(wordListTexts);
  const add = useAddWords(of, onDone);
  const [importing, setImporting] = useState<number>();
  const submit = async ({ file }: { file?: Chosen }): Promise<void> => {
    const chosen = file?.[0]?.originFileObj;
    const read = chosen && (await readWordFile(chosen));
    if (!read || 'problem' in read) throw new Error(t[read?.problem ?? 'fileRequired']);
    setImporting(countWords(read.text));
    try {
      await add(read.text);
    } finally {
      setImporting(undefined);
    }
  };
  const check = async (_: unknown, file?: Chosen): Promise<void> => {
    const chosen = file?.[0]?.originFileObj;
    if (!chosen) throw new Error(t.fileRequired);
    const read = await readWordFile(chosen);
    if ('problem' in read) throw new Error(t[read.problem]);
  };
  return (
    <FormDialog<{ file?: Chosen }>
      title={t.importFile}
      open={open}
      onClose={onClose}
      onSubmit={submit}
      submitText={t.importFile}
    >
      <Form.Item
        name="file"
        label={t.file}
        extra={t.fileHint}
        className="last-item"
        valuePropName="fileList"
        getValueFromEvent={({ fileList }: { fileList: Chosen }) => fileList.slice(-1)}
        required
        rules={[{ validator: check }]}
      >
        <Upload accept=".txt,text/plain" beforeUpload={() => false} maxCount={1}>
          <Button icon={<UploadOutlined />}>{t.chooseFile}</Button>
        </Upload>
      </Form.Item>
      {importing !== undefined && (
        <div className="field-row" role="status">
          <Spin size="small" />
          {t.importing(importing.toLocaleString())}
        </div>
      )}
    </FormDialog>
  );
}
