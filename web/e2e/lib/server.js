// Starts and stops the real server binary and makes apps on it.

import { execFile, spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));

/** The server under test. */
export const binary = resolve(process.env.HONGYAN_BIN ?? join(here, '../../../target/debug/hongyan'));
/** Where logs and screenshots of a run end up. */
export const results = join(here, '../test-results');
/** Where each test file leaves what it has shown of the SDK: lines `build name`, by the name of the test. */
export const seenFolder = join(results, 'coverage');

// `HONGYAN_…` variables are settings of the server; the caller's shall not reach it.
export const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HONGYAN_')));

const START_MS = 30_000;
// The server promises to be gone 10 s after the signal.
const STOP_MS = 12_000;

async function freePort() {
  const probe = createServer();
  await new Promise((listening) => probe.listen(0, '127.0.0.1', listening));
  const { port } = probe.address();
  await new Promise((closed) => probe.close(closed));
  return port;
}

/**
 * Starts a server: on an empty data directory, or with the `facts` of one that was stopped, on its
 * data and its port. `settings` are `HONGYAN_…` variables, `folder` is a data directory that several nodes share.
 */
export async function startServer({ label, database, demo = false, facts, settings = {}, folder }) {
  mkdirSync(results, { recursive: true });
  const dataDir = facts?.dataDir ?? folder ?? mkdtempSync(join(tmpdir(), 'hongyan-e2e-'));
  const port = facts ? Number(new URL(facts.baseUrl).port) : await freePort();
  const args = ['serve', '--data-dir', dataDir, '--listen', `127.0.0.1:${port}`];
  if (database) args.push('--database', database);
  if (demo) args.push('--demo');
  const logFile = join(results, `server-${label}.log`);
  const log = createWriteStream(logFile, { flags: facts ? 'a' : 'w' });
  const child = spawn(binary, args, { env: { ...environment, ...settings }, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.pipe(log);
  child.stderr.pipe(log);
  const ended = new Promise((end) => {
    child.once('error', (error) => end({ error }));
    child.once('exit', (code, signal) => end({ code, signal }));
  });

  let end;
  void ended.then((how) => (end = how));
  const deadline = Date.now() + START_MS;
  const baseUrl = `http://127.0.0.1:${port}`;
  while (!(await isReady(baseUrl))) {
    if (end || Date.now() > deadline) {
      child.kill('SIGKILL');
      // Somebody else may have got the port meanwhile.
      if (!facts && /address already in use/i.test(readFileSync(logFile, 'utf8'))) {
        return startServer({ label, database, demo, settings, folder: dataDir });
      }
      const why = end?.error?.message ?? (end ? `exit code ${end.code ?? end.signal}` : 'not ready in time');
      throw new Error(`${binary} ${args.join(' ')}: ${why}\n${readFileSync(logFile, 'utf8')}`);
    }
    await sleep(50);
  }

  return {
    /** What the test files need to know; passed to them as JSON in `E2E_SERVER`. */
    facts: { label, baseUrl, dataDir, database },
    /** Ends the server as a crash does; its data stays. */
    async crash() {
      child.kill('SIGKILL');
      await ended;
    },
    /** What it has logged so far. */
    log: () => readFileSync(logFile, 'utf8'),
    /** Asks the server to stop and says how it did: exit code, log and time. Its data may stay. */
    async stop({ keepData = false } = {}) {
      const asked = Date.now();
      child.kill('SIGTERM');
      const how = await Promise.race([ended, sleep(STOP_MS, { code: 'still running' }, { ref: false })]);
      child.kill('SIGKILL');
      if (!keepData) rmSync(dataDir, { recursive: true, force: true });
      return { ...how, milliseconds: Date.now() - asked, log: readFileSync(logFile, 'utf8') };
    },
  };
}

async function isReady(baseUrl) {
  try {
    return (await fetch(`${baseUrl}/readyz`)).ok;
  } catch {
    return false;
  }
}

/** Runs one of the server's own commands beside the running server; gives what it prints. */
export function command(server, ...args) {
  return commandReading('', server, ...args);
}

/** The same for a command that reads `input`. */
export async function commandReading(input, { dataDir, database }, ...args) {
  args.push('--data-dir', dataDir);
  if (database) args.push('--database', database);
  const running = promisify(execFile)(binary, args, { env: environment });
  // A command that reads nothing may have ended already.
  running.child.stdin.on('error', () => {});
  running.child.stdin.end(input);
  const { stdout } = await running;
  return stdout;
}

/** Makes an app; `options` are further arguments of `app create`. */
export async function createAppByCommand(server, org, name, options = []) {
  return JSON.parse(await command(server, 'app', 'create', '--org', org, '--name', name, '--json', ...options));
}
