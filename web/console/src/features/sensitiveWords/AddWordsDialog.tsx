import { Form, Input } from 'antd';
import type { WordImport } from '@/api/types/sensitiveWords';
import { FormDialog } from '@/components/FormDialog';
import { useRules } from '@/components/rules';
import { useTexts } from '@/i18n';
import { useAddWords } from './addWords';
import { wordTexts } from './texts';
import { countWords, mostBytes } from './wordFile';

interface Props {
  open: boolean;
  onClose: () => void;
  onDone: (report: WordImport) => void;
}

/** 添加敏感词: typed or pasted. */
export function AddWordsDialog({ open, onClose, onDone }: Props) {
  const t = useTexts(wordTexts);
  const rules = useRules();
  const add = useAddWords(onDone);
  return (
    <FormDialog<{ text: string }> title={t.add} open={open} onClose={onClose} onSubmit={({ text }) => add(text)}>
      <Form.Item
        name="text"
        label={t.words}
        extra={t.addHint}
        className="last-item"
        validateFirst
        rules={[
          rules.required(t.words),
          rules.that((text) => new Blob([text]).size <= mostBytes, t.textSize),
          rules.that((text) => countWords(text) > 0, t.noWords),
        ]}
      >
        <Input.TextArea rows={8} spellCheck={false} autoComplete="off" />
      </Form.Item>
    </FormDialog>
  );
}
