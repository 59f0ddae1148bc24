import { Alert, Button, Descriptions, Modal } from 'antd';
import { useState } from 'react';
import { api } from '@/api/client';
import { useAction } from '@/api/hooks';
import type { CallbackRule, CallbackTest } from '@/api/types/callbacks';
import { StatusTag } from '@/components/StatusTag';
import { useLanguage, useTexts } from '@/i18n';
import { common } from '@/i18n/common';
import { useApp } from '@/shell/app';
import { CodeBlock } from '../apps/CodeBlock';
import { JsonBlock } from '../apps/JsonBlock';
import { deliveryTexts } from './deliveryTexts';
import { EventSelect } from './EventSelect';
import { reason } from './reasons';

interface Props {
  rule: CallbackRule | undefined;
  open: boolean;
  onClose: () => void;
}

/** 测试: sends a sample, and shows all of the call. */
export function TestDialog({ rule, open, onClose }: Props) {
  const t = useTexts(deliveryTexts);
  const words = useTexts(common);
  return (
    <Modal
      title={t.testTitle(rule?.name ?? '')}
      open={open}
      onCancel={onClose}
      footer={<Button onClick={onClose}>{words.close}</Button>}
      width={760}
      destroyOnHidden
    >
      {rule && <Test rule={rule} />}
    </Modal>
  );
}

function Test({ rule }: { rule: CallbackRule }) {
  const t = useTexts(deliveryTexts);
  const app = useApp();
  const isPost = rule.kind === 'post';
  const [event, setEvent] = useState('chat:txt');
  const [test, setTest] = useState<CallbackTest>();
  const send = useAction(async () => {
    setTest(undefined);
    setTest(await api.post<CallbackTest>(`${app.api}/callbacks/${rule.id}/test`, { event }));
  });
  return (
    <>
      <p className="dialog-intro">{isPost ? t.testPost : t.testPre}</p>
      <div className="test-line">
        {isPost && <EventSelect label={t.event} value={event} onChange={(to) => to && setEvent(to)} />}
        <Button type="primary" loading={send.busy} onClick={() => void send.run()}>
          {t.send}
        </Button>
      </div>
      <div aria-live="polite">{test && <Outcome test={test} />}</div>
    </>
  );
}

function Outcome({ test }: { test: CallbackTest }) {
  const t = useTexts(deliveryTexts);
  const { language } = useLanguage();
  const { request_headers, request_body, status, latency_ms, answer, error, verdict } = test;
  const headers = request_headers.map(([name, value]) => `${name}: ${value}`).join('\n');
  const worked = error === null && status === 200;
  return (
    <div className="test-outcome">
      {error !== null && <Alert type="error" showIcon title={reason(error, language)} />}
      <Descriptions
        size="small"
        colon={false}
        column={verdict === null ? 3 : 4}
        items={[
          {
            key: 'worked',
            children: <StatusTag tone={worked ? 'good' : 'bad'}>{worked ? t.succeeded : t.failed}</StatusTag>,
          },
          { key: 'status', label: t.status, children: status ?? '–' },
          { key: 'latency', label: t.latency, children: `${latency_ms.toLocaleString()} ms` },
          ...(verdict === null ? [] : [{ key: 'verdict', label: t.verdict, children: t.verdicts(verdict) }]),
        ]}
      />
      {answer !== null && (
        <section>
          <h2>{t.answer}</h2>
          {answer ? <JsonBlock text={answer} what={t.answer} /> : <p className="faint">{t.emptyAnswer}</p>}
        </section>
      )}
      <section>
        <h2>{t.requestBody}</h2>
        <JsonBlock text={request_body} what={t.requestBody} />
      </section>
      <section>
        <h2>{t.requestHeaders}</h2>
        <CodeBlock text={headers} what={t.requestHeaders} />
      </section>
    </div>
  );
}
