import { Alert, Button, Form, Input } from 'antd';
import { useState } from 'react';
import { api } from '@/api/client';
import type { WordTest } from '@/api/types/sensitiveWords';
import { useRules } from '@/components/rules';
import { StatusTag } from '@/components/StatusTag';
import { useSubmit } from '@/components/submit';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { Highlighted } from './Highlighted';
import { verdictTexts, verdictTones } from './policies';
import { wordTexts } from './texts';

/** A text that was tested, with what came of it. */
type Tested = WordTest & { text: string };

/** 测试. */
export function TestTab() {
  const t = useTexts(wordTexts);
  const rules = useRules();
  const app = useApp();
  const [form] = Form.useForm<{ text: string }>();
  const [tested, setTested] = useState<Tested>();
  const test = useSubmit(form, async ({ text }) => {
    setTested({ text, ...(await api.post<WordTest>(`${app.api}/sensitive-words/test`, { text })) });
  });
  return (
    <>
      <p className="panel-hint">{t.testHint}</p>
      {test.problem && <Alert type="error" showIcon title={test.problem} className="form-note" />}
      <Form
        form={form}
        layout="vertical"
        className="word-test"
        onFinish={(values) => void test.send(values)}
      >
        <Form.Item name="text" label={t.testText} rules={[rules.required(t.testText)]}>
          <Input.TextArea rows={5} spellCheck={false} />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={test.busy}>
          {t.test}
        </Button>
      </Form>
      <div aria-live="polite">{tested && <Outcome tested={tested} />}</div>
    </>
  );
}

function Outcome({ tested: { text, verdict, result, hits, micros } }: { tested: Tested }) {
  const t = useTexts(wordTexts);
  const verdicts = useTexts(verdictTexts);
  return (
    <section className="word-test-outcome" aria-label={t.result}>
      <p className="field-row">
        <StatusTag tone={verdictTones[verdict]}>{verdicts[verdict]}</StatusTag>
        <span>{t.hitCount(hits.length)}</span>
        <span className="faint">{t.cost(micros.toLocaleString())}</span>
      </p>
      <p className="tested-text">
        <Highlighted text={text} hits={hits} />
      </p>
      {verdict === 'replace' && (
        <>
          <h3 className="panel-subtitle">{t.received}</h3>
          <p className="tested-text">{result}</p>
        </>
      )}
    </section>
  );
}
