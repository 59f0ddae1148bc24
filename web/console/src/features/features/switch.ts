import { App } from 'antd';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import type { FeatureRow, SwitchFeature } from '@/api/types/features';
import { useConfirm } from '@/components/ConfirmDialog';
import { useLanguage, useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { noteOf } from './notes';
import { featureTexts } from './texts';

/** What says whether a feature is on. */
const showFeatures = ['features', 'overview', 'allowlist', 'callbacks', 'sensitive-words', 'moderation', 'mutes', 'push'];

type Named = Pick<FeatureRow, 'key' | 'name_zh' | 'name_en'>;

/** Turns a feature on or off after a question that says what that means. */
export function useSwitch(): { enable(of: Named): void; disable(of: Named): void } {
  const t = useTexts(featureTexts);
  const { language } = useLanguage();
  const { message } = App.useApp();
  const { api: path } = useApp();
  const confirm = useConfirm();
  const invalidate = useInvalidate();
  const nameOf = ({ name_zh, name_en }: Named): string => (language === 'zh' ? name_zh : name_en);
  const put = async ({ key }: Named, enabled: boolean): Promise<void> => {
    await api.put(`${path}/features/${key}`, { enabled } satisfies SwitchFeature);
    await invalidate(...showFeatures.map((page) => `${path}/${page}`));
  };
  return {
    enable: (feature) =>
      confirm({
        title: t.enableTitle(nameOf(feature)),
        content: [noteOf(feature.key, language)?.about, t.enableContent].filter(Boolean).join(' '),
        okText: t.enable,
        onOk: async () => {
          await put(feature, true);
          void message.success(t.enabled(nameOf(feature)));
        },
      }),
    disable: (feature) =>
      confirm({
        title: t.closeTitle(nameOf(feature)),
        content: noteOf(feature.key, language)?.stops,
        okText: t.close,
        danger: true,
        onOk: async () => {
          await put(feature, false);
          void message.success(t.closed(nameOf(feature)));
        },
      }),
  };
}
