// The catalogue of plans is a file of the operator's, and its changes are felt.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createApp, passwordOf, server } from '../lib/app.js';
import { connect, eventually, rejection } from '../lib/client.js';
import { startServer } from '../lib/server.js';

/** The SDK's error for a message that the app's settings do not allow. */
const TOO_LARGE = 511;

const catalogue = (changes) => `schema = 1\nid = "own"\nbase = "gen2023"\n${changes}`;

describe('the catalogue of plans', () => {
  let folder, file, running, app;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plans-'));
    file = join(folder, 'plans.toml');
    await writeFile(file, catalogue('[plan.premier.quota]\nregistered_users_max = 1\n'));
    const settings = { HONGYAN_PLANS: file };
    running = await startServer({ label: `${server.label}-plans`, settings });
    app = await createApp('plans', 't1', running.facts);
  });
  after(async () => {
    assert.equal((await running.stop()).code, 0);
    await rm(folder, { recursive: true });
  });

  const register = (username) => app.call('POST', '/users', [{ username, password: passwordOf(username) }]);

  test('limits are those of the file, and a changed file is felt by open sessions', async () => {
    assert.equal((await register('alice')).status, 200);
    assert.notEqual((await register('bob')).status, 200);
    const alice = await connect(app, 'alice');
    await alice.text('alice', 'a note to myself, of some length');

    // What cannot be used changes nothing.
    await writeFile(file, catalogue('[plan.premier.quota]\nregistered_users_max = "many"\n'));
    await eventually(() => assert.match(running.log(), /a changed catalogue of plans is not used/));
    assert.notEqual((await register('bob')).status, 200);

    await writeFile(file, catalogue('[plan.premier.quota]\nregistered_users_max = 2\nmessage_bytes_max = 60\n'));
    await eventually(async () => assert.equal((await register('bob')).status, 200));
    const refused = await rejection(alice.text('bob', 'a text that is longer than sixty bytes are, if one counts them all'));
    assert.equal(refused.type, TOO_LARGE);
    assert.notEqual((await register('carol')).status, 200);
  });
});
