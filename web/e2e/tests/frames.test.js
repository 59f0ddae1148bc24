// Frames that the SDK never sends, and promises that it cannot see.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createApp } from '../lib/app.js';
import { connect, within } from '../lib/client.js';
import { BodyType, chatsOf, Command, decode, encode, Ns, RawDevice } from '../lib/raw.js';

// A socket that never logs in is closed after this time at the latest.
const LOGIN_LIMIT_MS = 45_000;

let app;
before(async () => {
  app = await createApp('frames');
  await app.register('alice', 'bob', 'carol', 'dave', 'erin');
});

/** The server still logs users in and carries their messages. */
async function stillServes() {
  const [alice, bob] = await Promise.all([
    RawDevice.login(app, 'alice', { resource: 'check' }),
    RawDevice.login(app, 'bob', { resource: 'check' }),
  ]);
  const text = `check ${Date.now()}`;
  const reply = await alice.sendText('bob', text);
  assert.ok(reply.serverId);
  await bob.receive('alice', text);
  await Promise.all([alice.close(), bob.close()]);
}

/** Resolves to "closed" or to what `answer` gives, whichever comes first. */
const closedOr = (device, answer) => Promise.race([device.closed.then(() => 'closed'), answer]);

test('a socket that does not log in is closed', async () => {
  const device = await RawDevice.connect(app);
  await within('closing the silent socket', device.closed, LOGIN_LIMIT_MS);
  await stillServes();
});

