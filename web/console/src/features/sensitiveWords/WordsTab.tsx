import { useFilters } from '@/api/lists';
import type { SensitiveWords } from '@/api/types/sensitiveWords';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { useMay } from '@/shell/session';
import { WordList } from '../wordLists/WordList';
import { wordTexts } from './texts';

/** 词库. */
export function WordsTab({ service: { words, most } }: { service: SensitiveWords }) {
  const t = useTexts(wordTexts);
  const app = useApp();
  const editable = useMay()('moderation_write');
  const [{ search }, setFilters] = useFilters(['search']);
  return (
    <WordList
      of={{
        path: `${app.api}/sensitive-words`,
        changes: [`${app.api}/features`],
        noun: t.words,
        afterRemoval: t.removeText,
      }}
      count={words}
      most={most}
      editable={editable}
      search={search}
      onSearch={(search) => setFilters({ search })}
    />
  );
}
