import { Form, Radio, Select } from 'antd';
import { useRules } from '@/components/rules';
import { useTexts } from '@/i18n';
import { userTexts } from './texts';

/** The fields of a `UserPushForm`: what notices show, and when there are none. */
export function PushFields() {
  const t = useTexts(userTexts);
  const rules = useRules();
  const form = Form.useFormInstance();
  const quiet = Form.useWatch<boolean | undefined>('no_disturbing', form) ?? false;
  const hours = Array.from({ length: 24 }, (_, hour) => ({ value: hour, label: t.hour(hour) }));
  return (
    <>
      <Form.Item name="display_style" label={t.display} extra={t.displayHint}>
        <Radio.Group
          options={[
            { value: 0, label: t.displayPlain },
            { value: 1, label: t.displayDetail },
          ]}
        />
      </Form.Item>
      <Form.Item name="no_disturbing" label={t.quiet} className={quiet ? '' : 'last-item'}>
        <Radio.Group
          options={[
            { value: true, label: t.quietOn },
            { value: false, label: t.quietOff },
          ]}
        />
      </Form.Item>
      {quiet && (
        <Form.Item label={t.quietHours} extra={t.quietHint} required className="last-item">
          <div className="quiet-hours">
            <Form.Item name="from" noStyle rules={[rules.choose(t.quietFrom)]}>
              <Select virtual={false} aria-label={t.quietFrom} placeholder={t.quietFrom} options={hours} />
            </Form.Item>
            <span aria-hidden="true">–</span>
            <Form.Item name="to" noStyle rules={[rules.choose(t.quietTo)]}>
              <Select virtual={false} aria-label={t.quietTo} placeholder={t.quietTo} options={hours} />
            </Form.Item>
          </div>
        </Form.Item>
      )}
    </>
  );
}
