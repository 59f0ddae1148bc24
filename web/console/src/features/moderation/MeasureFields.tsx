import { Alert, Form, InputNumber, Radio } from 'antd';
import { useRules } from '@/components/rules';
import { useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { mostHits, mostMinutes } from './limits';
import { useMeasureName, type MeasureValues } from './measures';
import { ruleTexts } from './ruleTexts';
import { handlingActs, handlingTexts, isExaminedLater, type Kind, type Measure } from './words';

/** What a rule or a sub-rule does. */
export function MeasureFields({ kind }: { kind: Kind }) {
  const t = useTexts(ruleTexts);
  const words = useTexts(common);
  const form = Form.useFormInstance<MeasureValues>();
  const model = Form.useWatch('model', form) ?? true;
  const nameOf = useMeasureName(kind);
  const options = (measures: readonly Measure[]) => measures.map((value) => ({ value, label: nameOf(value) }));
  const later = isExaminedLater(kind);
  const isText = kind === 'text';
  return (
    <>
      <Form.Item
        name="model"
        label={t.model}
        extra={model ? undefined : t.keywordsHint}
        hidden={!isText}
        required
      >
        <Radio.Group
          options={[
            { value: true, label: t.withModel },
            { value: false, label: t.keywordsOnly },
          ]}
        />
      </Form.Item>
      <Form.Item
        name="on_reject"
        label={t.onReject}
        extra={isText ? t.replaceHint : later ? t.laterHint : undefined}
        hidden={!model}
        required
      >
        <Radio.Group options={options(isText ? ['block', 'pass', 'replace'] : ['block', 'pass'])} />
      </Form.Item>
      <Form.Item name="on_suspect" label={t.onSuspect} hidden={!model} required>
        <Radio.Group options={options(['block', 'pass'])} />
      </Form.Item>
      <Form.Item name="on_failure" label={t.onFailure} required>
        <Radio.Group options={options(['block', 'pass'])} />
      </Form.Item>
      <Form.Item name="report" label={t.report} extra={t.silent} hidden={later} required>
        <Radio.Group
          options={[
            { value: true, label: words.yes },
            { value: false, label: words.no },
          ]}
        />
      </Form.Item>
      <HandlingFields />
    </>
  );
}

/** 用户处理策略. */
function HandlingFields() {
  const t = useTexts(ruleTexts);
  const acts = useTexts(handlingTexts);
  const rules = useRules();
  const form = Form.useFormInstance<MeasureValues>();
  const handling = Form.useWatch('handling', form) ?? 'none';
  const isOn = handling !== 'none';
  return (
    <>
      <Form.Item
        name="handling"
        label={t.handling}
        extra={isOn ? t.handlingHint : undefined}
        className={isOn ? '' : 'last-item'}
        required
      >
        <Radio.Group
          options={[
            { value: 'none', label: t.noHandling },
            ...handlingActs.map((value) => ({ value, label: acts[value] })),
          ]}
        />
      </Form.Item>
      {handling === 'delete' && <Alert type="warning" showIcon title={t.deleteWarning} className="form-note" />}
      {isOn && (
        <div className="rule-pair">
          <Form.Item name="minutes" label={t.minutes} rules={[rules.whole(1, mostMinutes)]} className="last-item">
            <InputNumber<number> />
          </Form.Item>
          <Form.Item name="hits" label={t.hits} rules={[rules.whole(1, mostHits)]} className="last-item">
            <InputNumber<number> />
          </Form.Item>
        </div>
      )}
    </>
  );
}
