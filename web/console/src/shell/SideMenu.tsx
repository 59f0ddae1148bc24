import { DownOutlined, MenuFoldOutlined, MenuUnfoldOutlined } from '@ant-design/icons';
import { Tooltip } from 'antd';
import { useEffect, useId, useState } from 'react';
import { Link, matchPath, useLocation } from 'react-router';
import { useTexts } from '@/i18n';
import { isFolder, pagesIn, visible, type Folder, type GroupEntry, type PageEntry, type Section } from './pages';
import { useSession } from './session';
import { navTexts, shellTexts } from './texts';

interface Props {
  sections: readonly Section[];
  /** Where the pages' paths begin: `/app/org/app`. */
  base: string;
  label: string;
}

const storageKey = 'hongyan-console.menu';

/** The left menu. Collapsed, it shows the icons, and opens again at the one that was chosen. */
export function SideMenu({ sections, base, label }: Props) {
  const t = useTexts(shellTexts);
  const [collapsed, setCollapsed] = useState(() => kept() === 'collapsed');
  const collapse = (to: boolean): void => {
    setCollapsed(to);
    keep(to ? 'collapsed' : 'open');
  };
  const shown = visible(sections, useSession());
  const toggle = collapsed ? t.expand : t.collapse;
  return (
    <aside className={collapsed ? 'side-menu collapsed' : 'side-menu'}>
      <nav aria-label={label}>
        {shown.map((section) => (
          <MenuSection
            key={section.label}
            section={section}
            base={base}
            collapsed={collapsed}
            onExpand={() => collapse(false)}
          />
        ))}
      </nav>
      <button
        type="button"
        className="side-toggle"
        onClick={() => collapse(!collapsed)}
        aria-expanded={!collapsed}
        aria-label={toggle}
        title={toggle}
      >
        {collapsed ? <MenuUnfoldOutlined /> : <MenuFoldOutlined />}
      </button>
    </aside>
  );
}

interface SectionProps {
  section: Section;
  base: string;
  collapsed: boolean;
  onExpand: () => void;
}

function MenuSection({ section, base, collapsed, onExpand }: SectionProps) {
  const t = useTexts(navTexts);
  const id = useId();
  if (collapsed) return <CollapsedSection section={section} base={base} onExpand={onExpand} />;
  const Icon = section.icon;
  return (
    <section aria-labelledby={id} className="menu-section">
      <h2 id={id}>
        <Icon />
        {t[section.label]}
      </h2>
      <ul>
        <Entries of={section} base={base} />
      </ul>
    </section>
  );
}

function Entries({ of, base }: { of: Folder; base: string }) {
  return of.children.map((entry) =>
    isFolder(entry) ? (
      <MenuGroup key={entry.label} group={entry} base={base} />
    ) : (
      <MenuPage key={entry.path} page={entry} base={base} />
    ),
  );
}

function MenuPage({ page, base }: { page: PageEntry; base: string }) {
  const t = useTexts(navTexts);
  const { pathname } = useLocation();
  const isHere = isAt(pathname, base, page);
  return (
    <li>
      <Link
        to={`${base}/${page.path}`}
        className={isHere ? 'menu-page active' : 'menu-page'}
        {...(isHere ? { 'aria-current': 'page' as const } : {})}
      >
        {t[page.label]}
      </Link>
    </li>
  );
}

function MenuGroup({ group, base }: { group: Folder; base: string }) {
  const t = useTexts(navTexts);
  const id = useId();
  const { pathname } = useLocation();
  const isHere = pagesIn(group).some((page) => isAt(pathname, base, page));
  const [open, setOpen] = useState(isHere);
  useEffect(() => {
    if (isHere) setOpen(true);
  }, [isHere]);
  return (
    <li>
      <button
        type="button"
        className={isHere ? 'menu-group here' : 'menu-group'}
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        {t[group.label]}
        <DownOutlined className={open ? 'caret open' : 'caret'} />
      </button>
      <ul id={id} hidden={!open} className="menu-children">
        <Entries of={group} base={base} />
      </ul>
    </li>
  );
}

function CollapsedSection({ section, base, onExpand }: Omit<SectionProps, 'collapsed'>) {
  const t = useTexts(navTexts);
  const { pathname } = useLocation();
  const parts = [
    { ...section, pages: section.children.filter((entry): entry is PageEntry => !isFolder(entry)) },
    ...section.children.filter(isFolder<GroupEntry>).map((group) => ({ ...group, pages: pagesIn(group) })),
  ].filter(({ pages }) => pages.length > 0);
  return (
    <ul>
      {parts.map(({ label, icon: Icon, pages }) => {
        const isHere = pages.some((page) => isAt(pathname, base, page));
        return (
          <li key={label}>
            <Tooltip title={t[label]} placement="right">
              <button
                type="button"
                className={isHere ? 'menu-icon here' : 'menu-icon'}
                aria-label={t[label]}
                onClick={onExpand}
              >
                <Icon />
              </button>
            </Tooltip>
          </li>
        );
      })}
    </ul>
  );
}

/** Whether the page on show is this one, one below it, or a step that it stands for. */
function isAt(pathname: string, base: string, { path, steps = [] }: PageEntry): boolean {
  return (
    matchPath({ path: `${base}/${path}`, end: false }, pathname) !== null ||
    steps.some((step) => isAt(pathname, base, step))
  );
}

function kept(): string | null {
  try {
    return localStorage.getItem(storageKey);
  } catch {
    return null;
  }
}

function keep(state: string): void {
  try {
    localStorage.setItem(storageKey, state);
  } catch {
    // It then lasts until the next reload.
  }
}
