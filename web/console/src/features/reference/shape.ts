// A JSON Schema as TypeScript would write it, with ranges.

import { refName, type Schema } from './openapi';

/** A piece of a written type; the kind says how it looks. */
export interface Piece {
  kind: 'sign' | 'key' | 'type' | 'literal' | 'range' | 'name';
  text: string;
}

const step = '  ';

/** `{ username: string(≤64), nickname?: string }`, an object's keys on lines of their own. */
export function shapeOf(schema: Schema, indent = ''): Piece[] {
  const name = refName(schema);
  if (name !== undefined) return [{ kind: 'name', text: name }];
  if (schema.allOf) {
    const parts = schema.allOf.filter((part) => !isEmptyObject(part));
    return joined(parts, ' & ', (part) => shapeOf(part, indent));
  }
  if (schema.anyOf) return joined(schema.anyOf, ' | ', (one) => shapeOf(one, indent));
  if (schema.enum) return joined(schema.enum, ' | ', (value) => [literal(value)]);
  if (schema.const !== undefined) return [literal(schema.const)];
  switch (schema.type) {
    case 'object':
      return object(schema, indent);
    case 'array':
      return array(schema, indent);
    case 'string':
      return schema.format ? [type('file')] : [type('string'), ...range(schema.minLength, schema.maxLength, '()')];
    case 'integer':
      return [type('int'), ...range(schema.minimum, schema.maximum, '()')];
    default:
      return [type(schema.type ?? 'any')];
  }
}

function object({ properties, required = [], additionalProperties }: Schema, indent: string): Piece[] {
  if (additionalProperties) return [sign('{ [key]: '), ...shapeOf(additionalProperties, indent), sign(' }')];
  const fields = Object.entries(properties ?? {});
  if (fields.length === 0) return [sign('{}')];
  const inner = indent + step;
  return [
    sign('{\n'),
    ...fields.flatMap(([name, schema]) => [
      sign(inner),
      { kind: 'key' as const, text: /^[\w-]+$/.test(name) ? name : JSON.stringify(name) },
      sign(required.includes(name) ? ': ' : '?: '),
      ...shapeOf(schema, inner),
      sign('\n'),
    ]),
    sign(`${indent}}`),
  ];
}

function array({ items = {}, minItems, maxItems }: Schema, indent: string): Piece[] {
  const one = shapeOf(items, indent);
  const several = items.anyOf ?? items.enum ?? items.allOf;
  return [
    ...(several ? [sign('('), ...one, sign(')')] : one),
    ...(maxItems === undefined ? [sign('[]')] : range(minItems, maxItems, '[]')),
  ];
}

function range(least: number | undefined, most: number | undefined, brackets: '()' | '[]'): Piece[] {
  if (least === undefined && most === undefined) return [];
  const within = least === undefined ? `≤${most}` : most === undefined ? `≥${least}` : `${least}..${most}`;
  return [{ kind: 'range', text: brackets[0] + within + brackets[1] }];
}

function joined<T>(all: readonly T[], between: string, pieces: (one: T) => Piece[]): Piece[] {
  return all.flatMap((one, at) => (at === 0 ? pieces(one) : [sign(between), ...pieces(one)]));
}

function isEmptyObject({ type, properties, additionalProperties }: Schema): boolean {
  return type === 'object' && !additionalProperties && Object.keys(properties ?? {}).length === 0;
}

const sign = (text: string): Piece => ({ kind: 'sign', text });
const type = (text: string): Piece => ({ kind: 'type', text });
const literal = (value: string | number | boolean): Piece => ({
  kind: 'literal',
  text: typeof value === 'string' ? `'${value}'` : String(value),
});
