import { DownloadOutlined, PlusOutlined, UploadOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useState } from 'react';
import { apiUrl } from '@/api/client';
import { useCursors } from '@/api/lists';
import type { WordImport, WordRow } from '@/api/types/sensitiveWords';
import { Clipped } from '@/components/Clipped';
import { DataTable } from '@/components/DataTable';
import { useOpening } from '@/components/dialog';
import { RowActions } from '@/components/RowActions';
import { SearchInput } from '@/components/SearchInput';
import { useSelection } from '@/components/selection';
import { TimeText } from '@/components/TimeText';
import { Toolbar } from '@/components/Toolbar';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { AddWordsDialog } from './AddWordsDialog';
import { ImportDialog } from './ImportDialog';
import { ImportReport } from './ImportReport';
import { useRemoval, type WordSource } from './source';
import { wordListTexts } from './texts';

interface Props {
  of: WordSource;
  /** How many words there are, and may be. */
  count: number;
  most: number | null;
  editable: boolean;
  search: string | undefined;
  onSearch: (search: string | undefined) => void;
  place?: 'address' | 'here';
  /** Name of the file with all words; absent: none is offered. */
  exported?: string;
}

/** The words of a list: found, added, imported, exported and deleted. */
export function WordList({ of, count, most, editable, search, onSearch, place = 'address', exported }: Props) {
  const t = useTexts(wordListTexts);
  const words = useTexts(common);
  const { noun, path } = of;
  const list = useCursors<WordRow>(`${path}/words`, { search }, { size: 20, place });
  const selection = useSelection(list.items, ({ word }) => word, { name: ({ word }) => word });
  const adding = useOpening();
  const importing = useOpening();
  const [report, setReport] = useState<WordImport>();
  const ask = useRemoval(of);
  const chosen = selection.rows.map(({ word }) => word);
  const total = count.toLocaleString();
  return (
    <>
      {report && <ImportReport report={report} onClose={() => setReport(undefined)} />}
      <Toolbar
        filters={
          <>
            <span className="faint">
              {most === null ? t.countOnly(total, noun) : t.count(total, most.toLocaleString(), noun)}
            </span>
            <SearchInput label={t.search(noun)} value={search} onSearch={onSearch} />
          </>
        }
      >
        {editable && (
          <>
            <Button type="primary" icon={<PlusOutlined />} onClick={() => adding.show(true)}>
              {t.add(noun)}
            </Button>
            <Button icon={<UploadOutlined />} onClick={() => importing.show(true)}>
              {t.importFile}
            </Button>
          </>
        )}
        {exported && (
          <Button icon={<DownloadOutlined />} href={apiUrl(`${path}/words.csv`)} download={exported} disabled={count === 0}>
            {t.exportCsv}
          </Button>
        )}
        {editable && (
          <>
            <Button disabled={chosen.length === 0} onClick={() => ask.remove(chosen, selection.clear)}>
              {t.removeChosen(chosen.length)}
            </Button>
            <Button danger disabled={count === 0} onClick={() => ask.clear(total)}>
              {t.clear}
            </Button>
          </>
        )}
      </Toolbar>
      <DataTable<WordRow>
        list={list}
        rowKey="word"
        label={noun}
        empty={search ? t.notFound(noun) : t.empty(noun)}
        {...(editable ? { rowSelection: selection.rowSelection } : {})}
        columns={[
          { title: noun, dataIndex: 'word', render: (word: string) => <Clipped text={word} width={420} /> },
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
      <AddWordsDialog of={of} open={adding.open} onClose={adding.hide} onDone={setReport} />
      <ImportDialog of={of} open={importing.open} onClose={importing.hide} onDone={setReport} />
    </>
  );
}
