import { Alert } from 'antd';
import type { WordImport } from '@/api/types/sensitiveWords';
import { useTexts } from '@/i18n';
import { wordListTexts } from './texts';

interface Props {
  report: WordImport;
  onClose: () => void;
}

/** What became of words that were added. */
export function ImportReport({ report: { added, duplicate, too_long, over_limit }, onClose }: Props) {
  const t = useTexts(wordListTexts);
  const leftOut = [
    ...(too_long > 0 ? [t.tooLong(too_long.toLocaleString())] : []),
    ...(over_limit > 0 ? [t.overLimit(over_limit.toLocaleString())] : []),
  ];
  return (
    <Alert
      type={leftOut.length > 0 ? 'warning' : 'success'}
      showIcon
      role="status"
      className="form-note"
      title={t.reportTitle}
      description={[t.report(added.toLocaleString(), duplicate.toLocaleString()), ...leftOut].map((line) => (
        <p key={line}>{line}</p>
      ))}
      closable={{ onClose }}
    />
  );
}
