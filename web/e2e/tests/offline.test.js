// What was sent while a user was away: all of it, once, in order.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createApp } from '../lib/app.js';
import { connect, PATIENCE_MS } from '../lib/client.js';

const PEERS = ['peer-a', 'peer-b', 'peer-c'];
const EACH = 150;

async function inBatches(items, size, work) {
  for (let start = 0; start < items.length; start += size) {
    await Promise.all(items.slice(start, start + size).map(work));
  }
}

describe('offline messages', () => {
  let app;
  before(async () => {
    app = await createApp('offline');
    await app.register('alice', 'bob', 'carol', 'dave', ...PEERS);
  });

  test('of several conversations, over many pages', async () => {
    const sent = new Map();
    await Promise.all(
      PEERS.map(async (peer) => {
        const ids = [];
        for (let n = 0; n < EACH; n += 1) {
          const answer = await app.sendToUsers(peer, ['bob'], 'txt', { msg: `${peer} ${n}` });
          ids.push(answer.bob);
        }
        sent.set(peer, ids);
      }),
    );

    const bob = await connect(app, 'bob', { device: 'pc' });
    await bob.next('onOfflineMessageSyncStart');
    const received = await bob.collect('onTextMessage', PEERS.length * EACH, undefined, 2 * PATIENCE_MS);
    await bob.next('onOfflineMessageSyncFinish');
    for (const peer of PEERS) {
      const own = received.filter((message) => message.from === peer);
      assert.deepEqual(
        own.map((message) => message.msg),
        Array.from({ length: EACH }, (_, n) => `${peer} ${n}`),
      );
      assert.deepEqual(
        own.map((message) => message.id),
        sent.get(peer),
      );
    }

    // Live traffic works at once, and nothing came twice (traps 5, 6 and 7).
    await app.sendToUsers('peer-a', ['bob'], 'txt', { msg: 'live' });
    await bob.next('onTextMessage', { msg: 'live' });
    assert.equal(bob.seen('onTextMessage').length, PEERS.length * EACH + 1);

    // What was acknowledged is not served again to the same device.
    bob.logout();
    const again = await connect(app, 'bob', { device: 'pc' });
    await app.sendToUsers('peer-a', ['bob'], 'txt', { msg: 'fence' });
    await again.next('onTextMessage', { msg: 'fence' });
    assert.equal(again.seen('onTextMessage').length, 1);
  });

  test('of more conversations than one list holds', async () => {
    const others = Array.from({ length: 1030 }, (_, n) => `caller-${n}`);
    await inBatches(others, 20, (other) => app.sendToUsers(other, ['carol'], 'txt', { msg: `from ${other}` }));

    const carol = await connect(app, 'carol', { device: 'pc' });
    const received = await carol.collect('onTextMessage', others.length, undefined, 2 * PATIENCE_MS);
    assert.deepEqual(received.map((message) => message.from).sort(), others.toSorted());
  });

  // Trap 7: NOTICE and UNREAD race at login; each message must come once all the same.
  test('messages that arrive during the login', async () => {
    const alice = await connect(app, 'alice');
    const count = 120;
    const sending = (async () => {
      for (let n = 0; n < count; n += 1) await alice.text('carol', `racing ${n}`);
    })();
    await alice.next('onReceivedMessage');
    const carol = await connect(app, 'carol');
    const received = await carol.collect('onTextMessage', count);
    await sending;
    assert.deepEqual(
      received.map((message) => message.msg),
      Array.from({ length: count }, (_, n) => `racing ${n}`),
    );
    await alice.text('carol', 'fence');
    await carol.next('onTextMessage', { msg: 'fence' });
    assert.equal(carol.seen('onTextMessage').length, count + 1);
  });

  test('everything that can wait, waits: kinds of messages, receipts, recalls, group events', async () => {
    const first = await connect(app, 'dave', { device: 'pc' });
    const alice = await connect(app, 'alice');
    const toAck = await first.text('alice', 'ack me');
    await alice.next('onTextMessage', { id: toAck.serverMsgId });
    const toRecall = await alice.text('dave', 'to be recalled');
    await first.next('onTextMessage', { id: toRecall.serverMsgId });
    // The acknowledgement of the pull must have arrived before the device goes.
    await alice.text('dave', 'fence');
    await first.next('onTextMessage', { msg: 'fence' });
    await first.text('alice', 'fence');
    await alice.next('onTextMessage', { msg: 'fence' });
    first.logout();

    await alice.send({ type: 'loc', to: 'dave', addr: 'a', buildingName: 'b', lat: 1, lng: 2 });
    await alice.send({ type: 'cmd', to: 'dave', action: 'wake' });
    await alice.send({ type: 'custom', to: 'dave', customEvent: 'e', customExts: { k: 'v' } });
    await alice.send({ type: 'read', to: 'dave', id: toAck.serverMsgId });
    await alice.recall(toRecall.serverMsgId, 'dave');
    const group = await app.createGroup('alice', ['dave']);
    await alice.groupText(group, 'in the group');

    const dave = await connect(app, 'dave', { device: 'pc' });
    await Promise.all([
      dave.next('onLocationMessage'),
      dave.next('onCmdMessage', { action: 'wake' }),
      dave.next('onCustomMessage', { customEvent: 'e' }),
      dave.next('onReadMessage', { mid: toAck.serverMsgId }),
      dave.next('onRecallMessage', { mid: toRecall.serverMsgId }),
      dave.next('onGroupEvent', { operation: 'directJoined', id: group }),
      dave.next('onTextMessage', { to: group, msg: 'in the group' }),
    ]);
  });
});
