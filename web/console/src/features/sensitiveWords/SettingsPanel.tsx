import { Button } from 'antd';
import type { SensitiveWords } from '@/api/types/sensitiveWords';
import { useOpening } from '@/components/dialog';
import { Panel } from '@/components/Panel';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useMay } from '@/shell/session';
import { Facts } from '../apps/Facts';
import { useChatTypes } from '../operations/chatTypes';
import { policyTexts } from './policies';
import { SettingsDialog } from './SettingsDialog';
import { wordTexts } from './texts';

/** 服务设置. */
export function SettingsPanel({ settings }: { settings: SensitiveWords['settings'] }) {
  const t = useTexts(wordTexts);
  const words = useTexts(common);
  const policies = useTexts(policyTexts);
  const chats = useChatTypes();
  const may = useMay();
  const editing = useOpening();
  const yesNo = (value: boolean): string => (value ? words.yes : words.no);
  return (
    <Panel
      title={t.settings}
      extra={may('moderation_write') && <Button onClick={() => editing.show(true)}>{words.edit}</Button>}
    >
      <Facts
        columns={2}
        items={[
          { label: t.state, value: settings.enabled ? t.stateOn : t.stateOff },
          { label: t.policy, value: policies[settings.policy] },
          { label: t.ignoreCase, value: yesNo(settings.ignore_case) },
          { label: t.normalise, value: yesNo(settings.normalise) },
          { label: t.scopes, value: settings.scopes.map(chats.name).join(' · ') },
        ]}
      />
      <SettingsDialog current={settings} open={editing.open} onClose={editing.hide} />
    </Panel>
  );
}
