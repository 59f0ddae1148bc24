// Requests as commands for a terminal.

import { exampleOf } from './example';
import { resolve, type BodyKind, type Endpoint, type Method, type Parameter, type Schema, type Schemas } from './openapi';

export type Payload =
  | { kind: Exclude<BodyKind, 'multipart/form-data'>; text: string }
  | { kind: 'multipart/form-data'; parts: readonly { name: string; value: string | File }[] };

export interface Request {
  method: Method;
  url: string;
  token?: string | undefined;
  headers?: readonly (readonly [name: string, value: string])[];
  payload?: Payload | undefined;
}

/** One argument a line. */
export function curl({ method, url, token, headers = [], payload }: Request): string {
  const words = [method === 'GET' ? `curl ${quoted(url)}` : `curl -X ${method} ${quoted(url)}`];
  if (token) words.push(`-H ${quoted(`Authorization: Bearer ${token}`)}`);
  for (const [name, value] of headers) words.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (payload?.kind === 'multipart/form-data') {
    for (const { name, value } of payload.parts) {
      words.push(`-F ${quoted(`${name}=${value instanceof File ? `@${value.name}` : value}`)}`);
    }
  } else if (payload) {
    words.push(`-H ${quoted(`Content-Type: ${payload.kind}`)}`, `-d ${quoted(payload.text)}`);
  }
  return words.join(' \\\n  ');
}

/** An address below `base`: variables in their places, and what is given of the query. */
export function addressOf(
  base: string,
  { path }: Endpoint,
  variables: Readonly<Record<string, string | undefined>>,
  query: Readonly<Record<string, string | undefined>>,
): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(variables[name] ?? ''));
  const given = Object.entries(query).filter((pair): pair is [string, string] => Boolean(pair[1]));
  return base + filled + (given.length > 0 ? `?${new URLSearchParams(given)}` : '');
}

/** A call with placeholders, for readers who know neither app nor token yet. */
export function sampleOf(endpoint: Endpoint, schemas: Schemas, base: string): Request {
  const placeholders = ['org', 'app', ...endpoint.variables.map(({ name }) => name)].map((name) => [name, name.toUpperCase()]);
  const required = endpoint.query.filter((one) => one.required);
  const query = required.map(({ name, schema }) => [name, String(exampleOf(schema, schemas, name))]);
  return {
    method: endpoint.method,
    url: addressOf(base, endpoint, Object.fromEntries(placeholders), Object.fromEntries(query)),
    token: 'TOKEN',
    payload: endpoint.body && samplePayload(endpoint.body, schemas),
  };
}

function samplePayload({ kind, schema }: NonNullable<Endpoint['body']>, schemas: Schemas): Payload {
  const example = exampleOf(schema, schemas);
  if (kind !== 'multipart/form-data') {
    return { kind, text: kind === 'application/json' ? JSON.stringify(example) : formText(example) };
  }
  const parts = partsOf(schema, schemas).map(({ name, schema: { format } }) => ({
    name,
    value: format ? new File([], 'FILE') : String(exampleOf({}, schemas, name)),
  }));
  return { kind, parts };
}

/** The fields of a form. */
export function partsOf(schema: Schema, schemas: Schemas): Omit<Parameter, 'in'>[] {
  const { properties, required = [] } = resolve(schema, schemas);
  return Object.entries(properties ?? {}).map(([name, schema]) => ({ name, schema, required: required.includes(name) }));
}

/** An object as a form: `a=1&b=2`. */
export function formText(value: unknown): string {
  const fields = Object.entries((value ?? {}) as Record<string, unknown>);
  const word = (field: unknown): string => (typeof field === 'string' ? field : JSON.stringify(field));
  return new URLSearchParams(fields.map(([name, field]) => [name, word(field)])).toString();
}

/** Within single quotes a shell reads everything as it is, except for their end. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
