import { useDocumentTitle } from '@/components/PageHeader';
import { useTexts } from '@/i18n';
import { legalTexts } from './legalTexts';

interface Props {
  title: string;
  parts: readonly (readonly [heading: string, text: string])[];
}

export function Legal({ title, parts }: Props) {
  const t = useTexts(legalTexts);
  useDocumentTitle(title);
  return (
    <article className="legal">
      <h1>{title}</h1>
      <p className="auth-intro">{t.updated}</p>
      {parts.map(([heading, text]) => (
        <section key={heading}>
          <h2>{heading}</h2>
          <p>{text}</p>
        </section>
      ))}
    </article>
  );
}
