import { useTexts } from '@/i18n';
import { Legal } from './Legal';
import { legalTexts } from './legalTexts';

export default function PrivacyPage() {
  const t = useTexts(legalTexts);
  return (
    <Legal
      title={t.privacy}
      parts={[
        [t.privacy1, t.privacy1Text],
        [t.privacy2, t.privacy2Text],
        [t.privacy3, t.privacy3Text],
        [t.privacy4, t.privacy4Text],
      ]}
    />
  );
}
