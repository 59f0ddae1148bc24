import { Drawer } from 'antd';
import { useState } from 'react';
import type { KeywordListRow } from '@/api/types/moderation';
import { useTexts } from '@/i18n';
import { useMay } from '@/shell/session';
import { WordList } from '../wordLists/WordList';
import { wordsByHand } from './limits';
import { listTexts } from './listTexts';
import { useModerationPaths } from './service';

interface Props {
  list: KeywordListRow | undefined;
  /** Words that a list can have; null: any number. */
  most: number | null;
  open: boolean;
  onClose: () => void;
}

/** 进入名单: the words of a list. */
export function ListWordsDrawer({ list, most, open, onClose }: Props) {
  const t = useTexts(listTexts);
  return (
    <Drawer title={t.wordsOf(list?.name ?? '')} open={open} onClose={onClose} size={960} destroyOnHidden>
      {list && <Words list={list} most={most} />}
    </Drawer>
  );
}

function Words({ list: { id, words }, most }: { list: KeywordListRow; most: number | null }) {
  const t = useTexts(listTexts);
  const { base, changes } = useModerationPaths();
  const editable = useMay()('moderation_write');
  const [search, setSearch] = useState<string>();
  return (
    <>
      <p className="dialog-intro">{t.delay}</p>
      <WordList
        of={{
          path: `${base}/lists/${id}`,
          changes,
          noun: t.keyword,
          afterRemoval: t.afterRemoval,
          mostLines: wordsByHand,
        }}
        count={words}
        most={most}
        editable={editable}
        search={search}
        onSearch={setSearch}
        place="here"
        exported={`keywords-${id}.csv`}
      />
    </>
  );
}
