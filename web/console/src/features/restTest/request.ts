// From what is filled in to a request.

import type { UploadFile } from 'antd';
import { addressOf, partsOf, type Payload, type Request } from '../reference/curl';
import { examplesOf } from '../reference/example';
import type { Endpoint, Schemas } from '../reference/openapi';
import { payloadOf } from './send';

export type Speaker = 'app' | 'user' | 'pasted' | 'nobody';

/** What is filled in; empty fields are not sent. */
export interface Values {
  token: { speaker: Speaker; user?: string; text?: string };
  variables: Record<string, string>;
  query: Record<string, string | undefined>;
  headers: Record<string, string | undefined>;
  body?: string;
  parts: Record<string, string | UploadFile[] | undefined>;
}

/** What the form starts with. */
export function valuesFor({ body }: Endpoint, schemas: Schemas): Values {
  const [example] = body && body.kind !== 'multipart/form-data' ? examplesOf(body.schema, schemas) : [];
  return {
    token: { speaker: 'app' },
    variables: {},
    query: {},
    headers: {},
    parts: {},
    ...(example ? { body: example.text } : {}),
  };
}

export function requestOf(
  endpoint: Endpoint,
  { variables, query, headers, body, parts }: Values,
  { origin, org, app, schemas }: { origin: string; org: string; app: string; schemas: Schemas },
): Request {
  const url = addressOf(origin, endpoint, { ...variables, org, app }, query);
  const payload = endpoint.body && payloadFrom(endpoint.body, schemas, body, parts);
  return { method: endpoint.method, url, headers: given(headers), payload };
}

/** What is filled in. */
function given(fields: Values['headers']): [name: string, value: string][] {
  return Object.entries(fields).flatMap(([name, value]) => (value ? [[name, String(value)]] : []));
}

function payloadFrom(
  { kind, schema }: NonNullable<Endpoint['body']>,
  schemas: Schemas,
  body: string | undefined,
  parts: Values['parts'],
): Payload | undefined {
  if (kind !== 'multipart/form-data') return body?.trim() ? payloadOf(kind, body) : undefined;
  const given = partsOf(schema, schemas).flatMap(({ name }) => {
    const part = parts[name];
    const value = Array.isArray(part) ? part[0]?.originFileObj : part;
    return value ? [{ name, value }] : [];
  });
  return { kind, parts: given };
}

/** Why a request asks before it is sent. */
export function dangerOf({ method, path }: Endpoint): 'deletes' | 'broadcasts' | undefined {
  if (method === 'DELETE') return 'deletes';
  return method === 'POST' && path.includes('/broadcast') ? 'broadcasts' : undefined;
}
