// The catalogue of plans is a file of the operator's, and its changes are felt.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createApp, passwordOf, server } from '../lib/app.js';
import { connect, eventually, rejection } from '../lib/client.js';
import { startServer } from '../lib/server.js';
import { Staff } from '../lib/staff.js';

/** The SDK's error for a message that the app's settings do not allow. */
const TOO_LARGE = 511;
/** MAX_LIMIT, and WEBIM_SERVER_SERVING_DISABLED (305 of the native SDKs). */
const TOO_MANY = 50;
const NOT_SERVED = 57;
/** What is due is looked for every five seconds. */
const SOON_MS = 20_000;

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

describe('an organisation that owes money', () => {
  let folder, running, app, operator, org;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'arrears-'));
    const file = join(folder, 'plans.toml');
    await writeFile(file, catalogue('[billing]\ngrace_days = 0\n[plan.free.quota]\ndau_max = 1\n'));
    running = await startServer({ label: `${server.label}-arrears`, settings: { HONGYAN_PLANS: file } });
    operator = await Staff.operator(running.facts);
    org = await operator.organisation('debtor');
    app = await org.createApp('shop', { open_registration: true });
    await app.register('alice', 'bob');
  });
  after(async () => {
    assert.equal((await running.stop()).code, 0);
    await rm(folder, { recursive: true });
  });

  const adjust = (amount) =>
    operator.ok('POST', `/operator/billing/orgs/${org.org}/adjustments`, { kind: 'adjustment', amount, reason: 'a test' });

  test('of two purchases at once one wins, and what is bought is felt by an open session', async () => {
    const shop = await org.createApp('rush', { open_registration: true });
    await shop.register('alice', 'bob');
    const alice = await connect(shop, 'alice');
    assert.notEqual((await rejection(alice.connection.publishPresence({ description: 'here' }))).type, undefined);
    const wish = { plan: 'flagship', services: [], auto_renew: false, agreed: true };
    const buy = () => org.call('POST', `/apps/${org.org}/rush/purchases`, wish);
    const answers = await Promise.all(Array.from({ length: 6 }, buy));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 422, 422, 422, 422, 422]);
    const { items } = await org.ok('GET', `/billing/orders?app_key=${encodeURIComponent(shop.key)}`);
    assert.deepEqual(items.map(({ item, state }) => [item, state]), [['flagship', 'in_service']]);
    await eventually(() => alice.connection.publishPresence({ description: 'here' }));
    alice.discard();
  });

  test('the plan says how many users are active in a day', async () => {
    const alice = await connect(app, 'alice');
    assert.equal((await rejection(connect(app, 'bob'))).type, TOO_MANY);
    alice.discard();
    (await connect(app, 'alice')).discard();
  });

  test('its apps stop and serve again when the money comes', async () => {
    const alice = await connect(app, 'alice');
    const { token } = alice.connection;
    await adjust(-100_00);
    await alice.next('onDisconnected', undefined, SOON_MS);
    const refused = await app.call('GET', '/users/alice');
    assert.equal(refused.status, 403);
    assert.equal((await rejection(connect(app, 'alice', { token }))).type, NOT_SERVED);
    const shown = await org.ok('GET', `/apps/${org.org}/shop`);
    assert.deepEqual([shown.status, shown.suspended_by], ['suspended', 'arrears']);
    assert.equal((await org.call('POST', `/apps/${org.org}/shop/resume`)).status, 200);
    assert.equal((await app.call('GET', '/users/alice')).status, 403, 'an owner cannot resume it');

    await adjust(100_00);
    await eventually(async () => assert.equal((await app.call('GET', '/users/alice')).status, 200));
    (await connect(app, 'alice')).discard();
  });
});
