// What a list of pages is, and what of it an account may see.

import type { ComponentType } from 'react';
import type { Permission } from '@/api/types/account';
import type { Session } from './session';
import type { NavKey } from './texts';

export interface PageEntry {
  label: NavKey;
  /** Below `/`, `/account/`, `/billing/` or `/app/:org/:app/`. */
  path: string;
  page: () => Promise<{ default: ComponentType }>;
  /** Who may see it; everybody when absent. The server decides, this only keeps its refusals out of the menus. */
  permission?: Permission;
  /** Whether this installation, or this account, has the page. */
  available?: (session: Session) => boolean;
  /** Pages that it leads to. They have no menu entry: this one stands for them. */
  steps?: readonly PageEntry[];
}

/** Something to fold, with pages inside. Without pages to show it is not shown. */
export interface Folder {
  label: NavKey;
  children: readonly (PageEntry | Folder)[];
}

/** A folder of the first level. The collapsed menu shows its icon. */
export interface GroupEntry extends Folder {
  icon: ComponentType;
}

/** A heading of the left menu and what stands below it. */
export interface Section {
  label: NavKey;
  icon: ComponentType;
  children: readonly (PageEntry | GroupEntry)[];
}

export function isFolder<F extends Folder>(entry: PageEntry | F): entry is F {
  return 'children' in entry;
}

/** The pages in a folder, those of its folders included. */
export function pagesIn({ children }: Folder): PageEntry[] {
  return children.flatMap((entry) => (isFolder(entry) ? pagesIn(entry) : [entry]));
}

export function maySee({ permission, available }: PageEntry, session: Session): boolean {
  const permitted = permission === undefined || session.me.permissions.includes(permission);
  return permitted && (available?.(session) ?? true);
}

/** Each page of these sections with the labels that lead to it. */
export function pagesOf(sections: readonly Folder[], above: readonly NavKey[] = []): { entry: PageEntry; trail: NavKey[] }[] {
  return sections.flatMap(({ label, children }) => {
    const here = [...above, label];
    return children.flatMap((entry) => (isFolder(entry) ? pagesOf([entry], here) : withSteps(entry, here)));
  });
}

function withSteps(entry: PageEntry, above: readonly NavKey[]): { entry: PageEntry; trail: NavKey[] }[] {
  const trail = [...above, entry.label];
  return [{ entry, trail }, ...(entry.steps ?? []).flatMap((step) => withSteps(step, trail))];
}

/** What of these sections the account may see, without empty headings. */
export function visible<F extends Folder>(sections: readonly F[], session: Session): F[] {
  return sections
    .map((section) => ({
      ...section,
      children: section.children.flatMap((entry): (PageEntry | Folder)[] => {
        if (isFolder(entry)) return visible([entry], session);
        return maySee(entry, session) ? [entry] : [];
      }),
    }))
    .filter(({ children }) => children.length > 0);
}
