import { Alert, Button, Form, Progress } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { Cancelled } from '@/api/client';
import { useConfirm } from '@/components/ConfirmDialog';
import { useSubmit } from '@/components/submit';
import { useTexts } from '@/i18n';
import { useApp } from '@/shell/app';
import { partsOf, type Request } from '../reference/curl';
import { MethodTag } from '../reference/MethodTag';
import type { Endpoint, Schemas } from '../reference/openapi';
import { referenceTexts } from '../reference/texts';
import { BodyField } from './BodyField';
import { ParameterFields } from './ParameterFields';
import { dangerOf, requestOf, type Values } from './request';
import { sendRequest, type Answer } from './send';
import { restTestTexts } from './texts';
import { useToken } from './token';
import { TokenFields } from './TokenFields';

interface Props {
  endpoint: Endpoint;
  schemas: Schemas;
  initial: Values;
  onAnswer: (values: Values, request: Request, answer: Answer) => void;
}

/** Fields for all that an endpoint takes. */
export function RequestForm({ endpoint, schemas, initial, onAnswer }: Props) {
  const t = useTexts(restTestTexts);
  const { access } = useTexts(referenceTexts);
  const { org, app } = useApp();
  const confirm = useConfirm();
  const tokenFor = useToken();
  const [form] = Form.useForm<Values>();
  const [percent, setPercent] = useState<number>();
  const abort = useRef<AbortController>(null);
  useEffect(() => () => abort.current?.abort(), []);
  const { send, busy, problem } = useSubmit(form, async (values) => {
    const unsigned = requestOf(endpoint, values, { origin: window.location.origin, org, app, schemas });
    const request = { ...unsigned, token: await tokenFor(values.token) };
    const aborting = new AbortController();
    abort.current = aborting;
    const uploads = endpoint.body?.kind === 'multipart/form-data';
    try {
      const options = { signal: aborting.signal, ...(uploads ? { onProgress: setPercent } : {}) };
      onAnswer(values, request, await sendRequest(request, options));
    } catch (error) {
      throw aborting.signal.aborted ? new Cancelled() : error;
    } finally {
      setPercent(undefined);
    }
  });
  const danger = dangerOf(endpoint);
  const ask = (values: Values): void => {
    const { url } = requestOf(endpoint, values, { origin: '', org, app, schemas });
    confirm({
      title: t.sure(endpoint.method),
      content: (
        <>
          <p>{danger && t[danger]}</p>
          <p className="asked-about">
            <MethodTag method={endpoint.method} /> <code>{url}</code>
          </p>
        </>
      ),
      okText: t.send,
      danger: true,
      onOk: async () => void send(values),
    });
  };
  return (
    <Form<Values>
      form={form}
      layout="vertical"
      initialValues={initial}
      scrollToFirstError={{ focus: true }}
      onFinish={() => {
        // With the fields that are not on show, such as a chosen token's.
        const values = form.getFieldsValue(true) as Values;
        if (danger) ask(values);
        else void send(values);
      }}
      className="request-form"
    >
      <ParameterFields group="variables" title={t.variables} fields={endpoint.variables} />
      <ParameterFields group="query" title={t.query} fields={endpoint.query} />
      <ParameterFields group="headers" title={t.requestHeaders} fields={endpoint.headers} />
      {endpoint.body?.kind === 'multipart/form-data' ? (
        <ParameterFields group="parts" title={t.parts} fields={partsOf(endpoint.body.schema, schemas)} />
      ) : (
        endpoint.body && <BodyField {...endpoint.body} schemas={schemas} />
      )}
      <TokenFields hint={access[endpoint.access].trim()} />
      {problem && <Alert type="error" showIcon title={problem} className="form-note" />}
      <div className="form-foot">
        <Button type="primary" htmlType="submit" loading={busy}>
          {t.send}
        </Button>
        {busy && <Button onClick={() => abort.current?.abort()}>{t.cancel}</Button>}
        {percent !== undefined && <Progress percent={percent} aria-label={t.uploading} />}
      </div>
    </Form>
  );
}
