import type { FeatureRow } from '@/api/types/features';
import type { WordPolicy } from '@/api/types/sensitiveWords';
import type { Devices, RecallWindows } from '@/api/types/settings';
import { useLanguage, useTexts } from '@/i18n';
import { longDuration } from '../apps/duration';
import { policyTexts } from '../sensitiveWords/policies';
import { platformName } from './platforms';
import { featureTexts } from './texts';

/** What is set for a feature, in a line. */
export function Summary({ row: { settings, summary } }: { row: FeatureRow }) {
  const t = useTexts(featureTexts);
  const { language } = useLanguage();
  const policies = useTexts(policyTexts);
  if (!summary) return null;
  if (settings === 'recall_windows') {
    const { client_seconds, rest_seconds } = summary as RecallWindows;
    return (
      <>
        <span>{t.recallClient(longDuration(client_seconds, language))}</span>
        <span>{t.recallRest(longDuration(rest_seconds, language))}</span>
      </>
    );
  }
  if (settings === 'device_policy') {
    const { others, platforms } = summary as Devices;
    const named = Object.entries(platforms).map(([platform, count]) =>
      t.deviceOf(platformName(platform, language), count === 0 ? t.notAllowed : String(count)),
    );
    const rest = others === 0 ? t.devicesBlocked : t.devicesSummary(String(others));
    return <span>{[rest, ...named].join(language === 'zh' ? '；' : '; ')}</span>;
  }
  if (settings === 'ip_allowlist') {
    const { networks } = summary as { networks: number };
    return <span>{networks === 0 ? t.allowlistEmpty : t.allowlistSummary(networks.toLocaleString())}</span>;
  }
  if (settings === 'callbacks') {
    const { rules } = summary as { rules: number };
    return <span>{t.callbackRules(rules.toLocaleString())}</span>;
  }
  if (settings === 'sensitive_words') {
    const { policy } = summary as { policy: string };
    return <span>{policies[policy as WordPolicy]}</span>;
  }
  if (settings === 'moderation') {
    const { moderating } = summary as { moderating: number };
    return <span>{t.moderationRules(moderating.toLocaleString())}</span>;
  }
  return null;
}
