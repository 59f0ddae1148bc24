// What the tests show of the SDK: each call that succeeded and each event that a test waited for, with the name of the
// test. run.js makes docs/sdk-compatibility.md of it.

import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeEach } from 'node:test';
import { seenFolder } from './server.js';

/** How `lib/compatibility.js` names the current SDK; other builds have names of their own. */
export const CURRENT = 'sdk';

// One database is enough to show that something works.
const { label } = JSON.parse(process.env.E2E_SERVER ?? '{}');

const seen = new Map();
let test;

beforeEach((context) => {
  test = context.fullName ?? context.name;
});

/** Notes that the running test, or the one that a call began in, has shown `name` with `build`. */
export function note(build, name, during = test) {
  // What happens before all tests shows nothing.
  if (during === undefined) return;
  if (!seen.has(during)) seen.set(during, new Set());
  seen.get(during).add(`${build} ${name}`);
}

/** An event that a test waited for; several events tell by `operation` what happened. */
export function noteEvent(build, name, event) {
  note(build, typeof event?.operation === 'string' ? `${name}: ${event.operation}` : name);
}

/** `target` with its functions noted when they succeed; a promise counts once it is fulfilled. */
export function noting(build, target) {
  const wrapped = new Map();
  const proxy = new Proxy(target, {
    get(_, name) {
      const value = Reflect.get(target, name);
      if (typeof value !== 'function' || typeof name !== 'string' || name === 'constructor') return value;
      if (wrapped.get(name)?.of !== value) {
        const call = function (...args) {
          const during = test;
          const result = value.apply(this === proxy ? target : this, args);
          if (typeof result?.then === 'function') result.then(() => note(build, name, during), () => {});
          else note(build, name);
          return result;
        };
        wrapped.set(name, { of: value, call });
      }
      return wrapped.get(name).call;
    },
  });
  return proxy;
}

process.on('exit', () => {
  if (seen.size === 0 || label === 'postgres') return;
  mkdirSync(seenFolder, { recursive: true });
  const file = basename(process.argv[1]);
  const rows = [...seen].map(([name, what]) => [name, [...what].sort()]);
  writeFileSync(join(seenFolder, `${file}.json`), JSON.stringify(rows));
});
