// A TCP proxy in front of the server, so that a test can be the bad network.

import { connect, createServer } from 'node:net';
import { server } from './app.js';

export async function startProxy() {
  const target = Number(new URL(server.baseUrl).port);
  const pairs = new Set();
  let refusing = false;
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
    near.pipe(far).pipe(near);
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
    mend() {
      refusing = false;
    },
    close() {
      this.cut();
      listener.close();
    },
  };
}
