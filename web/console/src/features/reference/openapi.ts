// The server's own description of its REST API, `/docs/openapi.json`, read into chapters of endpoints.

import { useQuery } from '@tanstack/react-query';
import { NetworkError } from '@/api/client';
import type { Language } from '@/i18n';

/** A text of the description in both languages. */
export type Words = Readonly<Record<Language, string>>;

/** What of JSON Schema the description uses. */
export interface Schema {
  $ref?: string;
  type?: 'string' | 'integer' | 'number' | 'boolean' | 'null' | 'array' | 'object';
  format?: 'binary';
  const?: string | number | boolean;
  enum?: readonly (string | number | boolean)[];
  anyOf?: readonly Schema[];
  allOf?: readonly Schema[];
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  additionalProperties?: Schema;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
}

export type Schemas = Readonly<Record<string, Schema>>;

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  description?: Words | undefined;
  schema: Schema;
}

/** An error that an endpoint answers; words in capitals stand for what the call has named. */
export interface KnownError {
  status: number;
  error: string;
  error_description: string;
  error_code?: number;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
export type BodyKind = 'application/json' | 'application/x-www-form-urlencoded' | 'multipart/form-data';

/** Whose token opens an endpoint. */
export type Access = 'open' | 'app' | 'itself' | 'member' | 'user';

export interface Endpoint {
  /** `get_users_user_status`: unique, and the anchor of the endpoint. */
  id: string;
  method: Method;
  /** With its variables in braces: `/{org}/{app}/users/{user}`. */
  path: string;
  summary: Words;
  access: Access;
  /** How often an app may call it, such as `100/s`. */
  rate: string;
  /** Its ids in the table of compatibility. */
  ids: readonly string[];
  chapter: string;
  /** Variables of the path beside `org` and `app`, with which each begins. */
  variables: readonly Parameter[];
  query: readonly Parameter[];
  headers: readonly Parameter[];
  body: { kind: BodyKind; schema: Schema } | undefined;
  answer: Schema | undefined;
  errors: readonly KnownError[];
  /** Errors that it has in common with others. */
  commonErrors: readonly KnownError[];
}

export interface Chapter {
  /** Its name in the description. */
  key: string;
  name: Words;
  /** Its anchor. */
  slug: string;
  about: Words;
  endpoints: readonly Endpoint[];
}

export interface Reference {
  version: string;
  about: Words;
  chapters: readonly Chapter[];
  /** Errors that many endpoints have in common, by whose they are. */
  commonErrors: Readonly<Record<string, readonly KnownError[]>>;
  schemas: Schemas;
}

export const documentPath = '/docs/openapi.json';

type Content = Readonly<Record<string, { schema: Schema }>>;

interface Operation {
  operationId: string;
  tags: readonly string[];
  summary: string;
  'x-summary-zh': string;
  'x-access': Access;
  'x-rate': string;
  'x-ids'?: readonly string[];
  'x-errors': readonly KnownError[];
  'x-common-errors': readonly string[];
  parameters?: readonly RawParameter[];
  requestBody?: { content: Content };
  responses: Readonly<Record<string, { content?: Content }>>;
}

type RawParameter = Omit<Parameter, 'description'> & { description?: string | null; 'x-description-zh'?: string | null };
type PathItem = { parameters?: readonly RawParameter[] } & Partial<Record<Lowercase<Method>, Operation>>;

interface OpenApi {
  info: { version: string; description: string; 'x-description-zh': string };
  tags: readonly { name: string; 'x-name-zh': string; description: string; 'x-description-zh': string }[];
  'x-common-errors': Readonly<Record<string, readonly KnownError[]>>;
  paths: Readonly<Record<string, PathItem>>;
  components: { schemas: Schemas };
}

/** The description; it does not change while the server runs. */
export function useReference() {
  return useQuery({
    queryKey: [documentPath],
    queryFn: async ({ signal }) => {
      const answer = await fetch(documentPath, { signal }).catch((error: unknown) => {
        throw new NetworkError(documentPath, { cause: error });
      });
      if (!answer.ok) throw new NetworkError(`${documentPath}: ${answer.status}`);
      return read((await answer.json()) as OpenApi);
    },
    staleTime: Infinity,
  });
}

const methods: readonly Method[] = ['GET', 'POST', 'PUT', 'DELETE'];

function read({ info, tags, paths, components: { schemas }, 'x-common-errors': common }: OpenApi): Reference {
  const all = Object.entries(paths).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = item[method.toLowerCase() as Lowercase<Method>];
      return operation ? [endpoint(method, path, item.parameters ?? [], operation, common)] : [];
    }),
  );
  const chapters = tags.map(({ name, description, ...tag }) => ({
    key: name,
    name: { en: name, zh: tag['x-name-zh'] },
    slug: name.toLowerCase().replace(/[^a-z0-9]+/g, '-'),
    about: { en: description, zh: tag['x-description-zh'] },
    endpoints: all.filter(({ chapter }) => chapter === name),
  }));
  return {
    version: info.version,
    about: { en: info.description, zh: info['x-description-zh'] },
    chapters: chapters.filter(({ endpoints }) => endpoints.length > 0),
    commonErrors: common,
    schemas,
  };
}

function endpoint(
  method: Method,
  path: string,
  shared: readonly RawParameter[],
  operation: Operation,
  common: OpenApi['x-common-errors'],
): Endpoint {
  const { operationId: id, tags, summary, parameters = [], requestBody, responses } = operation;
  const [body] = Object.entries(requestBody?.content ?? {});
  const [answer] = Object.values(responses['200']?.content ?? {});
  const all = [...shared, ...parameters].map(parameter);
  return {
    id,
    method,
    path,
    summary: { en: summary, zh: operation['x-summary-zh'] },
    access: operation['x-access'],
    rate: operation['x-rate'],
    ids: operation['x-ids'] ?? [],
    chapter: tags[0] ?? '',
    variables: all.filter((one) => one.in === 'path' && one.name !== 'org' && one.name !== 'app'),
    query: all.filter((one) => one.in === 'query'),
    headers: all.filter((one) => one.in === 'header'),
    body: body && { kind: body[0] as BodyKind, schema: body[1].schema },
    answer: answer?.schema,
    errors: operation['x-errors'],
    commonErrors: operation['x-common-errors'].flatMap((name) => common[name] ?? []),
  };
}

function parameter({ description, 'x-description-zh': zh, ...rest }: RawParameter): Parameter {
  return { ...rest, description: description && zh ? { en: description, zh } : undefined };
}

/** Whether an endpoint is meant by all of these words: of its path, its summary in either language, or its ids. */
export function isMeant({ id, ids, method, path, summary }: Endpoint, words: string): boolean {
  const text = [method, path, summary.en, summary.zh, id, ...ids].join(' ').toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** What a reference refers to, or the schema itself. */
export function resolve(schema: Schema, schemas: Schemas): Schema {
  const name = refName(schema);
  return name === undefined ? schema : resolve(schemas[name] ?? {}, schemas);
}

/** The name of the type that is referred to. */
export function refName({ $ref }: Schema): string | undefined {
  return $ref?.slice($ref.lastIndexOf('/') + 1);
}
