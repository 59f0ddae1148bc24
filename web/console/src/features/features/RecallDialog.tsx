import { Alert, App, Form, Skeleton, Tabs } from 'antd';
import { useState } from 'react';
import { api } from '@/api/client';
import { useInvalidate, useRead } from '@/api/hooks';
import type { RecallWindows } from '@/api/types/settings';
import { ErrorState } from '@/components/ErrorState';
import { FormDialog } from '@/components/FormDialog';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { DurationInput } from '../apps/DurationInput';
import { useFill } from './fill';
import { dialogTexts } from './texts';

interface Props {
  open: boolean;
  onClose: () => void;
}

type Field = keyof RecallWindows;

const longestSeconds = 7 * 86_400;

/** 消息撤回时间设置. */
export function RecallDialog({ open, onClose }: Props) {
  const t = useTexts(dialogTexts);
  const app = useApp();
  const { message } = App.useApp();
  const invalidate = useInvalidate();
  const path = `${app.api}/settings/recall`;
  const { data, error, refetch } = useRead<RecallWindows>(path, {}, { enabled: open });
  const [form] = Form.useForm<RecallWindows>();
  useFill(form, open, data);
  const [tab, setTab] = useState<Field>('client_seconds');
  const save = async (values: RecallWindows): Promise<void> => {
    await api.put(path, values);
    await invalidate(path, `${app.api}/features`);
    void message.success(t.saved);
  };
  // What is wrong may stand on the tab that is not on show.
  const check = (field: Field, seconds: number): Promise<void> => {
    const words = problem(seconds, t);
    if (words === undefined) return Promise.resolve();
    if (problem(form.getFieldValue(tab) as number, t) === undefined) setTab(field);
    return Promise.reject(new Error(words));
  };
  const pane = (field: Field, label: string, hint: string) => ({
    key: field,
    label,
    forceRender: true,
    children: (
      <>
        <p className="panel-hint">{hint}</p>
        <Form.Item
          name={field}
          label={t.window}
          required
          className="last-item"
          rules={[{ validator: (_, seconds: number) => check(field, seconds) }]}
        >
          <DurationInput label={label} />
        </Form.Item>
      </>
    ),
  });
  return (
    <FormDialog<RecallWindows>
      title={t.recallTitle}
      open={open}
      onClose={onClose}
      onSubmit={save}
      form={form}
      width={600}
      intro={<Alert type="info" showIcon title={t.recallLimit} />}
    >
      {data ? (
        <Tabs
          activeKey={tab}
          onChange={(to) => setTab(to as Field)}
          items={[
            pane('client_seconds', t.client, t.clientHint),
            pane('rest_seconds', t.rest, t.restHint),
          ]}
        />
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <Skeleton active title={false} paragraph={{ rows: 3 }} />
      )}
    </FormDialog>
  );
}

function problem(seconds: number, t: { recallWhole: string; recallRange: string }): string | undefined {
  if (Number.isNaN(seconds)) return t.recallWhole;
  return seconds >= 1 && seconds <= longestSeconds ? undefined : t.recallRange;
}
