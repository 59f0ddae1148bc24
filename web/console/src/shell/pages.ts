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

/** Something to fold, with pages inside. A group without pages to show is not shown. */
export interface GroupEntry {
  label: NavKey;
  icon: ComponentType;
  children: readonly PageEntry[];
}

/** A heading of the left menu and what stands below it. */
export interface Section {
  label: NavKey;
  icon: ComponentType;
  children: readonly (PageEntry | GroupEntry)[];
}

export function isGroup(entry: PageEntry | GroupEntry): entry is GroupEntry {
  return 'children' in entry;
}

export function maySee({ permission, available }: PageEntry, session: Session): boolean {
  const permitted = permission === undefined || session.me.permissions.includes(permission);
  return permitted && (available?.(session) ?? true);
}

/** Each page of these sections with the labels that lead to it. */
export function pagesOf(sections: readonly Section[]): { entry: PageEntry; trail: NavKey[] }[] {
  return sections.flatMap((section) =>
    section.children.flatMap((entry) =>
      isGroup(entry)
        ? entry.children.flatMap((page) => withSteps(page, [section.label, entry.label]))
        : withSteps(entry, [section.label]),
    ),
  );
}

function withSteps(entry: PageEntry, above: readonly NavKey[]): { entry: PageEntry; trail: NavKey[] }[] {
  const trail = [...above, entry.label];
  return [{ entry, trail }, ...(entry.steps ?? []).flatMap((step) => withSteps(step, trail))];
}

/** What of these sections the account may see, without empty headings. */
export function visible(sections: readonly Section[], session: Session): Section[] {
  return sections
    .map((section) => ({
      ...section,
      children: section.children
        .map((entry) =>
          isGroup(entry) ? { ...entry, children: entry.children.filter((page) => maySee(page, session)) } : entry,
        )
        .filter((entry) => (isGroup(entry) ? entry.children.length > 0 : maySee(entry, session))),
    }))
    .filter((section) => section.children.length > 0);
}
