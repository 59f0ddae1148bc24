import { SearchOutlined } from '@ant-design/icons';
import { Input } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { Link } from 'react-router';
import { useLanguage, useTexts } from '@/i18n';
import { Marked } from './Marked';
import { MethodTag } from './MethodTag';
import { isMeant, type Chapter, type Endpoint } from './openapi';
import { Path } from './Path';
import { referenceTexts } from './texts';

interface Props {
  chapters: readonly Chapter[];
  /** The chapter on show; none is the introduction. */
  chapter: Chapter | undefined;
  /** The endpoint that the address names. */
  endpoint: Endpoint | undefined;
}

/** The chapters with the endpoints of the one on show, or the endpoints that are looked for. */
export function Contents({ chapters, chapter, endpoint }: Props) {
  const t = useTexts(referenceTexts);
  const { language } = useLanguage();
  const [text, setText] = useState('');
  const nav = useRef<HTMLElement>(null);
  useEffect(() => {
    nav.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' });
  }, [chapter, endpoint]);
  const words = text.trim();
  const shown = words
    ? chapters
        .map((one) => ({ ...one, endpoints: one.endpoints.filter((endpoint) => isMeant(endpoint, words)) }))
        .filter(({ endpoints }) => endpoints.length > 0)
    : chapters;
  const found = shown.reduce((sum, { endpoints }) => sum + endpoints.length, 0);
  return (
    <aside className="contents">
      <search>
        <Input
          type="search"
          aria-label={t.filter}
          placeholder={t.filter}
          value={text}
          allowClear
          prefix={<SearchOutlined className="faint" />}
          onChange={(event) => setText(event.target.value)}
        />
        <p className="contents-found" role="status">
          {words && (found > 0 ? t.found(found) : t.foundNone)}
        </p>
      </search>
      <nav ref={nav} aria-label={t.contents}>
        <ul>
          {!words && (
            <li>
              <Entry hash="" current={!chapter} className="contents-chapter">
                {t.introduction}
              </Entry>
            </li>
          )}
          {shown.map((one) => (
            <li key={one.slug}>
              <Entry
                hash={one.slug}
                current={chapter?.slug === one.slug && !endpoint}
                className="contents-chapter"
              >
                {one.name[language]}
                <small>{one.endpoints.length}</small>
              </Entry>
              {(words || chapter?.slug === one.slug) && (
                <ul>
                  {one.endpoints.map(({ id, method, path, summary }) => (
                    <li key={id}>
                      <Entry hash={id} current={endpoint?.id === id} className="contents-endpoint">
                        <MethodTag method={method} />
                        <span>
                          <Path path={path.replace('/{org}/{app}', '')} />
                          <small>
                            <Marked text={summary} />
                          </small>
                        </span>
                      </Entry>
                    </li>
                  ))}
                </ul>
              )}
            </li>
          ))}
        </ul>
      </nav>
    </aside>
  );
}

interface EntryProps {
  hash: string;
  current: boolean;
  className: string;
  children: React.ReactNode;
}

function Entry({ hash, current, className, children }: EntryProps) {
  return (
    <Link to={{ hash }} className={className} {...(current ? { 'aria-current': 'true' as const } : {})}>
      {children}
    </Link>
  );
}
