// The whole REST API against its own OpenAPI document: schemathesis makes requests, legal and illegal ones, from the
// document, and reads the answers.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createApp, server } from '../lib/app.js';
import { results } from '../lib/server.js';

/** schemathesis; `cargo xtask test` installs it. */
const program = process.env.SCHEMATHESIS;
/** The same requests every time; another seed finds others. */
const SEED = process.env.SCHEMATHESIS_SEED ?? '20261129';
const EXAMPLES = process.env.SCHEMATHESIS_EXAMPLES ?? '8';

/** The document with an app in its paths, and with users, groups and rooms that are there as examples. */
async function documentOf(app, examples) {
  const document = await (await fetch(`${server.baseUrl}/docs/openapi.json`)).json();
  assert.equal(document.openapi, '3.1.0');
  const paths = {};
  for (const [path, { parameters, ...operations }] of Object.entries(document.paths)) {
    const own = parameters.filter(({ name }) => name !== 'org' && name !== 'app');
    for (const parameter of own) {
      const example = examples[parameter.name];
      // Half of the requests are about something that exists.
      if (example) parameter.schema = { anyOf: [{ const: example }, { type: 'string', minLength: 1 }] };
    }
    paths[path.replace('{org}', app.org).replace('{app}', app.name)] = { parameters: own, ...operations };
  }
  return { ...document, paths };
}

function run(args) {
  return new Promise((done, failed) => {
    const env = { ...process.env, NO_COLOR: '1' };
    // What it remembers of a run stays with the results.
    const child = spawn(program, args, { cwd: results, stdio: ['ignore', 'pipe', 'pipe'], env });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
    child.once('error', failed);
    child.once('exit', (code) => done({ code, output }));
  });
}

test(
  'no request makes the server fail, and no answer is undocumented',
  { skip: program ? false : 'SCHEMATHESIS does not say where the program is' },
  async () => {
    const app = await createApp('openapi');
    await app.feature('rest_rate_max', 'unlimited');
    for (const feature of ['translation', 'callback_failure_cache']) await app.feature(feature, 'on');
    const [user, other] = ['u1', 'u2'];
    await app.register(user, other);
    const { data: group } = await app.ok('POST', '/chatgroups', { owner: user, public: true, members: [other] });
    const { data: room } = await app.ok('POST', '/chatrooms', { name: 'r', description: 'd', owner: user, members: [other] });
    const sent = await app.ok('POST', '/messages/users', { from: user, to: [other], type: 'txt', body: { msg: 'hi' } });
    const examples = {
      user,
      users: other,
      contact: other,
      blocked: other,
      peer: other,
      group: group.groupid,
      room: room.id,
      message: sent.data[other],
    };
    mkdirSync(results, { recursive: true });
    const file = join(results, 'openapi.json');
    writeFileSync(file, JSON.stringify(await documentOf(app, examples)));
    const { code, output } = await run([
      'run',
      file,
      ...['--url', server.baseUrl],
      ...['--header', `Authorization: Bearer ${await app.token()}`],
      ...['--checks', 'not_a_server_error,response_schema_conformance,content_type_conformance'],
      ...['--phases', 'examples,coverage,fuzzing'],
      ...['--max-examples', EXAMPLES],
      ...['--seed', SEED],
      ...['--workers', '2'],
      ...['--warnings', 'off'],
      ...['--suppress-health-check', 'all'],
      '--no-shrink',
      '--continue-on-failure',
    ]);
    writeFileSync(join(results, 'schemathesis.log'), output);
    assert.equal(code, 0, output.slice(-6000));
  },
);
