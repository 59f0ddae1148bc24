import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { App, Button, Form, Input, Select, Skeleton } from 'antd';
import { useMemo, useState } from 'react';
import { api } from '@/api/client';
import { useInvalidate, useRead } from '@/api/hooks';
import type { Devices } from '@/api/types/settings';
import { ErrorState } from '@/components/ErrorState';
import { FormDialog } from '@/components/FormDialog';
import { useLanguage, useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useApp } from '@/shell/app';
import { useFill } from './fill';
import { knownPlatforms, platformName } from './platforms';
import { dialogTexts } from './texts';

interface Props {
  open: boolean;
  onClose: () => void;
}

/** A number of its own, or like the others. */
type Choice = number | 'follow';

interface Values {
  others: number;
  platforms: Record<string, Choice>;
}

const counts = [0, 1, 2, 3, 4];

/** 多端多设备在线设置. */
export function DevicesDialog({ open, onClose }: Props) {
  const t = useTexts(dialogTexts);
  const app = useApp();
  const { message } = App.useApp();
  const invalidate = useInvalidate();
  const path = `${app.api}/settings/devices`;
  const { data, error, refetch } = useRead<Devices>(path, {}, { enabled: open });
  const [form] = Form.useForm<Values>();
  useFill(form, open, useMemo(() => data && startingWith(data), [data]));
  const save = async (): Promise<void> => {
    const { others, platforms } = form.getFieldsValue(true) as Values;
    const own = Object.entries(platforms).filter((entry): entry is [string, number] => entry[1] !== 'follow');
    await api.put(path, { others, platforms: Object.fromEntries(own) } satisfies Devices);
    await invalidate(path, `${app.api}/features`);
    void message.success(t.saved);
  };
  return (
    <FormDialog<Values>
      title={t.devicesTitle}
      open={open}
      onClose={onClose}
      onSubmit={save}
      form={form}
      width={600}
      intro={t.devicesHint}
    >
      {data ? (
        <Platforms />
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <Skeleton active title={false} paragraph={{ rows: 6 }} />
      )}
    </FormDialog>
  );
}

function startingWith({ others, platforms }: Devices): Values {
  const known = Object.fromEntries(knownPlatforms.map((platform) => [platform, 'follow' as Choice]));
  return { others, platforms: { ...known, ...platforms } };
}

function Platforms() {
  const t = useTexts(dialogTexts);
  const { language } = useLanguage();
  const form = Form.useFormInstance<Values>();
  const values = Form.useWatch<Values['platforms'] | undefined>('platforms', { form, preserve: true }) ?? {};
  const others = Form.useWatch<number | undefined>('others', form) ?? 0;
  const platforms = Object.keys(values);
  const numbers = counts.map((count) => ({ value: count, label: count === 0 ? t.none : String(count) }));
  const set = (to: Values['platforms']): void => form.setFieldValue('platforms', to);
  const remove = (platform: string): void => {
    const { [platform]: _, ...rest } = values;
    set(rest);
  };
  const follow = { value: 'follow', label: t.follow(others === 0 ? t.blocked : String(others)) };
  return (
    <>
      <table className="platforms">
        <thead>
          <tr>
            <th scope="col">{t.platform}</th>
            <th scope="col">{t.resource}</th>
            <th scope="col">{t.count}</th>
            <th />
          </tr>
        </thead>
        <tbody>
          {platforms.map((platform) => (
            <tr key={platform}>
              <td>{platformName(platform, language)}</td>
              <td>
                <code>{platform}</code>
              </td>
              <td>
                <Form.Item name={['platforms', platform]} noStyle>
                  <Select aria-label={platformName(platform, language)} options={[follow, ...numbers]} />
                </Form.Item>
              </td>
              <td>
                {!knownPlatforms.includes(platform) && (
                  <Button
                    type="text"
                    size="small"
                    icon={<DeleteOutlined />}
                    aria-label={t.removePlatform(platform)}
                    onClick={() => remove(platform)}
                  />
                )}
              </td>
            </tr>
          ))}
          <tr>
            <td>{t.others}</td>
            <td className="faint">{t.othersHint}</td>
            <td>
              <Form.Item name="others" noStyle>
                <Select aria-label={t.others} options={numbers} />
              </Form.Item>
            </td>
            <td />
          </tr>
        </tbody>
      </table>
      <AddPlatform taken={platforms} onAdd={(platform) => set({ ...values, [platform]: others })} />
    </>
  );
}

function AddPlatform({ taken, onAdd }: { taken: readonly string[]; onAdd: (platform: string) => void }) {
  const t = useTexts(dialogTexts);
  const words = useTexts(common);
  const [name, setName] = useState('');
  const [problem, setProblem] = useState<string>();
  const add = (): void => {
    const platform = name.trim();
    if (!platformPattern.test(platform)) setProblem(t.platformRule);
    else if (taken.includes(platform)) setProblem(t.platformTaken);
    else if (taken.length >= mostPlatforms) setProblem(t.platformsFull);
    else {
      onAdd(platform);
      setName('');
    }
  };
  return (
    <Form.Item
      label={t.add}
      extra={t.addHint}
      className="last-item"
      {...(problem ? { help: problem, validateStatus: 'error' as const } : {})}
    >
      <div className="add-platform">
        <Input
          value={name}
          aria-label={t.resource}
          placeholder={t.resource}
          autoComplete="off"
          onChange={(event) => {
            setName(event.target.value);
            setProblem(undefined);
          }}
          onPressEnter={(event) => {
            // Not the dialog's form.
            event.preventDefault();
            add();
          }}
        />
        <Button icon={<PlusOutlined />} onClick={add}>
          {words.add}
        </Button>
      </div>
    </Form.Item>
  );
}

/** As many as the server keeps. */
const mostPlatforms = 20;
const platformPattern = /^[a-z0-9-]{1,32}$/;
