// What the description of an endpoint says against a body. As the server, it takes numbers for strings and words for
// numbers and booleans.

import { resolve, type Schema, type Schemas } from '../reference/openapi';

export interface Flaw {
  /** Where: `to[0]`; empty for the whole. */
  at: string;
  kind: 'missing' | 'type' | 'choice' | 'length' | 'items' | 'value';
  /** What is wanted there. */
  wanted: string;
}

/** All flaws of a value; of several forms that it may have, those of the one that it is closest to. */
export function flawsOf(value: unknown, schema: Schema, schemas: Schemas, at = ''): Flaw[] {
  const known = resolve(schema, schemas);
  const { anyOf, const: only, enum: words, type, items, minItems, maxItems, properties, required = [] } = known;
  if (anyOf) {
    const all = anyOf.map((one) => flawsOf(value, one, schemas, at));
    return all.reduce((least, one) => (isCloser(one, least) ? one : least));
  }
  const choices = words ?? (only === undefined ? undefined : [only]);
  if (choices) {
    return choices.some((choice) => String(choice) === String(value))
      ? []
      : [{ at, kind: 'choice', wanted: choices.join(', ') }];
  }
  if (type === 'object') {
    if (!isObject(value)) return [{ at, kind: 'type', wanted: type }];
    const inside = at && `${at}.`;
    return [
      ...required
        .filter((name) => value[name] === undefined)
        .map((name): Flaw => ({ at: inside + name, kind: 'missing', wanted: '' })),
      ...Object.entries(value).flatMap(([name, one]) =>
        flawsOf(one, properties?.[name] ?? known.additionalProperties ?? {}, schemas, inside + name),
      ),
    ];
  }
  if (type === 'array') {
    // A list of one may be its only item.
    const list = Array.isArray(value) ? value : [value];
    const flaws = list.flatMap((one, n) => flawsOf(one, items ?? {}, schemas, Array.isArray(value) ? `${at}[${n}]` : at));
    return [...outside('items', list.length, minItems, maxItems, at), ...flaws];
  }
  return scalarFlaws(value, known, at);
}

function scalarFlaws(value: unknown, { type, minimum, maximum, minLength, maxLength }: Schema, at: string): Flaw[] {
  if (type === undefined) return [];
  const wrong: Flaw[] = [{ at, kind: 'type', wanted: type }];
  if (type === 'null') return value === null ? [] : wrong;
  if (typeof value === 'object') return wrong;
  const text = String(value);
  switch (type) {
    case 'string':
      return outside('length', [...text].length, minLength, maxLength, at);
    case 'boolean':
      return /^(true|false)$/i.test(text) ? [] : wrong;
    default:
      return text.trim() && Number.isFinite(Number(text)) && (type !== 'integer' || Number.isInteger(Number(text)))
        ? outside('value', Number(text), minimum, maximum, at)
        : wrong;
  }
}

function outside(kind: Flaw['kind'], value: number, least = -Infinity, most = Infinity, at: string): Flaw[] {
  if (value >= least && value <= most) return [];
  const wanted = least === -Infinity ? `≤ ${most}` : most === Infinity ? `≥ ${least}` : `${least}–${most}`;
  return [{ at, kind, wanted }];
}

/** Another type, or another word where words tell forms apart, is further off than anything inside. */
function isCloser(one: readonly Flaw[], than: readonly Flaw[]): boolean {
  const distance = (flaws: readonly Flaw[]): number =>
    flaws.reduce((sum, { kind }) => sum + (kind === 'type' || kind === 'choice' ? 100 : 1), 0);
  return distance(one) < distance(than);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Where a text stops to be JSON, as far as the browser says it; `undefined` if it is JSON. */
export function jsonFault(text: string): { line: number; column: number } | 'somewhere' | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    const said = error instanceof Error ? error.message : '';
    const position = /end of JSON/.test(said) ? text.length : Number(/position (\d+)/.exec(said)?.[1]);
    if (Number.isNaN(position)) return 'somewhere';
    const before = text.slice(0, position).split('\n');
    return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  }
}
