import { useMatches } from 'react-router';
import { useTexts } from '@/i18n';
import { navTexts, type NavKey } from './texts';

/** What `router.tsx` knows about a page. */
export interface PageHandle {
  trail: readonly NavKey[];
}

/** Names of the headings that lead to the page on show, its own name last. */
export function useTrail(): string[] {
  const t = useTexts(navTexts);
  const handle = useMatches().at(-1)?.handle as PageHandle | undefined;
  return handle?.trail.map((label) => t[label]) ?? [];
}
