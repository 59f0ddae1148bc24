// Several nodes over one PostgreSQL and one NATS, behind which clients find themselves on different nodes.

import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startServer } from './server.js';

const NODES = 3;
const START_MS = 10_000;

/** Starts NATS with the program of that name; gives its URL and a way to end it. */
async function startNats(program) {
  const port = await new Promise((found) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = probe.address();
      probe.close(() => found(free));
    });
  });
  const child = spawn(program, ['-a', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const deadline = Date.now() + START_MS;
  while (!(await isListening(port))) {
    if (Date.now() > deadline) throw new Error(`${program} does not listen`);
    await sleep(50);
  }
  return { url: `nats://127.0.0.1:${port}`, stop: () => child.kill('SIGKILL') };
}

async function isListening(port) {
  const { connect } = await import('node:net');
  return new Promise((known) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => (socket.destroy(), known(true)));
    socket.once('error', () => known(false));
  });
}

/** As `startServer`; its facts have the addresses of all `nodes`. */
export async function startCluster({ label, database, settings = {}, nats: program }) {
  const nats = await startNats(program);
  // Attachments are in a folder that the nodes share.
  const folder = mkdtempSync(join(tmpdir(), 'hongyan-e2e-'));
  const nodes = [];
  const crashed = new Set();
  for (let node = 0; node < NODES; node += 1) {
    nodes.push(
      await startServer({
        label: `${label}-${node}`,
        database,
        folder,
        settings: { ...settings, HONGYAN_NODE: String(node), HONGYAN_NATS__URL: nats.url },
      }),
    );
  }
  return {
    facts: { ...nodes[0].facts, label, nodes: nodes.map((node) => node.facts.baseUrl) },
    /** Ends a node as a crash does. */
    async crash(number) {
      await nodes[number].crash();
      crashed.add(nodes[number]);
    },
    async stop() {
      const running = nodes.filter((node) => !crashed.has(node));
      const ends = await Promise.all(running.map((node) => node.stop({ keepData: true })));
      nats.stop();
      const worst = ends.find((end) => end.code !== 0) ?? ends[0];
      return { ...worst, log: ends.map((end) => end.log).join('') };
    },
  };
}
