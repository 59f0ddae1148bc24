import { useEffect, type ReactNode } from 'react';
import { useLocation } from 'react-router';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useTrail } from '@/shell/trail';

interface Props {
  /** The menu entry's name, unless something better is known. */
  title?: string;
  /** A `StatusTag`: 已开通 / 未开通. */
  status?: ReactNode;
  /** One line. */
  description?: ReactNode;
  /** On the right: the page's main buttons, or a link 功能介绍. */
  extra?: ReactNode;
}

/** The head of each page: where it is, what it is called, what it is for. Also sets the document's title. */
export function PageHeader({ title, status, description, extra }: Props) {
  const trail = useTrail();
  const heading = title ?? trail.at(-1) ?? '';
  useDocumentTitle(heading);
  const groups = trail.slice(0, -1);
  return (
    <header className="page-header">
      {groups.length > 0 && (
        <ol className="breadcrumbs">
          {groups.map((group) => (
            <li key={group}>{group}</li>
          ))}
          <li aria-current="page">{heading}</li>
        </ol>
      )}
      <div className="page-header-row">
        <h1>{heading}</h1>
        {status}
        {extra && <div className="page-header-extra">{extra}</div>}
      </div>
      {description && <p className="page-description">{description}</p>}
    </header>
  );
}

/** "成员管理 · 鸿雁控制台", with the app's name in between on the pages of an app. */
export function useDocumentTitle(title: string): void {
  const t = useTexts(common);
  const { pathname } = useLocation();
  const app = /^\/app\/([^/]+)\/([^/]+)/.exec(pathname);
  const words = [title, app && `${app[1]}#${app[2]}`, t.console].filter(Boolean).join(' · ');
  useEffect(() => {
    document.title = words;
  }, [words]);
}
