import { Alert, Button, Empty, Form, Input, Select } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';
import { api } from '@/api/client';
import { useInvalidate } from '@/api/hooks';
import { useFilters } from '@/api/lists';
import type { Moderation, ModerationTrial, TryModeration } from '@/api/types/moderation';
import { Panel } from '@/components/Panel';
import { useRules } from '@/components/rules';
import { useSubmit } from '@/components/submit';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { testChars } from './limits';
import { ModerationFrame } from './ModerationFrame';
import { useModerationPaths } from './service';
import { moderationTexts } from './texts';
import { TrialOutcome } from './TrialOutcome';
import { kinds, kindTexts } from './words';

/** 规则测试. */
export default function TestPage() {
  const t = useTexts(moderationTexts);
  return (
    <ModerationFrame about={t.aboutTest}>
      {(service) => <Panel>{service.rules.length === 0 ? <NoRules /> : <RuleTest service={service} />}</Panel>}
    </ModerationFrame>
  );
}

function NoRules() {
  const t = useTexts(moderationTexts);
  const { home } = useApp();
  return (
    <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t.noRules}>
      <Link to={`${home}/im/moderation/rules`}>{t.toRules}</Link>
    </Empty>
  );
}

function RuleTest({ service: { rules: all, provider } }: { service: Moderation }) {
  const t = useTexts(moderationTexts);
  const rules = useRules();
  const { base } = useModerationPaths();
  const invalidate = useInvalidate();
  const options = useRuleOptions(all);
  const [{ rule: chosen }] = useFilters(['rule']);
  const [form] = Form.useForm<TryModeration>();
  const id = Form.useWatch('rule', form);
  const isText = (all.find((rule) => rule.id === id)?.kind ?? 'text') === 'text';
  const [trial, setTrial] = useState<ModerationTrial>();
  const test = useSubmit(form, async (values) => {
    setTrial(undefined);
    setTrial(await api.post<ModerationTrial>(`${base}/test`, values));
    await invalidate(`${base}/records`, `${base}/statistics`);
  });
  return (
    <>
      {!provider && (
        <Alert type="warning" showIcon title={t.noProvider} description={t.noProviderHint} className="form-note" />
      )}
      {test.problem && <Alert type="error" showIcon title={test.problem} className="form-note" />}
      <Form
        form={form}
        layout="vertical"
        className="rule-test"
        initialValues={{ rule: all.find((rule) => rule.id === chosen)?.id }}
        onValuesChange={() => setTrial(undefined)}
        onFinish={(values) => void test.send(values)}
      >
        <Form.Item name="rule" label={t.rule} rules={[rules.choose(t.rule)]}>
          <Select placeholder={t.chooseRule} showSearch={{ optionFilterProp: 'label' }} options={options} />
        </Form.Item>
        <Form.Item
          name="content"
          label={isText ? t.content : t.url}
          extra={isText ? undefined : t.urlHint}
          rules={[
            rules.required(isText ? t.content : t.url),
            rules.atMost(testChars),
            rules.that((text) => isText || isAddress(text.trim()), t.urlRule),
          ]}
        >
          <Input.TextArea autoSize={{ minRows: isText ? 5 : 1, maxRows: 12 }} spellCheck={false} />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={test.busy}>
          {t.test}
        </Button>
      </Form>
      <div aria-live="polite">{trial && <TrialOutcome trial={trial} />}</div>
    </>
  );
}

/** The rules of each kind that has some, below its name. */
function useRuleOptions(all: Moderation['rules']) {
  const names = useTexts(kindTexts);
  return kinds
    .map((kind) => ({
      label: names[kind],
      options: all.filter((rule) => rule.kind === kind).map(({ id, name }) => ({ value: id, label: name })),
    }))
    .filter(({ options }) => options.length > 0);
}

const isAddress = (text: string): boolean => /^https?:\/\/\S+$/.test(text) && URL.canParse(text);
