import { App, Form, Input } from 'antd';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import type { Allow, Allowlist } from '@/api/types/settings';
import { FormDialog } from '@/components/FormDialog';
import { useRules } from '@/components/rules';
import { useLanguage, useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { shortDuration } from '../apps/duration';
import { isNetwork } from './network';
import { securityTexts } from './texts';

interface Props {
  open: boolean;
  onClose: () => void;
  list: Allowlist;
}

/** 添加IP. */
export function AddNetworkDialog({ open, onClose, list }: Props) {
  const t = useTexts(securityTexts);
  const rules = useRules();
  const { language } = useLanguage();
  const { message } = App.useApp();
  const app = useApp();
  const invalidate = useInvalidate();
  const path = `${app.api}/allowlist`;
  const taken = (text: string): boolean => list.items.some(({ network }) => network === text);
  const add = async ({ network }: { network: string }): Promise<void> => {
    await api.post(path, { network: network.trim() } satisfies Allow);
    await invalidate(path, `${app.api}/features`);
    void message.success(
      list.delay_seconds > 0 ? t.addedDelay(shortDuration(list.delay_seconds, language)) : t.addedAtOnce,
    );
  };
  return (
    <FormDialog<{ network: string }> title={t.addTitle} open={open} onClose={onClose} onSubmit={add}>
      <Form.Item
        name="network"
        label="IP"
        extra={t.addHint}
        className="last-item"
        validateFirst
        validateTrigger="onSubmit"
        rules={[
          rules.required('IP'),
          rules.that(isNetwork, t.bad),
          rules.that((text) => !taken(text.trim()), t.taken),
        ]}
      >
        <Input autoComplete="off" spellCheck={false} placeholder="203.0.113.8" />
      </Form.Item>
    </FormDialog>
  );
}
