// Bans, forced logouts and global mutes, as the user's devices see them.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { before, describe, test } from 'node:test';
import { createApp, passwordOf } from '../lib/app.js';
import { Client, PATIENCE_MS, connect, eventually, rejection, within } from '../lib/client.js';

const SERVING_DISABLED = 57;
const LOGGED_OUT = 217;
const GLOBALLY_MUTED = 219;

describe('users who are kept out', () => {
  let app;
  before(async () => {
    app = await createApp('bans');
  });

  /** Users of this test alone. */
  const people = async (...names) => {
    const users = names.map((name) => `${name}-${randomBytes(3).toString('hex')}`);
    await app.register(...users);
    return users;
  };

  const sentAway = async (client) => {
    assert.equal((await client.next('onError')).type, LOGGED_OUT);
    assert.equal((await client.next('onDisconnected')).type, LOGGED_OUT);
    client.none('onReconnecting');
  };

  test('a ban ends every session, refuses logins and tokens, and keeps messages for later', async () => {
    const [a, b] = await people('alice', 'bob');
    const token = await app.userToken(a);
    const devices = await Promise.all(['pc', 'pad'].map((device) => connect(app, a, { device, token })));
    const bob = await connect(app, b);
    const banned = await app.ok('POST', `/users/${a}/deactivate`);
    assert.equal(banned.entities[0].activated, false);
    await Promise.all(devices.map(sentAway));

    const byToken = await new Client(app, a, { device: 'pc' }).refusal({ token });
    assert.equal(byToken.type, SERVING_DISABLED);
    const byPassword = await new Client(app, a).refusal({ pwd: passwordOf(a) });
    assert.equal(byPassword.message, 'user not activated');
    assert.equal((await app.call('GET', `/users/${a}`, undefined, token)).status, 403);
    const sent = await bob.text(a, 'for later');

    await app.ok('POST', `/users/${a}/activate`);
    const back = await connect(app, a, { device: 'pc', token });
    await back.next('onTextMessage', { id: sent.serverMsgId });
    await back.text(b, 'here again');
    await bob.next('onTextMessage', { msg: 'here again' });
  });

  test('all devices are logged out, and may log in again', async () => {
    const [a] = await people('alice');
    const devices = await Promise.all(['pc', 'pad'].map((device) => connect(app, a, { device })));
    const answer = await app.ok('GET', `/users/${a}/disconnect`);
    assert.equal(answer.data.result, true);
    await Promise.all(devices.map(sentAway));
    await connect(app, a, { device: 'pc' });
  });

  test('one device is logged out, the others stay', async () => {
    const [a, b] = await people('alice', 'bob');
    const [pc, pad, bob] = await Promise.all([
      connect(app, a, { device: 'pc' }),
      connect(app, a, { device: 'pad' }),
      connect(app, b),
    ]);
    const others = await within('resources', pc.connection.getSelfIdsOnOtherPlatform());
    assert.deepEqual(others.data, [`${a}/webim_web_pad`]);
    const listed = (await app.ok('GET', `/users/${a}/resources`)).data;
    assert.deepEqual(listed.map((row) => row.res).sort(), ['webim_web_pad', 'webim_web_pc']);
    const row = listed.find(({ res }) => res === 'webim_web_pc');
    assert.deepEqual(row, { res: 'webim_web_pc', device_uuid: 'webim_web_pc', device_name: 'webim_web_pc' });

    const answer = await app.ok('DELETE', `/users/${a}/disconnect/webim_web_pc`);
    assert.equal(answer.data.result, true);
    await sentAway(pc);
    const sent = await bob.text(a, 'who is left?');
    await pad.next('onTextMessage', { id: sent.serverMsgId });
    pad.none('onError');
  });

  test('a global mute holds where it was set, and ends by itself', async () => {
    const [a, b] = await people('alice', 'bob');
    const [alice, bob] = await Promise.all([connect(app, a), connect(app, b)]);
    const group = await app.createGroup(a, [b]);
    await app.ok('POST', '/mutes', { username: a, chat: 8, groupchat: -1 });
    const refused = await rejection(alice.text(b, 'let me speak'));
    assert.equal(refused.type, GLOBALLY_MUTED);
    assert.equal((await rejection(alice.groupText(group, 'in the group?'))).type, GLOBALLY_MUTED);
    const body = { from: a, to: [b], type: 'txt', body: { msg: 'by the server' } };
    assert.equal((await app.call('POST', '/messages/users', body)).status, 403);
    const incoming = await bob.text(a, 'I am free');
    await alice.next('onTextMessage', { id: incoming.serverMsgId });
    await alice.send({ type: 'read', to: b, id: incoming.serverMsgId });
    await bob.next('onReadMessage', { mid: incoming.serverMsgId });

    const shown = (await app.ok('GET', `/mutes/${a}`)).data;
    assert.ok(shown.chat >= 0 && shown.chat <= 8 && shown.groupchat === -1, JSON.stringify(shown));
    const sent = await eventually(() => alice.text(b, 'over'), 2 * PATIENCE_MS);
    await bob.next('onTextMessage', { id: sent.serverMsgId });
    await app.ok('POST', '/mutes', { username: a, groupchat: 0 });
    await alice.groupText(group, 'lifted');
    bob.none('onTextMessage', { msg: 'let me speak' });
  });

  test('what waits for a user is counted', async () => {
    const [a, b] = await people('alice', 'bob');
    const bob = await connect(app, b);
    const sent = await bob.text(a, 'one');
    await bob.text(a, 'two');
    const count = async () => (await app.ok('GET', `/users/${a}/offline_msg_count`)).data[a];
    const status = async () =>
      (await app.ok('GET', `/users/${a}/offline_msg_status/${sent.serverMsgId}`)).data[sent.serverMsgId];
    assert.equal(await count(), 2);
    assert.equal(await status(), 'undelivered');
    const alice = await connect(app, a);
    await alice.collect('onTextMessage', 2);
    // It has acknowledged everything so far once it answered this.
    await alice.text(b, 'fence');
    assert.equal(await count(), 0);
    assert.equal(await status(), 'delivered');
  });
});
