// A bad network between the client and the server.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createApp } from '../lib/app.js';
import { connect, within } from '../lib/client.js';
import { startProxy } from '../lib/proxy.js';
import { Command, decode } from '../lib/raw.js';

describe('a lost connection', () => {
  let app, proxy;
  before(async () => {
    app = await createApp('reconnect');
    await app.register('alice', 'bob');
    proxy = await startProxy();
  });
  after(() => proxy.close());

  // Who is away may be so for as long as it takes the other one to speak.
  const pair = (user) => {
    const patient = connect(app, user, { url: proxy.socketUrl, autoReconnectNumMax: 50 });
    return Promise.all([patient, connect(app, 'bob')]);
  };

  /** Waits until the client has logged in again after the connection was lost. */
  const backOnline = async (client) => {
    await client.next('onReconnecting');
    await client.next('onConnected');
  };

  test('messages sent meanwhile arrive once and in order', async () => {
    const [alice, bob] = await pair('alice');
    await alice.next('onConnected');
    await bob.text('alice', 'before');
    await alice.next('onTextMessage', { msg: 'before' });
    proxy.breakDown();
    const texts = Array.from({ length: 70 }, (_, n) => `meanwhile ${n}`);
    for (const text of texts) await bob.text('alice', text);
    proxy.mend();
    await backOnline(alice);
    const received = await alice.collect('onTextMessage', texts.length, (message) => texts.includes(message.msg));
    assert.deepEqual(
      received.map((message) => message.msg),
      texts,
    );
    // Live delivery works again: no announced queue is stuck (trap 8, recipe item 5).
    await bob.text('alice', 'after');
    await alice.next('onTextMessage', { msg: 'after' });
    const again = alice.seen('onTextMessage', (message) => texts.includes(message.msg));
    assert.equal(again.length, texts.length);
    alice.none('onError');
  });

  test('a cut in the middle of a flow loses and repeats nothing', async () => {
    const [alice, bob] = await pair('alice');
    await alice.next('onConnected');
    const count = 400;
    const sending = (async () => {
      for (let n = 0; n < count; n += 1) {
        await bob.text('alice', `flow ${n}`);
        if (n === 100 || n === 300) proxy.cut();
      }
    })();
    const isFlow = (message) => message.msg.startsWith('flow');
    const received = await alice.collect('onTextMessage', count, isFlow);
    await sending;
    assert.deepEqual(
      received.map((message) => message.msg),
      Array.from({ length: count }, (_, n) => `flow ${n}`),
    );
    await bob.text('alice', 'fence');
    await alice.next('onTextMessage', { msg: 'fence' });
    assert.equal(alice.seen('onTextMessage', isFlow).length, count);
  });

  test('messages written while disconnected are sent after the reconnect', async () => {
    const [alice, bob] = await pair('alice');
    await alice.next('onConnected');
    proxy.breakDown();
    await alice.next('onReconnecting');
    const sending = ['one', 'two', 'three'].map((text) => alice.text('bob', `queued ${text}`));
    proxy.mend();
    await within('the queued messages', Promise.all(sending));
    const isQueued = (message) => message.msg.startsWith('queued');
    const received = await bob.collect('onTextMessage', 3, isQueued);
    assert.deepEqual(
      received.map((message) => message.msg),
      ['queued one', 'queued two', 'queued three'],
    );
    await alice.text('bob', 'fence');
    await bob.next('onTextMessage', { msg: 'fence' });
    assert.equal(bob.seen('onTextMessage', isQueued).length, 3);
  });

  // In this mode even an automatic reconnect arrives as a new device, which must not begin "now".
  test('a client without a fixed device id misses nothing either', async () => {
    const options = { url: proxy.socketUrl, device: null, isFixedDeviceId: false };
    const [alice, bob] = await Promise.all([connect(app, 'alice', options), connect(app, 'bob')]);
    await alice.next('onConnected');
    await bob.text('alice', 'nomad: before');
    await alice.next('onTextMessage', { msg: 'nomad: before' });
    const before = alice.connection.context.jid.clientResource;
    proxy.breakDown();
    await bob.text('alice', 'nomad: meanwhile');
    proxy.mend();
    await backOnline(alice);
    assert.notEqual(alice.connection.context.jid.clientResource, before);
    await alice.next('onTextMessage', { msg: 'nomad: meanwhile' });
    await bob.text('alice', 'nomad: after');
    await alice.next('onTextMessage', { msg: 'nomad: after' });
    for (const text of ['nomad: before', 'nomad: meanwhile', 'nomad: after']) {
      assert.equal(alice.seen('onTextMessage', { msg: text }).length, 1, text);
    }
  });

  // Trap 19: the SDK tries again after a refusal, up to its maximum.
  test('a client whose login is refused on its way back gives up by itself', async () => {
    await app.register('carol');
    const options = { url: proxy.socketUrl, autoReconnectNumMax: 4 };
    const carol = await connect(app, 'carol', options);
    proxy.breakDown();
    await carol.next('onReconnecting');
    await app.ok('PUT', '/users/carol/password', { newpassword: 'changed meanwhile' });
    proxy.mend();
    const refusal = await carol.next('onError', (error) => error.type === 28);
    assert.equal(refusal.message, 'INVALID_TOKEN');
    await carol.next('onDisconnected', undefined, 20_000);
    assert.equal(carol.connection.isOpened(), false);
  });

  test('a client that comes back on another connection is not taken for another device', async () => {
    const [alice, bob] = await pair('alice');
    await alice.next('onConnected');
    for (let round = 0; round < 2; round += 1) {
      proxy.cut();
      await backOnline(alice);
    }
    alice.none('onError');
    await bob.text('alice', 'welcome back');
    await alice.next('onTextMessage', { msg: 'welcome back' });
  });
});

describe('heartbeats', () => {
  let app;
  before(async () => {
    app = await createApp('heartbeat');
    await app.register('alice', 'bob');
  });

  test("an idle client's heartbeat is answered and disturbs nothing", async () => {
    const [alice, bob] = await Promise.all([connect(app, 'alice', { heartBeatWait: 100 }), connect(app, 'bob')]);
    const frames = alice.tab.watchFrames((direction, bytes) => ({
      direction,
      command: decode('MSync', bytes).command ?? 0,
    }));
    // The SDK beats when nothing came for 30 s; its clock is moved instead of waiting.
    const ticking = setInterval(() => alice.tab.skew(31_000), 250);
    try {
      for (let beat = 0; beat < 3; beat += 1) {
        for (const direction of ['up', 'down']) {
          const seen = frames.next((frame) => frame.direction === direction && frame.command === Command.UNREAD);
          await within(`heartbeat ${beat} going ${direction}`, seen);
        }
      }
    } finally {
      clearInterval(ticking);
    }
    await bob.text('alice', 'after the beats');
    await alice.next('onTextMessage', { msg: 'after the beats' });
    assert.equal(alice.seen('onTextMessage').length, 1);
    alice.none('onReconnecting');
    alice.none('onDisconnected');
  });
});
