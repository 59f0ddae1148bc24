import { App as Antd, Form, Input, Radio, Select } from 'antd';
import { useEffect, useRef } from 'react';
import { useNavigate } from 'react-router';
import { api, ApiError } from '@/api/client';
import { useInvalidate, useRead } from '@/api/hooks';
import type { App, CreateApp, DataCenter } from '@/api/types/apps';
import { ErrorState } from '@/components/ErrorState';
import { FormDialog } from '@/components/FormDialog';
import { useRules } from '@/components/rules';
import { useTexts } from '@/i18n';
import { useEntered } from '@/shell/organisation';
import { useMe } from '@/shell/session';
import { appNameLimit, appNamePattern, descriptionLimit, productNameLimit } from '../apps/limits';
import { RegistrationChoices } from '../apps/RegistrationChoices';
import { ServiceChips, useName } from '../apps/tags';
import { createTexts } from './texts';

interface Values {
  name: string;
  region: DataCenter['region'];
  data_center: string;
  product_name: string;
  description: string;
  open_registration: boolean;
}

interface Props {
  open: boolean;
  onClose: () => void;
}

export function CreateAppDialog({ open, onClose }: Props) {
  const t = useTexts(createTexts);
  const rules = useRules();
  const { message } = Antd.useApp();
  const me = useMe();
  const { entered } = useEntered();
  const navigate = useNavigate();
  const invalidate = useInvalidate();
  const [form] = Form.useForm<Values>();
  const org = me.org?.name ?? entered ?? '';
  const made = useRef<App>(undefined);
  const create = async ({ region: _, ...values }: Values): Promise<void> => {
    const body: CreateApp = {
      ...values,
      product_name: values.product_name.trim(),
      description: values.description.trim(),
    };
    const app = await api.post<App>('/apps', me.org ? body : { ...body, org }).catch((error: unknown) => {
      // "No more than 10", of what?
      if (error instanceof ApiError && error.code === 'too_many') {
        throw new Error(t.tooMany(String(error.params['limit'])));
      }
      throw error;
    });
    await invalidate('/apps');
    void message.success(t.created(app.app_key));
    made.current = app;
  };
  // Closing a dialog that made an app leads to the app.
  const leave = (): void => {
    const app = made.current;
    if (app) void navigate(`/app/${app.org}/${app.name}/detail`);
    else onClose();
  };
  return (
    <FormDialog<Values>
      title={t.title}
      open={open}
      onClose={leave}
      onSubmit={create}
      form={form}
      initial={{ open_registration: false }}
      submitText={t.create}
      width={600}
    >
      <Form.Item
        name="name"
        label={t.name}
        extra={t.nameHint}
        validateFirst
        rules={[
          rules.required(t.name),
          rules.pattern(/^[a-z0-9-]+$/, t.nameChars),
          rules.pattern(appNamePattern, t.nameLength),
        ]}
      >
        <Input autoComplete="off" spellCheck={false} count={{ show: true, max: appNameLimit }} />
      </Form.Item>
      <AppKeyPreview org={org} />
      <div className="place-fields">
        <DataCenterFields />
        <Form.Item label={t.services}>
          <ServiceChips services={['im']} />
        </Form.Item>
      </div>
      <Form.Item
        name="product_name"
        label={t.productName}
        rules={[rules.required(t.productName), rules.atMost(productNameLimit)]}
      >
        <Input autoComplete="off" count={{ show: true, max: productNameLimit }} />
      </Form.Item>
      <Form.Item
        name="description"
        label={t.description}
        rules={[rules.required(t.description), rules.atMost(descriptionLimit)]}
      >
        <Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} count={{ show: true, max: descriptionLimit }} />
      </Form.Item>
      <Form.Item name="open_registration" label={t.registration} required className="last-item">
        <Radio.Group className="registration-choices beside">
          <RegistrationChoices />
        </Radio.Group>
      </Form.Item>
    </FormDialog>
  );
}

/** `org#name` while it is being typed. */
function AppKeyPreview({ org }: { org: string }) {
  const t = useTexts(createTexts);
  const name = Form.useWatch<string | undefined>('name');
  return (
    <div className="key-preview">
      <span className="faint">{t.appKey}</span>
      <code>
        {org || t.yourOrg}
        <b>#</b>
        <span className={name ? '' : 'faint'}>{name || t.yourName}</span>
      </code>
    </div>
  );
}

/** Where the app will be: two choices, or a word when there is only one place. */
function DataCenterFields() {
  const t = useTexts(createTexts);
  const rules = useRules();
  const nameOf = useName();
  const form = Form.useFormInstance<Values>();
  const region = Form.useWatch<Values['region'] | undefined>('region', form);
  const { data: all, error, refetch } = useRead<DataCenter[]>('/data-centers');
  useEffect(() => {
    const first = all?.[0];
    if (first && form.getFieldValue('data_center') === undefined) {
      form.setFieldsValue({ region: first.region, data_center: first.id });
    }
  }, [all, form]);
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  const known = all ?? [];
  const regions = (['domestic', 'overseas'] as const).filter((each) => known.some((dc) => dc.region === each));
  const there = known.filter((dc) => dc.region === (region ?? known[0]?.region));
  const only = known.length === 1 ? known[0] : undefined;
  return (
    <>
      <Form.Item name="region" label={t.region} required hidden={regions.length < 2}>
        <Radio.Group
          options={regions.map((each) => ({ value: each, label: t[each] }))}
          onChange={({ target }) => {
            const first = known.find((dc) => dc.region === target.value);
            form.setFieldValue('data_center', first?.id);
          }}
        />
      </Form.Item>
      {only && (
        <Form.Item label={t.dataCenter} extra={t.dataCenterHint}>
          {nameOf(only)}
        </Form.Item>
      )}
      <Form.Item
        name="data_center"
        label={t.dataCenter}
        extra={t.dataCenterHint}
        hidden={only !== undefined}
        rules={[rules.choose(t.dataCenter)]}
      >
        <Select loading={!all} options={there.map((dc) => ({ value: dc.id, label: nameOf(dc) }))} />
      </Form.Item>
    </>
  );
}
