import type { TableProps } from 'antd';
import type { ModerationMeasures } from '@/api/types/moderation';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useHandlingName, useMeasureName } from './measures';
import { ruleTexts } from './ruleTexts';
import { isExaminedLater, type Kind } from './words';

type Columns<T> = NonNullable<TableProps<T>['columns']>;

/** What rules and sub-rules of a kind do, as columns of a table. */
export function useMeasureColumns<T>(kind: Kind, measures: (row: T) => ModerationMeasures): Columns<T> {
  const t = useTexts(ruleTexts);
  const { columns: names } = t;
  const words = useTexts(common);
  const nameOf = useMeasureName(kind);
  const handlingName = useHandlingName();
  const column = (key: string, title: string, text: (measures: ModerationMeasures) => string): Columns<T>[number] => ({
    key,
    title,
    render: (_, row) => text(measures(row)),
  });
  // Without the model nothing is asked whose answer could be these.
  const byModel = (of: 'on_reject' | 'on_suspect') => (row: ModerationMeasures) => (row.model ? nameOf(row[of]) : '–');
  return [
    ...(kind === 'text'
      ? [column('model', names.model, ({ model }) => (model ? names.withModel : names.keywordsOnly))]
      : []),
    column('reject', names.reject, byModel('on_reject')),
    column('suspect', names.suspect, byModel('on_suspect')),
    column('failure', names.failure, ({ on_failure }) => nameOf(on_failure)),
    ...(isExaminedLater(kind)
      ? []
      : [column('report', names.report, ({ report }) => (report ? words.yes : words.no))]),
    column('handling', t.handling, ({ handling }) => handlingName(handling)),
  ];
}
