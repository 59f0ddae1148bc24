import { PlusOutlined, UploadOutlined } from '@ant-design/icons';
import { Alert, App, Button } from 'antd';
import { useState } from 'react';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import { useCursors, useFilters } from '@/api/lists';
import type { SensitiveWords, WordImport, WordRow } from '@/api/types/sensitiveWords';
import { Clipped } from '@/components/Clipped';
import { useConfirm } from '@/components/ConfirmDialog';
import { DataTable } from '@/components/DataTable';
import { useOpening } from '@/components/dialog';
import { RowActions } from '@/components/RowActions';
import { SearchInput } from '@/components/SearchInput';
import { useSelection } from '@/components/selection';
import { TimeText } from '@/components/TimeText';
import { Toolbar } from '@/components/Toolbar';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useApp } from '@/shell/app';
import { useMay } from '@/shell/session';
import { AddWordsDialog } from './AddWordsDialog';
import { ImportDialog } from './ImportDialog';
import { wordTexts } from './texts';

/** 词库. */
export function WordsTab({ service }: { service: SensitiveWords }) {
  const t = useTexts(wordTexts);
  const words = useTexts(common);
  const app = useApp();
  const editable = useMay()('features');
  const [filters, setFilters] = useFilters(['search']);
  const list = useCursors<WordRow>(`${app.api}/sensitive-words/words`, filters, { size: 20 });
  const selection = useSelection(list.items, ({ word }) => word, { name: ({ word }) => word });
  const adding = useOpening();
  const importing = useOpening();
  const [report, setReport] = useState<WordImport>();
  const ask = useRemoval();
  const count = selection.rows.length;
  const total = service.words.toLocaleString();
  return (
    <>
      {report && <Report report={report} onClose={() => setReport(undefined)} />}
      <Toolbar
        filters={
          <>
            <span className="faint">
              {service.most === null ? t.countOnly(total) : t.count(total, service.most.toLocaleString())}
            </span>
            <SearchInput label={t.search} value={filters.search} onSearch={(search) => setFilters({ search })} />
          </>
        }
      >
        {editable && (
          <>
            <Button type="primary" icon={<PlusOutlined />} onClick={() => adding.show(true)}>
              {t.add}
            </Button>
            <Button icon={<UploadOutlined />} onClick={() => importing.show(true)}>
              {t.importFile}
            </Button>
            <Button
              disabled={count === 0}
              onClick={() => ask.remove(selection.rows.map(({ word }) => word), selection.clear)}
            >
              {t.removeChosen(count)}
            </Button>
            <Button danger disabled={service.words === 0} onClick={() => ask.clear(total)}>
              {t.clear}
            </Button>
          </>
        )}
      </Toolbar>
      <DataTable<WordRow>
        list={list}
        rowKey="word"
        label={t.words}
        empty={filters.search ? t.notFound : t.empty}
        {...(editable ? { rowSelection: selection.rowSelection } : {})}
        columns={[
          { title: t.word, dataIndex: 'word', render: (word: string) => <Clipped text={word} width={420} /> },
          { title: t.added, dataIndex: 'added', width: 200, render: (time: number) => <TimeText value={time} /> },
          {
            title: words.actions,
            key: 'actions',
            width: 100,
            render: (_, { word }) => (
              <RowActions
                of={word}
                actions={[
                  { key: 'delete', label: words.delete, danger: true, hidden: !editable, onClick: () => ask.remove([word]) },
                ]}
              />
            ),
          },
        ]}
      />
      <AddWordsDialog open={adding.open} onClose={adding.hide} onDone={setReport} />
      <ImportDialog open={importing.open} onClose={importing.hide} onDone={setReport} />
    </>
  );
}

/** What became of a list that was added. */
function Report({ report: { added, duplicate, too_long, over_limit }, onClose }: { report: WordImport; onClose: () => void }) {
  const t = useTexts(wordTexts);
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

/** Asks before words go. */
function useRemoval() {
  const t = useTexts(wordTexts);
  const words = useTexts(common);
  const app = useApp();
  const confirm = useConfirm();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  const path = `${app.api}/sensitive-words`;
  const post = async (action: string, body?: unknown): Promise<void> => {
    const { removed } = await api.post<{ removed: number }>(`${path}/${action}`, body);
    await invalidate(path, `${app.api}/features`);
    void message.success(t.removeDone(removed));
  };
  return {
    remove: (chosen: readonly string[], after?: () => void) =>
      confirm({
        title: chosen.length === 1 ? t.removeOne(chosen[0]!) : t.removeTitle(chosen.length),
        content: t.removeText,
        okText: words.delete,
        danger: true,
        onOk: async () => {
          await post('remove', { words: chosen });
          after?.();
        },
      }),
    clear: (total: string) =>
      confirm({
        title: t.clearTitle,
        content: t.clearText(total),
        okText: t.clear,
        danger: true,
        onOk: () => post('clear', {}),
      }),
  };
}
