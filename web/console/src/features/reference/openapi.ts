// The server's own description of its REST API, `/docs/openapi.json`, read into chapters of endpoints.

import { useQuery } from '@tanstack/react-query';
import { NetworkError } from '@/api/client';

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
  description?: string | null;
  schema: Schema;
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
  summary: string;
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
}

export interface Chapter {
  name: string;
  /** Its anchor. */
  slug: string;
  about: string;
  endpoints: readonly Endpoint[];
}

export interface Reference {
  version: string;
  about: string;
  chapters: readonly Chapter[];
  schemas: Schemas;
}

export const documentPath = '/docs/openapi.json';

type Content = Readonly<Record<string, { schema: Schema }>>;

interface Operation {
  operationId: string;
  tags: readonly string[];
  summary: string;
  'x-access': Access;
  'x-rate': string;
  'x-ids'?: readonly string[];
  parameters?: readonly Parameter[];
  requestBody?: { content: Content };
  responses: Readonly<Record<string, { content?: Content }>>;
}

type PathItem = { parameters?: readonly Parameter[] } & Partial<Record<Lowercase<Method>, Operation>>;

interface OpenApi {
  info: { version: string; description: string };
  tags: readonly { name: string; description: string }[];
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

function read({ info, tags, paths, components: { schemas } }: OpenApi): Reference {
  const all = Object.entries(paths).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = item[method.toLowerCase() as Lowercase<Method>];
      return operation ? [endpoint(method, path, item.parameters ?? [], operation)] : [];
    }),
  );
  const chapters = tags.map(({ name, description }) => ({
    name,
    slug: name.toLowerCase().replace(/[^a-z0-9]+/g, '-'),
    about: description,
    endpoints: all.filter(({ chapter }) => chapter === name),
  }));
  return {
    version: info.version,
    about: info.description,
    chapters: chapters.filter(({ endpoints }) => endpoints.length > 0),
    schemas,
  };
}

function endpoint(method: Method, path: string, shared: readonly Parameter[], operation: Operation): Endpoint {
  const { operationId: id, tags, summary, parameters = [], requestBody, responses } = operation;
  const [body] = Object.entries(requestBody?.content ?? {});
  const [answer] = Object.values(responses['200']?.content ?? {});
  const all = [...shared, ...parameters];
  return {
    id,
    method,
    path,
    summary,
    access: operation['x-access'],
    rate: operation['x-rate'],
    ids: operation['x-ids'] ?? [],
    chapter: tags[0] ?? '',
    variables: all.filter((one) => one.in === 'path' && one.name !== 'org' && one.name !== 'app'),
    query: all.filter((one) => one.in === 'query'),
    headers: all.filter((one) => one.in === 'header'),
    body: body && { kind: body[0] as BodyKind, schema: body[1].schema },
    answer: answer?.schema,
  };
}

/** Whether an endpoint is meant by all of these words: of its path, summary or ids. */
export function isMeant({ id, ids, method, path, summary }: Endpoint, words: string): boolean {
  const text = [method, path, summary, id, ...ids].join(' ').toLowerCase();
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