describe('bad frames', () => {
  for (const [what, bytes] of [
    ['garbage', Buffer.from('ffffffffffffffffffffffff', 'hex')],
    ['an empty frame', Buffer.alloc(0)],
    ['a truncated message', encode('MSync', { command: 0, payload: Buffer.alloc(40) }).subarray(0, 20)],
    ['a payload that is no payload', encode('MSync', { command: 0, payload: Buffer.from('ffffffffff', 'hex') })],
    ['an unknown command', encode('MSync', { command: 9, payload: Buffer.from([8, 1]) })],
    ['a field with a length beyond the end', Buffer.from('4affffffff0f01', 'hex')],
    ['a deep nest of groups', Buffer.alloc(5000, 0x0b)],
  ]) {
    test(`${what}, before and after login`, async () => {
      const early = await RawDevice.connect(app);
      early.write(bytes);
      const reply = await closedOr(
        early,
        early.provision('carol').catch(() => 'closed'),
      );
      assert.ok(reply === 'closed' || reply.status, JSON.stringify(reply));

      const late = await RawDevice.login(app, 'carol');
      late.write(bytes);
      const outcome = await closedOr(late, late.unread());
      assert.ok(outcome === 'closed' || outcome.status);
      await stillServes();
    });
  }

  test('text frames', async () => {
    const device = await RawDevice.login(app, 'carol');
    for (const text of ['', 'hello', '["CAMSAA=="]', 'x'.repeat(1_000_000)]) {
      if (device.socket.readyState === device.socket.OPEN) device.socket.send(text);
    }
    await closedOr(device, device.unread());
    await stillServes();
  });

  test('a frame far beyond any limit', async () => {
    for (const login of [false, true]) {
      const device = login ? await RawDevice.login(app, 'carol') : await RawDevice.connect(app);
      device.write(Buffer.alloc(64 * 1024 * 1024));
      await within('closing after a huge frame', device.closed);
    }
    await stillServes();
  });

  test('a text above the limit is answered with the documented refusal', async () => {
    const device = await RawDevice.login(app, 'carol');
    const reply = await device.sendText('bob', 'x'.repeat(70_000));
    // Trap 9: PERMISSION_DENIED carries one of the five reasons that the SDK knows.
    assert.equal(reply.status.errorCode, 7);
    assert.equal(reply.status.reason, 'Sorry, data is too large');
    assert.ok((await device.sendText('bob', 'short')).serverId);
  });

  test('nothing is served before the login', async () => {
    for (const attempt of [
      (device) => device.frame(Command.UNREAD, encode('CommUnreadUL', {})),
      (device) => device.frame(Command.SYNC, encode('CommSyncUL', { queue: device.jid('alice') })),
      (device) =>
        device.postMeta(device.jid('bob'), { type: BodyType.CHAT, contents: [{ type: 0, text: 'anonymous' }] }),
      (device) => device.frame(Command.LOGOUT, encode('Logout', { sessionId: 'x' })),
    ]) {
      const device = await RawDevice.connect(app);
      device.user = 'nobody';
      attempt(device);
      await closedOr(
        device,
        device.provision('carol').catch(() => 'closed'),
      );
      const served = device.frames.filter(
        (frame) => frame.command !== Command.PROVISION && frame.command !== Command.LOGOUT,
      );
      assert.ok(
        served.every((frame) => frame.body.status?.errorCode > 0),
        JSON.stringify(served),
      );
      await device.close();
    }
    await stillServes();
  });

  test('a second login on a connection does not change whose it is', async () => {
    const device = await RawDevice.login(app, 'carol');
    device.provision('dave').catch(() => {});
    await closedOr(device, device.unread());
    if (device.socket.readyState === device.socket.OPEN) {
      await device.sendText('erin', 'who am I?');
      const erin = await RawDevice.login(app, 'erin', { resource: 'reader' });
      const fromCarol = chatsOf(await erin.drain(erin.jid('carol')));
      const fromDave = chatsOf(await erin.drain(erin.jid('dave')));
      assert.equal(fromCarol.length + fromDave.length, 1);
      const [{ body }] = [...fromCarol, ...fromDave];
      assert.equal(body.from.name, fromCarol.length ? 'carol' : 'dave');
    }
    await stillServes();
  });

  test('ids that are none are refused, with an answer for each', async () => {
    const device = await RawDevice.login(app, 'carol');
    const body = { type: BodyType.CHAT, contents: [{ type: 0, text: 'x' }] };
    for (const to of [
      device.jid(''),
      device.jid('no such user!'),
      device.jid('x'.repeat(5000)),
      device.jid('nul\u0000byte'),
      device.groupJid(''),
      device.groupJid('-1'),
      device.groupJid("'; DROP TABLE users; --"),
      { appKey: '', name: 'bob', domain: '' },
      device.jid('bob', 'elsewhere.example'),
    ]) {
      const reply = await device.sendMeta(to, body);
      // Trap 1: the SDK's promise hangs without a status, even for a refusal.
      assert.ok(reply.status, `no status for ${JSON.stringify(to)}`);
      if (reply.status.errorCode === 7) assert.match(reply.status.reason, /too large|traffic limit|user is mute/);
    }
    await stillServes();
  });

  test('a meta without a target, an empty body and an unknown namespace', async () => {
    const device = await RawDevice.login(app, 'carol');
    let id = Date.now();
    const metas = [
      { ns: Ns.CHAT, payload: Buffer.alloc(0), to: device.jid('bob') },
      { ns: Ns.CHAT, payload: Buffer.from('ffff', 'hex'), to: device.jid('bob') },
      { ns: Ns.CHAT, payload: encode('MessageBody', { type: 1 }), to: device.jid('bob') },
      { ns: Ns.CHAT, payload: encode('MessageBody', { type: 1 }) },
      { ns: Ns.MUC, payload: Buffer.from('ffff', 'hex'), to: device.jid('bob') },
      { ns: Ns.MUC, payload: encode('MUCBody', { operation: 2 }), to: device.jid('bob') },
    ];
    for (const meta of metas) {
      id += 1;
      device.frame(Command.SYNC, encode('CommSyncUL', { meta: { id, ...meta } }));
      const reply = await closedOr(
        device,
        device.next(Command.SYNC, (one) => one.metaId === String(id)),
      );
      assert.ok(reply === 'closed' || reply.status, JSON.stringify(meta));
      if (reply === 'closed') break;
    }
    await stillServes();
  });
});

