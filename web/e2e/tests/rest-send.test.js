// Messages that an app's back end sends by REST, as the SDK shows them.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createApp } from '../lib/app.js';
import { connect } from '../lib/client.js';

const FILE = 'https://files.example/t1/a1/chatfiles/5fd74830-0000-11ee-822a-000000000000';

const MESSAGES = [
  ['txt', { msg: '公告 hello' }, 'onTextMessage', { msg: '公告 hello' }],
  [
    'img',
    { url: FILE, filename: 'a.png', secret: 's1', size: { width: 480, height: 720 } },
    'onImageMessage',
    { secret: 's1', width: 480, height: 720 },
  ],
  [
    'audio',
    { url: FILE, filename: 'a.amr', secret: 's2', length: 10 },
    'onAudioMessage',
    { filename: 'a.amr', length: 10, secret: 's2' },
  ],
  [
    'video',
    { url: FILE, filename: 'a.mp4', secret: 's3', length: 20, file_length: 58103, thumb: FILE, thumb_secret: 't3' },
    'onVideoMessage',
    { filename: 'a.mp4', length: 20, file_length: 58103, secret: 's3' },
  ],
  ['file', { url: FILE, filename: 'a.txt', secret: 's4' }, 'onFileMessage', { filename: 'a.txt', secret: 's4' }],
  [
    'loc',
    { lat: '39.966', lng: '116.322', addr: '北京' },
    'onLocationMessage',
    { addr: '北京', lat: 39.966, lng: 116.322 },
  ],
  ['cmd', { action: 'refresh' }, 'onCmdMessage', { action: 'refresh' }],
  [
    'custom',
    { customEvent: 'order', customExts: { state: 'paid', amount: '3' } },
    'onCustomMessage',
    { customEvent: 'order', customExts: { state: 'paid', amount: '3' } },
  ],
];

describe('messages by REST', () => {
  let app;
  before(async () => {
    app = await createApp('rest-send');
    await app.register('alice', 'bob', 'carol');
  });

  const ext = { key: 'value', n: 3, deep: { list: [1, 2] }, em_ignore_notification: true };

  for (const [type, body, event, expected] of MESSAGES) {
    test(`${type} to two users`, async () => {
      const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob')]);
      const ids = await app.sendToUsers('shop', ['alice', 'bob'], type, body, { ext });
      for (const [name, client] of [
        ['alice', alice],
        ['bob', bob],
      ]) {
        assert.match(ids[name], /^\d{18,19}$/);
        const got = await client.next(event, { id: ids[name] });
        for (const [key, value] of Object.entries(expected)) assert.deepEqual(got[key], value, `${type}.${key}`);
        assert.equal(got.from, 'shop');
        assert.equal(got.to, name);
        assert.equal(got.chatType, 'singleChat');
        assert.deepEqual(got.ext, ext);
        if (body.url) assert.match(got.url, /^http:\/\/127\.0\.0\.1:\d+\/t1\/a1\/chatfiles\//);
      }
    });

    test(`${type} to a group`, async () => {
      const group = await app.createGroup('alice', ['bob']);
      const bob = await connect(app, 'bob');
      const ids = await app.sendToGroups('alice', [group], type, body, { ext });
      const got = await bob.next(event, { id: ids[group] });
      for (const [key, value] of Object.entries(expected)) assert.deepEqual(got[key], value, `${type}.${key}`);
      assert.equal(got.from, 'alice');
      assert.equal(got.to, group);
      assert.equal(got.chatType, 'groupChat');
      assert.deepEqual(got.ext, ext);
    });
  }

  test('without a sender it comes from admin', async () => {
    const bob = await connect(app, 'bob');
    const ids = await app.sendToUsers(undefined, ['bob'], 'txt', { msg: 'from above' });
    const got = await bob.next('onTextMessage', { id: ids.bob });
    assert.equal(got.from, 'admin');
    assert.equal(got.ext?.key, undefined);
  });

  test('receivers in capitals, and receivers that do not exist', async () => {
    const bob = await connect(app, 'bob');
    const ids = await app.sendToUsers('shop', ['BOB', 'no-such-user'], 'txt', { msg: 'capitals' });
    assert.deepEqual(Object.keys(ids).sort(), ['bob', 'no-such-user']);
    await bob.next('onTextMessage', { id: ids.bob });
  });

  test("it shows on the sender's devices when asked, in one-to-one", async () => {
    const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob')]);
    const hidden = await app.sendToUsers('alice', ['bob'], 'txt', { msg: 'not shown' });
    const shown = await app.sendToUsers('alice', ['bob'], 'txt', { msg: 'shown' }, { sync_device: true });
    await bob.next('onTextMessage', { id: hidden.bob });
    const copy = await alice.next('onTextMessage', { id: shown.bob });
    assert.equal(copy.from, 'alice');
    assert.equal(copy.to, 'bob');
    alice.none('onTextMessage', { id: hidden.bob });
  });

  test("to a group it always shows on the sender's devices", async () => {
    const group = await app.createGroup('alice', ['bob']);
    const alice = await connect(app, 'alice');
    const ids = await app.sendToGroups('alice', [group], 'txt', { msg: 'by my back end' });
    await alice.next('onTextMessage', { id: ids[group] });
  });

  // Trap 21.
  test('for online users only', async () => {
    const bob = await connect(app, 'bob');
    const fields = { routetype: 'ROUTE_ONLINE' };
    const ids = await app.sendToUsers('shop', ['bob', 'carol'], 'txt', { msg: 'now or never' }, fields);
    await bob.next('onTextMessage', { id: ids.bob });
    await app.sendToUsers('shop', ['carol'], 'txt', { msg: 'kept' });
    const carol = await connect(app, 'carol');
    await carol.next('onTextMessage', { msg: 'kept' });
    carol.none('onTextMessage', { msg: 'now or never' });
  });

  test('it is in the history of both', async () => {
    const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob')]);
    const ids = await app.sendToUsers('alice', ['bob'], 'txt', { msg: 'on record' });
    for (const [client, peer] of [
      [alice, 'bob'],
      [bob, 'alice'],
    ]) {
      const { messages } = await client.history(peer, { pageSize: 1 });
      assert.equal(messages[0].id, ids.bob);
    }
  });
});
