import { Skeleton } from 'antd';
import { useEffect, useRef, type ReactNode } from 'react';
import { Link, useLocation } from 'react-router';
import { ErrorState } from '@/components/ErrorState';
import { useDocumentTitle } from '@/components/PageHeader';
import { Panel } from '@/components/Panel';
import { useLanguage, useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { LanguageSwitch } from '@/shell/LanguageSwitch';
import { Logo } from '@/shell/Logo';
import { Contents } from './Contents';
import { EndpointSection } from './EndpointSection';
import { Introduction } from './Introduction';
import { documentPath, useReference, type Reference } from './openapi';
import { referenceTexts } from './texts';
import '@/features/apps/apps.css';
import './reference.css';

/** `/docs`, for everybody: the REST API. The address `#users` shows a chapter, `#post_users` an endpoint in its chapter. */
export default function ReferencePage() {
  const t = useTexts(referenceTexts);
  const { data: reference, error, refetch } = useReference();
  useDocumentTitle(t.title);
  return (
    <Frame>
      {reference ? (
        <Shown reference={reference} />
      ) : (
        <main id="main" className="reference-main">
          {error ? (
            <ErrorState error={error} onRetry={() => void refetch()} />
          ) : (
            <Skeleton active paragraph={{ rows: 10 }} />
          )}
        </main>
      )}
    </Frame>
  );
}

function Frame({ children }: { children: ReactNode }) {
  const t = useTexts(referenceTexts);
  const words = useTexts(common);
  return (
    <div className="reference">
      <a href="#main" className="skip-link">
        {words.skipToContent}
      </a>
      <header className="top-bar">
        <Link to={{ hash: '' }} className="brand">
          <Logo />
          <span>{words.product}</span>
        </Link>
        <span className="reference-title">{t.title}</span>
        <div className="top-end">
          <a href={documentPath} className="top-link">
            {t.download}
          </a>
          <Link to="/" className="top-link">
            {t.toConsole}
          </Link>
          <LanguageSwitch dark />
        </div>
      </header>
      <div className="reference-body">{children}</div>
    </div>
  );
}

function Shown({ reference }: { reference: Reference }) {
  const t = useTexts(referenceTexts);
  const { language } = useLanguage();
  const { hash } = useLocation();
  const main = useRef<HTMLElement>(null);
  const { chapters } = reference;
  const at = decodeURIComponent(hash.slice(1));
  const endpoint = chapters.flatMap(({ endpoints }) => endpoints).find(({ id }) => id === at);
  const chapter = chapters.find(({ slug, key }) => (endpoint ? key === endpoint.chapter : slug === at));
  useEffect(() => {
    const place = endpoint && document.getElementById(endpoint.id);
    if (place) {
      place.scrollIntoView();
      place.focus({ preventScroll: true });
    } else {
      main.current?.scrollTo(0, 0);
    }
  }, [endpoint, chapter]);
  return (
    <>
      <Contents chapters={chapters} chapter={chapter} endpoint={endpoint} />
      <main id="main" ref={main} tabIndex={0} className="reference-main">
        <div className="page">
          <header className="page-header">
            <div className="page-header-row">
              <h1>{chapter ? chapter.name[language] : t.title}</h1>
              {chapter && <span className="faint">{t.endpoints(chapter.endpoints.length)}</span>}
            </div>
            {chapter && <p className="page-description">{chapter.about[language]}</p>}
          </header>
          {chapter ? (
            <Panel>
              {chapter.endpoints.map((one) => (
                <EndpointSection key={one.id} endpoint={one} schemas={reference.schemas} />
              ))}
            </Panel>
          ) : (
            <Introduction reference={reference} />
          )}
        </div>
      </main>
    </>
  );
}
