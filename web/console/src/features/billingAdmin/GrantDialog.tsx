import { App, DatePicker, Form, InputNumber, Radio, Select } from 'antd';
import type { Dayjs } from 'dayjs';
import { api } from '@/api/client';
import { useInvalidate, useRead } from '@/api/hooks';
import type { FeatureRow, Features } from '@/api/types/features';
import { FormDialog } from '@/components/FormDialog';
import { useRules } from '@/components/rules';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { useName } from '../apps/tags';
import { useGrantsPath } from './grantsPath';
import { grantTexts } from './grantTexts';
import '../apps/apps.css';

interface Values {
  feature: string;
  unlimited?: boolean;
  limit?: number;
  expires?: Dayjs | null;
}

interface Props {
  open: boolean;
  onClose: () => void;
}

/** Gives the app a feature, or a limit of its own. */
export function GrantDialog({ open, onClose }: Props) {
  const t = useTexts(grantTexts);
  const rules = useRules();
  const app = useApp();
  const path = useGrantsPath();
  const nameOf = useName();
  const invalidate = useInvalidate();
  const { message } = App.useApp();
  const [form] = Form.useForm<Values>();
  const features = useRead<Features>(`${app.api}/features`, {}, { enabled: open });
  const rows = (features.data?.items ?? []).filter(({ kind }) => kind !== 'always');
  const chosen = Form.useWatch<string | undefined>('feature', form);
  const unlimited = Form.useWatch<boolean | undefined>('unlimited', form);
  const row = rows.find(({ key }) => key === chosen);
  return (
    <FormDialog<Values>
      form={form}
      title={t.add}
      open={open}
      onClose={onClose}
      initial={{ unlimited: false }}
      onSubmit={async ({ feature, unlimited, limit, expires }) => {
        const counted = row !== undefined && isCounted(row);
        const body = {
          limit: counted && !unlimited ? (limit ?? null) : null,
          unlimited: counted && unlimited === true,
          expires: expires?.valueOf() ?? null,
        };
        await api.put(`${path}/${feature}`, body);
        await invalidate(path, '/apps');
        void message.success(t.addDone(row ? nameOf(row) : feature));
      }}
    >
      <Form.Item name="feature" label={t.feature} rules={[rules.choose(t.feature)]}>
        <Select
          showSearch={{ optionFilterProp: 'label' }}
          loading={features.isPending}
          options={rows.map((each) => ({ value: each.key, label: nameOf(each) }))}
        />
      </Form.Item>
      {row && isCounted(row) && (
        <>
          <Form.Item name="unlimited" label={t.limit}>
            <Radio.Group
              options={[
                { value: false, label: t.atMost },
                { value: true, label: t.unlimited },
              ]}
            />
          </Form.Item>
          {!unlimited && (
            <Form.Item
              name="limit"
              label={t.limitOf}
              rules={[{ required: true, type: 'integer', min: 0, message: t.limitRule }]}
            >
              <InputNumber<number> className="short-number" precision={0} />
            </Form.Item>
          )}
        </>
      )}
      <Form.Item name="expires" label={t.expires} extra={t.expiresHint} className="last-item">
        <DatePicker showTime={{ format: 'HH:mm' }} format="YYYY-MM-DD HH:mm" />
      </Form.Item>
    </FormDialog>
  );
}

function isCounted({ kind }: FeatureRow): boolean {
  return kind === 'count' || kind === 'days';
}
