import { App, Form, Radio } from 'antd';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import type { SensitiveWords, WordSettings } from '@/api/types/sensitiveWords';
import { CheckboxGroup } from '@/components/CheckboxGroup';
import { FormDialog } from '@/components/FormDialog';
import { useRules } from '@/components/rules';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useApp } from '@/shell/app';
import { useChatTypes } from '../operations/chatTypes';
import { policies, policyTexts } from './policies';
import { wordTexts } from './texts';

interface Props {
  current: WordSettings;
  open: boolean;
  onClose: () => void;
}

/** 敏感词服务. */
export function SettingsDialog({ current, open, onClose }: Props) {
  const t = useTexts(wordTexts);
  const words = useTexts(common);
  const names = useTexts(policyTexts);
  const rules = useRules();
  const chats = useChatTypes();
  const app = useApp();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  const path = `${app.api}/sensitive-words`;
  const save = async (settings: WordSettings): Promise<void> => {
    await api.put<SensitiveWords>(`${path}/settings`, settings);
    await invalidate(path, `${app.api}/features`);
    void message.success(t.settingsDone);
  };
  const yesNo = [
    { value: true, label: words.yes },
    { value: false, label: words.no },
  ];
  return (
    <FormDialog<WordSettings>
      title={t.settingsTitle}
      open={open}
      onClose={onClose}
      onSubmit={save}
      initial={current}
      submitText={words.ok}
    >
      <Form.Item name="enabled" label={t.state} required>
        <Radio.Group
          options={[
            { value: true, label: t.stateOn },
            { value: false, label: t.stateOff },
          ]}
        />
      </Form.Item>
      <Form.Item name="policy" label={t.policy} required>
        <Radio.Group options={policies.map((value) => ({ value, label: names[value] }))} />
      </Form.Item>
      <Form.Item name="ignore_case" label={t.ignoreCase} required>
        <Radio.Group options={yesNo} />
      </Form.Item>
      <Form.Item name="normalise" label={t.normalise} extra={t.normaliseHint} required>
        <Radio.Group options={yesNo} />
      </Form.Item>
      <Form.Item name="scopes" label={t.scopes} className="last-item" rules={[rules.choose(t.scopes)]}>
        <CheckboxGroup options={chats.options} />
      </Form.Item>
    </FormDialog>
  );
}
