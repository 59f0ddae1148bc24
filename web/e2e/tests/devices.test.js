// Several devices of one user, and devices that are sent away.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createApp, passwordOf } from '../lib/app.js';
import { Client, connect, eventually, within } from '../lib/client.js';
import { Command, RawDevice } from '../lib/raw.js';

const OTHER_DEVICE = 206;
const USER_REMOVED = 207;
const PASSWORD_CHANGED = 216;

describe('several devices of one user', () => {
  let app;
  before(async () => {
    app = await createApp('devices');
    await app.register('alice', 'bob', 'carol');
  });

  const devices = (user) => Promise.all([connect(app, user, { device: 'pc' }), connect(app, user, { device: 'pad' })]);

  test("see each other's messages and the answers", async () => {
    const [[pc, pad], bob] = await Promise.all([devices('alice'), connect(app, 'bob')]);
    const sent = await pc.text('bob', 'from the pc', { ext: { n: 1 } });
    const copy = await pad.next('onTextMessage', { id: sent.serverMsgId });
    assert.equal(copy.from, 'alice');
    assert.equal(copy.to, 'bob');
    assert.equal(copy.time, sent.message.time);
    assert.deepEqual(copy.ext, { n: 1 });
    await bob.next('onTextMessage', { id: sent.serverMsgId });
    const answer = await bob.text('alice', 'to both');
    for (const device of [pc, pad]) await device.next('onTextMessage', { id: answer.serverMsgId });
    pc.none('onTextMessage', { id: sent.serverMsgId });
  });

  test('both get receipts, and each learns what the other has read', async () => {
    const [[pc, pad], bob] = await Promise.all([devices('alice'), connect(app, 'bob', { delivery: true })]);
    const sent = await pc.text('bob', 'receipts');
    await bob.next('onTextMessage', { id: sent.serverMsgId });
    await bob.send({ type: 'read', to: 'alice', id: sent.serverMsgId });
    for (const device of [pc, pad]) await device.next('onReadMessage', { mid: sent.serverMsgId, from: 'bob' });

    const incoming = await bob.text('alice', 'read on the pc');
    for (const device of [pc, pad]) await device.next('onTextMessage', { id: incoming.serverMsgId });
    await pc.send({ type: 'read', to: 'bob', id: incoming.serverMsgId });
    await pad.next('onReadMessage', { mid: incoming.serverMsgId, from: 'alice' });
    await pc.send({ type: 'channel', to: 'bob' });
    const read = await pad.next('onChannelMessage');
    assert.equal(read.from, 'alice');
    assert.equal(read.to, 'bob');
  });

  test('a recall on one is a recall on the other', async () => {
    const [[pc, pad], bob] = await Promise.all([devices('alice'), connect(app, 'bob')]);
    const sent = await pc.text('bob', 'oops');
    await pad.next('onTextMessage', { id: sent.serverMsgId });
    await pad.recall(sent.serverMsgId, 'bob');
    await pc.next('onRecallMessage', { mid: sent.serverMsgId });
    await bob.next('onRecallMessage', { mid: sent.serverMsgId });
  });

  test('one that was away catches up with what the other wrote and received', async () => {
    const bob = await connect(app, 'bob');
    const [pc, pad] = await devices('alice');
    // Both have acknowledged everything so far once they answered this.
    const fence = await bob.text('alice', 'fence');
    for (const device of [pc, pad]) await device.next('onTextMessage', { id: fence.serverMsgId });
    await pad.text('bob', 'fence acknowledged');
    pad.logout();
    const own = await pc.text('bob', 'written on the pc');
    await bob.next('onTextMessage', { id: own.serverMsgId });
    const other = await bob.text('alice', 'answered');
    await pc.next('onTextMessage', { id: other.serverMsgId });
    const back = await connect(app, 'alice', { device: 'pad' });
    const caughtUp = await back.collect(
      'onTextMessage',
      2,
      (message) => message.id === own.serverMsgId || message.id === other.serverMsgId,
    );
    assert.deepEqual(
      caughtUp.map((message) => message.id),
      [own.serverMsgId, other.serverMsgId],
    );
  });

  test('a message may be addressed to one device', async () => {
    const [[pc, pad], bob] = await Promise.all([devices('alice'), connect(app, 'bob')]);
    const sent = await bob.text('alice/webim_web_pad', 'for the pad');
    await pad.next('onTextMessage', { id: sent.serverMsgId });
    await bob.text('alice', 'fence');
    await pc.next('onTextMessage', { msg: 'fence' });
    pc.none('onTextMessage', { id: sent.serverMsgId });
  });

  test('each knows the others, by what they call themselves', async () => {
    const ids = (client) => within('getSelfIdsOnOtherPlatform', client.connection.getSelfIdsOnOtherPlatform());
    const pc = await connect(app, 'carol', { device: 'pc' });
    assert.deepEqual((await ids(pc)).data, []);
    const tv = await connect(app, 'carol', { device: 'tv', customOSPlatform: 7, customDeviceName: 'TV' });
    const other = await connect(app, 'carol', { device: null, isFixedDeviceId: false });
    const resources = [tv, other].map((client) => client.connection.clientResource);
    assert.match(resources[0], /^custom7_/);
    assert.match(resources[1], /^webim_random_/);
    assert.deepEqual(
      (await ids(pc)).data.sort(),
      resources.map((resource) => `carol/${resource}`).sort(),
    );
    assert.ok((await ids(other)).data.includes('carol/webim_web_pc'));
    const listed = (await app.ok('GET', '/users/carol/resources')).data;
    const name = (resource) => listed.find(({ res }) => res === resource).device_name;
    assert.equal(name('webim_web_pc'), 'webim_web_pc');
    assert.equal(name(resources[0]), 'TV');
    const sent = await tv.text(`carol/webim_web_pc`, 'to the pc alone');
    await pc.next('onTextMessage', { id: sent.serverMsgId });
    other.none('onTextMessage', { id: sent.serverMsgId });
    const theirs = await createApp('devices', 't2');
    const foreign = await theirs.userToken('carol');
    assert.equal((await app.call('GET', '/users/carol/resources', undefined, foreign)).status, 401);
    assert.equal((await app.call('GET', '/users/carol/resources', undefined, await app.userToken('bob'))).status, 401);
  });

  // Trap 22: two tabs are one resource; the newer replaces the older without a kick.
  test('the same device again replaces the old connection silently', async () => {
    const stale = await RawDevice.login(app, 'bob', { resource: 'webim_web_same' });
    await stale.unread();
    const fresh = await connect(app, 'bob', { device: 'same' });
    await within('closing the stale connection', stale.closed);
    const pushes = stale.frames.filter((frame) => frame.command === Command.SYNC && frame.body.metas?.length > 0);
    assert.deepEqual(pushes, []);
    const alice = await connect(app, 'alice');
    await alice.text('bob', 'to the fresh one');
    await fresh.next('onTextMessage', { msg: 'to the fresh one' });
    fresh.none('onError');
    fresh.none('onDisconnected');
  });
});

