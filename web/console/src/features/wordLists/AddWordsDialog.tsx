import { Form, Input } from 'antd';
import type { WordImport } from '@/api/types/sensitiveWords';
import { FormDialog } from '@/components/FormDialog';
import { useRules } from '@/components/rules';
import { useTexts } from '@/i18n';
import { useAddWords, type WordSource } from './source';
import { wordListTexts } from './texts';
import { countWords, mostBytes } from './wordFile';

interface Props {
  of: WordSource;
  open: boolean;
  onClose: () => void;
  onDone: (report: WordImport) => void;
}

/** Words typed or pasted. */
export function AddWordsDialog({ of, open, onClose, onDone }: Props) {
  const t = useTexts(wordListTexts);
  const rules = useRules();
  const add = useAddWords(of, onDone);
  const { noun, mostLines = Infinity } = of;
  return (
    <FormDialog<{ text: string }> title={t.add(noun)} open={open} onClose={onClose} onSubmit={({ text }) => add(text)}>
      <Form.Item
        name="text"
        label={noun}
        extra={mostLines === Infinity ? t.addHint : t.addHintMost(mostLines)}
        className="last-item"
        validateFirst
        rules={[
          rules.required(noun),
          rules.that((text) => new Blob([text]).size <= mostBytes, t.textSize),
          rules.that((text) => countWords(text) > 0, t.noWords),
          rules.that((text) => countWords(text) <= mostLines, t.tooMany(mostLines, noun)),
        ]}
      >
        <Input.TextArea rows={8} spellCheck={false} autoComplete="off" />
      </Form.Item>
    </FormDialog>
  );
}
