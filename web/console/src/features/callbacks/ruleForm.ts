import { App } from 'antd';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import type { CallbackForm, CallbackKind, CallbackRule } from '@/api/types/callbacks';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { everything } from './events';
import { ruleTexts } from './ruleTexts';

/** What a new rule starts with. */
const blank: Omit<CallbackForm, 'kind'> = {
  name: '',
  url: '',
  enabled: false,
  custom_secret: null,
  chat_types: [],
  msg_types: [],
  timeout_ms: 200,
  on_failure: 'pass',
  report_error: false,
  payload_form: 'message',
  events: [everything],
  event_classes: ['chat'],
  rest_messages: true,
  sdk_messages: true,
  from_ids: [],
  to_ids: [],
  group_ids: [],
  ext_keys: [],
  group_event_format: 'muc',
  delivery: 'compatible',
};

/** A rule as its form has it. */
export function formOf(kind: CallbackKind, rule: CallbackRule | undefined): CallbackForm {
  if (!rule) return { ...blank, kind };
  const { id, hx_secret, created, updated, state, ...form } = rule;
  return form;
}

/** Saves what a dialog has of a rule: a new one, or the one that it was opened for. */
export function useSaveRule(
  kind: CallbackKind,
  rule: CallbackRule | undefined,
): (values: Partial<CallbackForm>) => Promise<void> {
  const t = useTexts(ruleTexts);
  const app = useApp();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  const path = `${app.api}/callbacks`;
  return async (values) => {
    const form: CallbackForm = { ...formOf(kind, rule), ...values };
    const body: CallbackForm = {
      ...form,
      name: form.name.trim(),
      url: form.url.trim(),
      custom_secret: form.custom_secret || null,
    };
    if (rule) await api.put<CallbackRule>(`${path}/${rule.id}`, body);
    else await api.post<CallbackRule>(path, body);
    await invalidate(path, `${app.api}/features`);
    void message.success(rule ? t.saved : t.added);
  };
}