describe('devices that are sent away', () => {
  let app;
  before(async () => {
    app = await createApp('kicks');
    await app.register('alice', 'bob', 'carol', 'dave');
  });

  // Trap 13: the client closes nothing itself after a kick, so the server does.
  test("the fifth device of one platform ends the oldest, with the newcomer's words", async () => {
    const four = [];
    for (const device of ['one', 'two', 'three', 'four']) four.push(await connect(app, 'alice', { device }));
    const fifth = new Client(app, 'alice', { device: 'five' });
    fifth.connection.setLoginInfoCustomExt("it's me, from the kitchen");
    await fifth.login();
    const [oldest, ...others] = four;
    const error = await oldest.next('onError');
    assert.equal(error.type, OTHER_DEVICE);
    assert.deepEqual(error.data, { loginInfoCustomExt: "it's me, from the kitchen" });
    const end = await oldest.next('onDisconnected');
    assert.equal(end.type, OTHER_DEVICE);
    oldest.none('onReconnecting');

    const bob = await connect(app, 'bob');
    const sent = await bob.text('alice', 'who is left?');
    for (const device of [...others, fifth]) {
      await device.next('onTextMessage', { id: sent.serverMsgId });
      device.none('onError');
    }
    oldest.none('onTextMessage', { id: sent.serverMsgId });
  });

  test('devices of another platform do not count', async () => {
    const web = [];
    for (const device of ['one', 'two', 'three', 'four']) web.push(await connect(app, 'bob', { device }));
    const tv = await connect(app, 'bob', { device: 'living-room', customOSPlatform: 7, customDeviceName: 'TV' });
    const alice = await connect(app, 'alice');
    const sent = await alice.text('bob', 'all five');
    for (const device of [...web, tv]) {
      await device.next('onTextMessage', { id: sent.serverMsgId });
      device.none('onError');
    }
  });

  test('a custom platform has its own limit, and its newcomer says why', async () => {
    const own = await createApp('kicks-custom');
    await own.register('alice');
    await own.feature('multi_device', 'custom7=1');
    const tv = (options) => ({ device: null, isFixedDeviceId: false, customOSPlatform: 7, customDeviceName: 'TV', ...options });
    const pc = await connect(own, 'alice', { device: 'pc' });
    const first = await connect(own, 'alice', tv());
    // The limit is felt a moment later.
    const second = await eventually(async () => {
      const client = new Client(own, 'alice', tv());
      client.connection.setLoginInfoCustomExt(JSON.stringify({ room: '客厅' }));
      await client.login();
      try {
        const error = await first.next('onError', { type: OTHER_DEVICE }, 500);
        assert.deepEqual(error.data, { loginInfoCustomExt: JSON.stringify({ room: '客厅' }) });
        return client;
      } catch (error) {
        client.logout();
        throw error;
      }
    });
    await first.next('onDisconnected', { type: OTHER_DEVICE });
    first.none('onReconnecting');
    const car = await connect(own, 'alice', { ...tv(), customOSPlatform: 8, customDeviceName: 'car' });
    for (const client of [pc, second, car]) client.none('onError');
    const ids = await within('ids', pc.connection.getSelfIdsOnOtherPlatform());
    assert.deepEqual(
      ids.data.sort(),
      [second, car].map((client) => `alice/${client.connection.clientResource}`).sort(),
    );
  });

  test('without a fixed id each connection of a tab is a device', async () => {
    const random = () => connect(app, 'dave', { device: null, isFixedDeviceId: false });
    const four = [];
    for (let n = 0; n < 4; n += 1) four.push(await random());
    assert.equal(new Set(four.map((client) => client.connection.clientResource)).size, 4);
    const fifth = await random();
    await four[0].next('onDisconnected', { type: OTHER_DEVICE });
    for (const client of [...four.slice(1), fifth]) client.none('onError');
    for (const client of [...four.slice(1), fifth]) client.logout();
  });

  test('a changed password ends all sessions and old tokens', async () => {
    const token = await app.userToken('carol');
    const devices = await Promise.all(['pc', 'pad'].map((device) => connect(app, 'carol', { device, token })));
    await app.ok('PUT', '/users/carol/password', { newpassword: 'brand new' });
    for (const device of devices) {
      assert.equal((await device.next('onError')).type, PASSWORD_CHANGED);
      assert.equal((await device.next('onDisconnected')).type, PASSWORD_CHANGED);
      device.none('onReconnecting');
    }
    const refused = await new Client(app, 'carol').refusal({ token });
    assert.ok([28, 56].includes(refused.type), JSON.stringify(refused));
    const oldPassword = await new Client(app, 'carol').refusal({ pwd: passwordOf('carol') });
    assert.equal(oldPassword.message, 'invalid password');
    await connect(app, 'carol', { pwd: 'brand new' });
  });

  test('a deleted user is sent away', async () => {
    const dave = await connect(app, 'dave');
    await app.ok('DELETE', '/users/dave');
    assert.equal((await dave.next('onError')).type, USER_REMOVED);
    assert.equal((await dave.next('onDisconnected')).type, USER_REMOVED);
    dave.none('onReconnecting');
  });

  test('online status follows the sessions', async () => {
    const status = async () => Object.values((await app.ok('GET', '/users/bob/status')).data)[0];
    const bob = await connect(app, 'bob');
    assert.equal(await status(), 'online');
    bob.logout();
    await eventually(async () => assert.equal(await status(), 'offline'));
  });
});
