// Runs the suite: one server per database, all test files against it.
//
//   npm test                      everything, but for several nodes
//   npm test -- groups console/   only test files whose path contains one of the words
//   npm test -- --on=cluster      only on that kind of server: sqlite, postgres or cluster
//
// HONGYAN_TEST_UPDATE_DOCS  set, docs/sdk-compatibility.md is written; otherwise it has to be what the tests show
// HONGYAN_BIN            the server binary (default: the debug build of this repository)
// HONGYAN_TEST_POSTGRES  URL of a PostgreSQL administrator; set, the SDK's tests also run there
// NATS_SERVER            the program of that name; with `--on=cluster` and the URL above, the SDK's tests run on three nodes
// CHROMIUM               the browser (default: /usr/bin/chromium)
// SCHEMATHESIS           the program of that name; unset, what it tests is left out

import { readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { startCluster } from './lib/cluster.js';
import { checkDocument } from './lib/compatibility.js';
import { freshDatabase } from './lib/postgres.js';
import { startProvider } from './lib/provider.js';
import { results, startServer } from './lib/server.js';

const here = dirname(fileURLToPath(import.meta.url));
const only = process.argv.find((argument) => argument.startsWith('--on='))?.slice('--on='.length);
const words = process.argv.slice(2).filter((argument) => !argument.startsWith('--on='));
const postgres = process.env.HONGYAN_TEST_POSTGRES;
// Tests mostly wait; more files at once than cores keeps the server busy.
const FILES_AT_ONCE = 4;
// For a machine that is busy; a file takes a fraction of it.
const FILE_MS = 600_000;

function testFiles(folder) {
  return readdirSync(join(here, folder))
    .filter((name) => name.endsWith('.test.js'))
    .filter((name) => words.length === 0 || words.some((word) => `${folder}/${name}`.includes(word)))
    .sort()
    .map((name) => join(here, folder, name));
}

async function passed(files) {
  let failed = false;
  const stream = run({ files, concurrency: FILES_AT_ONCE, timeout: FILE_MS });
  stream.on('test:fail', () => (failed = true));
  await new Promise((done) => {
    stream
      .compose(new spec())
      .on('data', (text) => process.stdout.write(text))
      .on('end', done);
  });
  return !failed;
}

/** Runs files against a server of their own; gives what went wrong as lines. */
async function runOn(options, files) {
  if (files.length === 0) return [];
  console.log(`\n== ${options.label}: ${files.length} files`);
  const provider = await startProvider();
  // Receivers of callbacks are on this machine.
  const settings = { ...provider.settings, HONGYAN_CALLBACKS__ALLOW_NETWORKS: '127.0.0.0/8' };
  const start = options.nats ? startCluster : startServer;
  const server = await start({ ...options, settings });
  process.env.E2E_SERVER = JSON.stringify(server.facts);
  const good = await passed(files);
  const end = await server.stop();
  provider.stop();
  const problems = [];
  if (!good) problems.push(`${options.label}: tests failed`);
  if (end.code !== 0)
    problems.push(`${options.label}: the server ended with ${end.code ?? end.signal} after ${end.milliseconds} ms`);
  if (end.log.includes('panicked at')) problems.push(`${options.label}: the server panicked, see ${results}`);
  return problems;
}

rmSync(results, { recursive: true, force: true });
// The browser's files take longest, so they begin first.
const all = [...testFiles('chat'), ...testFiles('console'), ...testFiles('rest'), ...testFiles('tests')];
const problems = only && only !== 'sqlite' ? [] : await runOn({ label: 'sqlite', demo: true }, all);
// A part of the tests shows a part of the SDK only.
if (words.length === 0 && !only) problems.push(...checkDocument(process.env.HONGYAN_TEST_UPDATE_DOCS !== undefined));
const natsServer = process.env.NATS_SERVER;
if (postgres) {
  const kinds = [{ label: 'postgres' }, ...(natsServer ? [{ label: 'cluster', nats: natsServer }] : [])];
  // Three nodes take as long again as one: who changes what lies between nodes asks for them.
  for (const kind of kinds.filter(({ label }) => (only ? only === label : label !== 'cluster'))) {
    const database = await freshDatabase(postgres);
    const files = testFiles('tests');
    problems.push(...(await runOn({ ...kind, database: database.url }, files)));
    await database.drop();
  }
} else {
  console.log('\nHONGYAN_TEST_POSTGRES is not set: PostgreSQL is left out');
}
for (const problem of problems) console.error(`FAILED ${problem}`);
process.exitCode = problems.length > 0 ? 1 : 0;
