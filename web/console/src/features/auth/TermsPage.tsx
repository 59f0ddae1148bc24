import { useTexts } from '@/i18n';
import { Legal } from './Legal';
import { legalTexts } from './legalTexts';

export default function TermsPage() {
  const t = useTexts(legalTexts);
  return (
    <Legal
      title={t.terms}
      parts={[
        [t.terms1, t.terms1Text],
        [t.terms2, t.terms2Text],
        [t.terms3, t.terms3Text],
        [t.terms4, t.terms4Text],
      ]}
    />
  );
}
