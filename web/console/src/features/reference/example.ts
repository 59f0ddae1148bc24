// Values that a schema allows, for people to change.

import { resolve, type Schema, type Schemas } from './openapi';

/** What fields of these names usually hold. */
const samples: Readonly<Record<string, unknown>> = {
  username: 'alice',
  user: 'alice',
  owner: 'alice',
  newowner: 'bob',
  superadmin: 'alice',
  applicant: 'bob',
  invitee: 'bob',
  from: 'alice',
  nickname: 'Alice',
  to: ['bob'],
  usernames: ['alice', 'bob'],
  users: ['alice', 'bob'],
  members: ['bob'],
  password: 'Wild-geese-7',
  newpassword: 'Wild-geese-7',
  client_id: 'CLIENT_ID',
  client_secret: 'CLIENT_SECRET',
  body: { msg: 'hello' },
  msg: { type: 'txt', msg: 'hello' },
  new_msg: { type: 'txt', msg: 'hello' },
  groupname: 'Geese',
  name: 'Geese',
  description: 'They fly together',
};

/**
 * An example with what is required; where nothing is, with the first field. `name` is that of the field that holds it.
 */
export function exampleOf(schema: Schema, schemas: Schemas, name = ''): unknown {
  const { $ref, allOf, anyOf, const: only, enum: words, type, properties, ...rest } = resolve(schema, schemas);
  if (only !== undefined) return only;
  if (words) return words[0];
  if (anyOf) return exampleOf(anyOf[0] ?? {}, schemas, name);
  const sample = samples[name];
  switch (type) {
    case 'object': {
      const { required = [], additionalProperties } = rest;
      if (isObject(sample) && required.every((key) => key in sample)) return sample;
      if (additionalProperties) return { key: exampleOf(additionalProperties, schemas, 'value') };
      const wanted = required.length > 0 ? required : Object.keys(properties ?? {}).slice(0, 1);
      return Object.fromEntries(wanted.map((key) => [key, exampleOf(properties?.[key] ?? {}, schemas, key)]));
    }
    case 'array': {
      if (Array.isArray(sample)) return sample.slice(0, rest.maxItems);
      const one = exampleOf(rest.items ?? {}, schemas, name.replace(/ies$/, 'y').replace(/s$/, ''));
      return Array.from({ length: Math.max(1, rest.minItems ?? 1) }, () => one);
    }
    case 'string':
      return typeof sample === 'string' ? sample : name || 'text';
    case 'integer':
    case 'number':
      return rest.minimum ?? Math.min(1, rest.maximum ?? 1);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return sample ?? (name || 'value');
  }
}

/** Examples of each form that a body may have, with what tells them apart. */
export function examplesOf(schema: Schema, schemas: Schemas): { label: string; text: string }[] {
  const forms = resolve(schema, schemas).anyOf ?? [schema];
  return forms.map((form) => {
    const value = exampleOf(form, schemas);
    return { label: labelOf(value), text: JSON.stringify(value, null, 2) };
  });
}

function labelOf(value: unknown): string {
  const line = JSON.stringify(value);
  return line.length > 48 ? `${line.slice(0, 47)}…` : line;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