describe('answers', () => {
  test("a message's reply carries id, status, server id and time", async () => {
    const device = await RawDevice.login(app, 'alice');
    const before = Date.now() - 60_000;
    const reply = await device.sendText('bob', 'hello');
    // Traps 1 and 17.
    assert.ok(reply.status);
    assert.equal(reply.status.errorCode ?? 0, 0);
    assert.ok(BigInt(reply.serverId) > 0n);
    assert.ok(Number(reply.timestamp) > before);
  });

  // Trap 16: idempotency is by user, device and the client's id.
  test('a message that is sent again is answered again and stored once', async () => {
    const device = await RawDevice.login(app, 'alice', { resource: 'resender' });
    const id = Date.now();
    const first = await device.sendText('dave', 'exactly once', { id });
    const second = await device.sendText('dave', 'exactly once', { id });
    assert.equal(second.serverId, first.serverId);
    assert.equal(second.timestamp, first.timestamp);
    // Also over a new connection, as after a lost reply.
    await device.close();
    const again = await RawDevice.login(app, 'alice', { resource: 'resender' });
    const third = await again.sendText('dave', 'exactly once', { id });
    assert.equal(third.serverId, first.serverId);
    // Another device and another user may use the same id for something else.
    const other = await RawDevice.login(app, 'alice', { resource: 'other' });
    const fourth = await other.sendText('dave', 'another device', { id });
    assert.notEqual(fourth.serverId, first.serverId);

    const dave = await RawDevice.login(app, 'dave', { resource: 'reader' });
    const texts = chatsOf(await dave.drain(dave.jid('alice'))).map(({ body }) => body.contents[0].text);
    assert.deepEqual(texts, ['exactly once', 'another device']);
  });

  test('the same id twice at once', async () => {
    const device = await RawDevice.login(app, 'alice', { resource: 'hasty' });
    const erin = await RawDevice.login(app, 'erin', { resource: 'hasty-reader' });
    const id = Date.now();
    const body = { type: BodyType.CHAT, contents: [{ type: 0, text: 'hasty' }] };
    for (let n = 0; n < 5; n += 1) device.postMeta(device.jid('erin'), body, { id });
    const replies = [];
    for (let n = 0; n < 5; n += 1)
      replies.push(await device.next(Command.SYNC, (reply) => reply.metaId === String(id)));
    assert.equal(new Set(replies.map((reply) => reply.serverId)).size, 1);
    const texts = chatsOf(await erin.drain(erin.jid('alice'))).filter(
      ({ body }) => body.contents?.[0]?.text === 'hasty',
    );
    assert.equal(texts.length, 1);
  });

  test("the session's user is the sender, whatever the frame claims", async () => {
    const device = await RawDevice.login(app, 'alice', { resource: 'liar' });
    const body = { type: BodyType.CHAT, from: { name: 'bob' }, contents: [{ type: 0, text: 'I am bob' }] };
    await device.sendMeta(device.jid('carol'), body, { from: device.jid('bob') });
    const carol = await RawDevice.login(app, 'carol', { resource: 'liar-reader' });
    assert.deepEqual(
      chatsOf(await carol.drain(carol.jid('bob'))).filter(({ body }) => body.contents?.[0]?.text === 'I am bob'),
      [],
    );
    const seen = chatsOf(await carol.drain(carol.jid('alice')));
    assert.equal(seen.at(-1).body.from.name, 'alice');
  });

  // Trap 8: an unanswered pull blocks all live delivery in the SDK.
  test('a pull of a queue that nobody knows ends at once', async () => {
    const device = await RawDevice.login(app, 'carol');
    for (const queue of [
      device.jid('never-heard-of'),
      device.groupJid('987654321'),
      device.jid('x'.repeat(3000)),
      { appKey: app.key, domain: 'easemob.com' },
    ]) {
      const batches = await device.drain(queue);
      assert.equal(batches.at(-1).isLast, true);
      assert.ok(batches.at(-1).status);
    }
    // A key that was never given.
    const reply = await device.pull(device.jid('never-heard-of'), '123456789');
    assert.equal(reply.isLast, true);
  });

  // Trap 10.
  test('each kind of receipt is answered', async () => {
    const alice = await RawDevice.login(app, 'alice');
    const sent = await alice.sendText('bob', 'ack me');
    const bob = await RawDevice.login(app, 'bob');
    for (const type of [BodyType.READ_ACK, BodyType.DELIVER_ACK, BodyType.CHANNEL_ACK]) {
      const fields = type === BodyType.CHANNEL_ACK ? {} : { ackMessageId: sent.serverId };
      const reply = await bob.sendMeta(bob.jid('alice'), { type, contents: [{}], ...fields });
      assert.ok(reply.status);
      assert.equal(reply.status.errorCode ?? 0, 0);
    }
    const recall = await alice.sendMeta(alice.jid('bob'), {
      type: BodyType.RECALL,
      ackMessageId: sent.serverId,
      contents: [{}],
    });
    assert.equal(recall.status.errorCode ?? 0, 0);
  });

  // Trap 18: each UNREAD reply makes the SDK send statistics; an answer would start a storm.
  test('statistics are not answered with UNREAD or NOTICE', async () => {
    const device = await RawDevice.login(app, 'dave', { resource: 'stats' });
    await device.unread();
    for (let n = 1; n <= 3; n += 1) {
      const meta = { id: n, ns: Ns.STATISTIC, payload: encode('StatisticsBody', { operation: 0 }) };
      device.frame(Command.SYNC, encode('CommSyncUL', { meta }));
    }
    const noticed = device.frames.length;
    await device.pull(device.jid('fence'));
    const extra = device.frames.slice(noticed).filter((frame) => frame.command !== Command.SYNC);
    assert.deepEqual(extra, []);
  });

  test('logout is answered or closed, and the device is gone', async () => {
    const device = await RawDevice.login(app, 'carol', { resource: 'leaving' });
    device.frame(Command.LOGOUT, encode('Logout', { sessionId: 'x', reason: 'inner:logout' }));
    await closedOr(device, device.next(Command.LOGOUT));
    await within('closing after logout', device.closed);
    await stillServes();
  });

  test('all three paths carry the protocol', async () => {
    for (const path of ['/websocket', '/ws', '/']) {
      const device = await RawDevice.login(app, 'carol', { url: app.socketUrl.replace(/\/ws$/, path) });
      assert.ok((await device.unread()).status);
      await device.close();
    }
  });
});

