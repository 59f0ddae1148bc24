// What one user writes is what the other sees.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createApp } from '../lib/app.js';
import { connect, rejection } from '../lib/client.js';

const TOO_LARGE = 511;

describe('one-to-one messages', () => {
  let app;
  before(async () => {
    app = await createApp('messages');
    await app.register('alice', 'bob', 'carol');
  });

  const pair = () => Promise.all([connect(app, 'alice'), connect(app, 'bob')]);

  test('text both ways, the same id and time on both sides', async () => {
    const [alice, bob] = await pair();
    const sent = await alice.text('bob', '你好, hello 👋');
    const got = await bob.next('onTextMessage', { msg: '你好, hello 👋' });
    // Trap 17: the sender's message is built from `serverId` and `timestamp` of the reply.
    assert.match(sent.serverMsgId, /^[1-9]\d{17,18}$/);
    assert.equal(got.id, sent.serverMsgId);
    assert.equal(sent.message.id, sent.serverMsgId);
    assert.equal(got.time, sent.message.time);
    assert.ok(Math.abs(got.time - Date.now()) < 60_000);
    assert.equal(got.from, 'alice');
    // Trap 15: a resource in `to` would show as "bob/device".
    assert.equal(got.to, 'bob');
    assert.equal(got.chatType, 'singleChat');
    await alice.next('onReceivedMessage', { mid: sent.serverMsgId });

    const answer = await bob.text('alice', 'and back');
    const seen = await alice.next('onTextMessage', { id: answer.serverMsgId });
    assert.equal(seen.msg, 'and back');
    assert.equal(seen.from, 'bob');
    assert.ok(BigInt(answer.serverMsgId) > BigInt(sent.serverMsgId), 'ids rise with time');
  });

  test("the sender's own device does not see its message come back", async () => {
    const [alice, bob] = await pair();
    const sent = await alice.text('bob', 'once');
    await bob.next('onTextMessage', { id: sent.serverMsgId });
    await bob.text('alice', 'fence');
    await alice.next('onTextMessage', { msg: 'fence' });
    alice.none('onTextMessage', { id: sent.serverMsgId });
  });

  test('nobody else sees it', async () => {
    const [[alice, bob], carol] = await Promise.all([pair(), connect(app, 'carol')]);
    await alice.text('bob', 'for bob alone');
    await bob.next('onTextMessage', { msg: 'for bob alone' });
    await alice.text('carol', 'fence');
    await carol.next('onTextMessage', { msg: 'fence' });
    carol.none('onTextMessage', { msg: 'for bob alone' });
  });

  test('ext of every kind arrives as it was sent', async () => {
    const [alice, bob] = await pair();
    const ext = {
      text: '文字 \u0001\n\t end',
      empty: '',
      yes: true,
      no: false,
      zero: 0,
      negative: -7,
      large: 9007199254740991,
      half: 0.5,
      tiny: -1.25e-7,
      object: { deep: { list: [1, 'two', null, { three: 3 }] }, 键: '值' },
      list: [1, [2, [3]], 'x'],
      nothing: null,
    };
    const sent = await alice.text('bob', 'ext', { ext });
    const got = await bob.next('onTextMessage', { id: sent.serverMsgId });
    assert.deepEqual(got.ext, ext);
    const answer = await bob.text('alice', 'ext back', { ext });
    const seen = await alice.next('onTextMessage', { id: answer.serverMsgId });
    assert.deepEqual(seen.ext, ext);
    const page = await bob.history('alice', { pageSize: 2 });
    for (const message of page.messages) assert.deepEqual(message.ext, ext);
  });

  test('values that JSON cannot carry arrive as text', async () => {
    const [alice, bob] = await pair();
    const ext = { big: 2n ** 70n, nan: NaN, missing: undefined };
    const sent = await alice.text('bob', 'odd ext', { ext });
    const got = await bob.next('onTextMessage', { id: sent.serverMsgId });
    assert.deepEqual(got.ext, { big: String(2n ** 70n), nan: 'NaN' });
  });

  test('an empty text, a long text and text with control characters', async () => {
    const [alice, bob] = await pair();
    for (const text of ['', '\u0000\u0001\u001f\r\n\t', '長'.repeat(15_000)]) {
      const sent = await alice.text('bob', text);
      const got = await bob.next('onTextMessage', { id: sent.serverMsgId });
      assert.equal(got.msg, text);
    }
  });

  test('a text that is too long is refused and the session goes on', async () => {
    const [alice, bob] = await pair();
    const error = await rejection(alice.text('bob', 'x'.repeat(70_000)));
    assert.equal(error.type, TOO_LARGE);
    await alice.text('bob', 'after');
    await bob.next('onTextMessage', { msg: 'after' });
    bob.none('onTextMessage', (message) => message.msg.length > 60_000);
  });

  test('location', async () => {
    const [alice, bob] = await pair();
    const place = { addr: '北京市海淀区', buildingName: 'Tower 7', lat: 39.983424, lng: -116.322987 };
    const sent = await alice.send({ type: 'loc', to: 'bob', ...place, ext: { a: 1 } });
    const got = await bob.next('onLocationMessage', { id: sent.serverMsgId });
    const { addr, buildingName, lat, lng } = got;
    assert.deepEqual({ addr, buildingName, lat, lng }, place);
    assert.deepEqual(got.ext, { a: 1 });
  });

  test('command', async () => {
    const [alice, bob] = await pair();
    const sent = await alice.send({ type: 'cmd', to: 'bob', action: 'typing', ext: { on: true } });
    const got = await bob.next('onCmdMessage', { id: sent.serverMsgId });
    assert.equal(got.action, 'typing');
    assert.deepEqual(got.ext, { on: true });
  });

  test('custom', async () => {
    const [alice, bob] = await pair();
    const customExts = { price: '12.50', count: 3, nested: { a: [1] }, flag: true };
    const fields = { type: 'custom', to: 'bob', customEvent: 'gift', customExts };
    const sent = await alice.send(fields);
    const got = await bob.next('onCustomMessage', { id: sent.serverMsgId });
    assert.equal(got.customEvent, 'gift');
    assert.deepEqual(got.customExts, customExts);
  });

  test("many messages in a row arrive once, in order and without a heartbeat's help", async () => {
    const [alice, bob] = await pair();
    const texts = Array.from({ length: 300 }, (_, n) => `burst ${n}`);
    const [received, sent] = await Promise.all([
      bob.collect('onTextMessage', texts.length, (message) => message.msg.startsWith('burst')),
      Promise.all(texts.map((text) => alice.text('bob', text))),
    ]);
    assert.deepEqual(
      received.map((message) => message.msg),
      texts,
    );
    assert.deepEqual(
      received.map((message) => message.id),
      sent.map((one) => one.serverMsgId),
    );
    await alice.text('bob', 'fence');
    await bob.next('onTextMessage', { msg: 'fence' });
    assert.equal(bob.seen('onTextMessage', (message) => message.msg.startsWith('burst')).length, texts.length);
  });

  test('both write at once', async () => {
    const [alice, bob] = await pair();
    const count = 60;
    const numbers = Array.from({ length: count }, (_, n) => n);
    const [atBob, atAlice] = await Promise.all([
      bob.collect('onTextMessage', count, (message) => message.msg.startsWith('a ')),
      alice.collect('onTextMessage', count, (message) => message.msg.startsWith('b ')),
      ...numbers.map((n) => alice.text('bob', `a ${n}`)),
      ...numbers.map((n) => bob.text('alice', `b ${n}`)),
    ]);
    assert.deepEqual(
      atBob.map((message) => message.msg),
      numbers.map((n) => `a ${n}`),
    );
    assert.deepEqual(
      atAlice.map((message) => message.msg),
      numbers.map((n) => `b ${n}`),
    );
  });

  test('a message to oneself reaches the own other device only', async () => {
    const pc = await connect(app, 'alice', { device: 'pc' });
    const pad = await connect(app, 'alice', { device: 'pad' });
    const sent = await pc.text('alice', 'note to self');
    const got = await pad.next('onTextMessage', { id: sent.serverMsgId });
    assert.equal(got.msg, 'note to self');
    pc.none('onTextMessage', { id: sent.serverMsgId });
  });

  // Trap 21: what is for online users only is never queued.
  test('a message for online users only', async () => {
    const [alice, bob] = await pair();
    const fields = { deliverOnlineOnly: true };
    const sent = await alice.text('bob', 'now or never', fields);
    await bob.next('onTextMessage', { id: sent.serverMsgId });
    await alice.text('carol', 'missed', fields);
    await alice.text('carol', 'kept');
    const carol = await connect(app, 'carol');
    await carol.next('onTextMessage', { msg: 'kept' });
    await carol.text('alice', 'fence');
    await alice.next('onTextMessage', { msg: 'fence' });
    await alice.text('carol', 'fence');
    await carol.next('onTextMessage', { msg: 'fence' });
    carol.none('onTextMessage', { msg: 'missed' });
  });

  test('a message to a user that was never registered does not hang the sender', async () => {
    const alice = await connect(app, 'alice');
    const outcome = await alice.text('no-such-user', 'hello?').then(
      (sent) => ({ sent }),
      (error) => ({ error }),
    );
    assert.ok(outcome.sent?.serverMsgId || typeof outcome.error?.type === 'number');
    await alice.text('bob', 'still working');
  });
});
