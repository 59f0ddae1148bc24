// A TCP proxy in front of the server, so that a test can be the bad network.

import { connect, createServer } from 'node:net';
import { Transform } from 'node:stream';
import { server } from './app.js';

/** Lets every chunk wait for as long as `lag` says, in order. */
function late(lag) {
  return new Transform({
    transform(chunk, _, done) {
      setTimeout(() => done(null, chunk), lag());
    },
  });
}

/** `lag` gives the milliseconds that each chunk of bytes waits, in both directions; `to` is another server. */
export async function startProxy({ lag, to = server.baseUrl } = {}) {
  const target = Number(new URL(to).port);
  const pairs = new Set();
  let refusing = false;
  let swallowing = false;
  let arrivals = 0;
  const listener = createServer((near) => {
    arrivals += 1;
    if (refusing) return near.destroy();
    const far = connect(target, '127.0.0.1');
    const end = () => {
      near.destroy();
      far.destroy();
      pairs.delete(end);
    };
    pairs.add(end);
    for (const side of [near, far]) side.on('error', end).on('close', end);
    if (lag) {
      near.pipe(late(lag)).pipe(far).pipe(late(lag)).pipe(near);
      return;
    }
    near.on('data', (chunk) => swallowing || far.write(chunk));
    far.on('data', (chunk) => swallowing || near.write(chunk));
  });
  await new Promise((listening) => listener.listen(0, '127.0.0.1', listening));
  const { port } = listener.address();
  return {
    socketUrl: `ws://127.0.0.1:${port}/ws`,
    /** How many connections were attempted so far. */
    get arrivals() {
      return arrivals;
    },
    /** Cuts every connection; new ones are accepted. */
    cut() {
      for (const end of pairs) end();
    },
    /** Cuts every connection and refuses new ones until `mend`. */
    breakDown() {
      refusing = true;
      this.cut();
    },
    /** Passes nothing on any more, and says nothing of it. */
    swallow() {
      swallowing = true;
    },
    mend() {
      refusing = false;
    },
    close() {
      this.cut();
      listener.close();
    },
  };
}