describe('queues', () => {
  const TEXTS = 130;

  // Traps 2, 5 and 6.
  test('batches name their queue, are never last, and never repeat a key, across reconnects too', async () => {
    await app.register('reader');
    const alice = await RawDevice.login(app, 'alice', { resource: 'writer' });
    const ids = [];
    for (let n = 0; n < TEXTS; n += 1) ids.push((await alice.sendText('reader', `n ${n}`)).serverId);

    const keys = new Set();
    const seen = [];
    let reader = await RawDevice.login(app, 'reader', { resource: 'r' });
    const { unread, status, timestamp } = await reader.unread();
    assert.ok(status);
    assert.ok(Number(timestamp) > 1_600_000_000_000);
    assert.deepEqual(
      unread.map((row) => row.queue.name),
      ['alice'],
    );
    const queue = unread[0].queue;
    let key;
    for (let round = 0; ; round += 1) {
      const batch = await reader.pull(queue, key);
      assert.ok(batch.status);
      assert.equal(batch.queue?.name, 'alice');
      if (!batch.metas?.length) {
        assert.equal(batch.isLast, true);
        break;
      }
      assert.ok(!batch.isLast, 'a batch with messages is never the last');
      assert.ok(batch.nextKey && !keys.has(batch.nextKey), `key ${batch.nextKey} again`);
      keys.add(batch.nextKey);
      if (round === 1) {
        // The network dies before this batch is acknowledged: it comes again, under another key.
        await reader.close();
        reader = await RawDevice.login(app, 'reader', { resource: 'r' });
        await reader.unread();
        key = undefined;
        continue;
      }
      seen.push(...batch.metas.map((meta) => meta.id));
      key = batch.nextKey;
    }
    assert.deepEqual(seen, ids);

    const after = await reader.unread();
    assert.deepEqual(after.unread ?? [], []);
  });

  test('two pulls of one queue at once serve nothing twice', async () => {
    await app.register('hurried');
    const alice = await RawDevice.login(app, 'alice', { resource: 'writer' });
    const ids = [];
    for (let n = 0; n < 30; n += 1) ids.push((await alice.sendText('hurried', `n ${n}`)).serverId);
    const reader = await RawDevice.login(app, 'hurried', { resource: 'r' });
    await reader.unread();
    const queue = reader.jid('alice');
    const both = await Promise.all([reader.drain(queue), reader.drain(queue)]);
    const seen = both
      .flat()
      .flatMap((batch) => batch.metas ?? [])
      .map((meta) => meta.id);
    assert.deepEqual(seen, ids);
  });

  test('a live message is announced, pulled, and listed by UNREAD until it is acknowledged', async () => {
    await app.register('listener');
    const listener = await RawDevice.login(app, 'listener', { resource: 'r' });
    await listener.unread();
    const alice = await RawDevice.login(app, 'alice', { resource: 'writer' });
    const sent = await alice.sendText('listener', 'live');
    const notice = await listener.next(Command.NOTICE, (body) => body.queue.name === 'alice');
    const unread = await listener.unread();
    assert.deepEqual(
      unread.unread.map((row) => row.queue.name),
      ['alice'],
    );
    const batch = await listener.pull(notice.queue);
    const [meta] = batch.metas;
    assert.equal(meta.id, sent.serverId);
    assert.equal(meta.timestamp, sent.timestamp);
    assert.equal(meta.from.name, 'alice');
    // Trap 15.
    assert.equal(meta.to.clientResource ?? '', '');
    // Trap 12: the SDK's decoder breaks on bytes below 0x10.
    assert.ok(!meta.meta || [...meta.meta].every((byte) => byte >= 0x10));
    const end = await listener.pull(notice.queue, batch.nextKey);
    assert.equal(end.isLast, true);
    assert.deepEqual((await listener.unread()).unread ?? [], []);
  });

  // The SDK would hide the echo of a message it has just sent, but not after a reload.
  test("a sent message is announced to the user's other devices, not to the one that sent it", async () => {
    await app.register('author');
    const [sending, other] = await Promise.all([
      RawDevice.login(app, 'author', { resource: 'sending' }),
      RawDevice.login(app, 'author', { resource: 'other' }),
    ]);
    await Promise.all([sending.unread(), other.unread()]);
    const group = await app.createGroup('author', ['alice']);
    const body = { type: BodyType.GROUPCHAT, contents: [{ type: 0, text: 'to the group' }] };
    const sent = [await sending.sendText('alice', 'to alice'), await sending.sendMeta(sending.groupJid(group), body)];
    for (const [n, queue] of [other.jid('alice'), other.groupJid(group)].entries()) {
      await other.next(Command.NOTICE, (notice) => notice.queue.name === queue.name);
      const metas = (await other.drain(queue)).flatMap((batch) => batch.metas ?? []);
      assert.deepEqual(
        metas.map((meta) => meta.id),
        [sent[n].serverId],
      );
      assert.equal(metas[0].from.clientResource, 'sending');
    }
    const again = await RawDevice.login(app, 'author', { resource: 'sending' });
    await again.unread();
    for (const queue of [sending.jid('alice'), sending.groupJid(group)]) {
      assert.deepEqual(
        (await again.drain(queue)).flatMap((batch) => batch.metas ?? []),
        [],
      );
      assert.ok(
        !sending.frames.some((frame) => frame.command === Command.NOTICE && frame.body.queue.name === queue.name),
      );
    }
  });

  test('a reconnect in place of an acknowledgement serves the message again', async () => {
    await app.register('flaky');
    const alice = await RawDevice.login(app, 'alice', { resource: 'writer' });
    const sent = await alice.sendText('flaky', 'not yet acknowledged');
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const reader = await RawDevice.login(app, 'flaky', { resource: 'r' });
      await reader.unread();
      const batch = await reader.pull(reader.jid('alice'));
      assert.deepEqual(
        batch.metas.map((meta) => meta.id),
        [sent.serverId],
      );
      await reader.close();
    }
  });

  // Trap 11: one incomplete MUC meta loses the rest of its batch in the SDK.
  test('group events carry the ids that the SDK needs', async () => {
    await app.register('member');
    const group = await app.createGroup('alice', ['member']);
    const member = await RawDevice.login(app, 'member', { resource: 'r' });
    const { unread } = await member.unread();
    const system = unread.map((row) => row.queue).find((queue) => !queue.name);
    assert.ok(system, 'the system queue has no name');
    const metas = (await member.drain(system)).flatMap((batch) => batch.metas ?? []);
    const events = metas.filter((meta) => meta.ns === Ns.MUC).map((meta) => decode('MUCBody', meta.payload));
    const joined = events.find((event) => event.mucId.name === group);
    assert.equal(joined.operation, 19);
    assert.equal(joined.mucId.appKey, app.key);
    assert.ok(joined.from);
    assert.equal(joined.to[0].name, 'member');
  });

  test('an SDK session beside it all', async () => {
    const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob')]);
    const sent = await alice.text('bob', 'normal life goes on');
    await bob.next('onTextMessage', { id: sent.serverMsgId });
  });
});
