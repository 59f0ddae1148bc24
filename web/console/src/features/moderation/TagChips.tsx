import { Tag } from 'antd';
import type { TagRow } from '@/api/types/moderation';
import { useTexts } from '@/i18n';
import { ruleTexts } from './ruleTexts';

/** Tags by their ids. */
export function TagChips({ ids, tags }: { ids: readonly string[]; tags: readonly TagRow[] }) {
  const t = useTexts(ruleTexts);
  return (
    <span className="chips tag-chips">
      {ids.map((id) => (
        <Tag key={id}>{tags.find((tag) => tag.id === id)?.name ?? t.unknownTag}</Tag>
      ))}
    </span>
  );
}
