// Delivered, read, conversation read.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createApp } from '../lib/app.js';
import { connect } from '../lib/client.js';
import { BodyType, RawDevice } from '../lib/raw.js';

describe('receipts', () => {
  let app;
  before(async () => {
    app = await createApp('receipts');
    await app.register('alice', 'bob', 'carol', 'dave');
  });

  test('delivery', async () => {
    const alice = await connect(app, 'alice');
    const bob = await connect(app, 'bob', { delivery: true });
    const sent = await alice.text('bob', 'delivered?');
    await bob.next('onTextMessage', { id: sent.serverMsgId });
    const receipt = await alice.next('onDeliveredMessage', { mid: sent.serverMsgId });
    assert.equal(receipt.from, 'bob');
    assert.equal(receipt.to, 'alice');
  });

  test('delivery of a message that waited for its receiver', async () => {
    const alice = await connect(app, 'alice');
    const sent = await alice.text('dave', 'later');
    await connect(app, 'dave', { delivery: true });
    await alice.next('onDeliveredMessage', { mid: sent.serverMsgId });
  });

  test('a receiver that does not send delivery receipts causes none', async () => {
    const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob')]);
    const sent = await alice.text('bob', 'silent');
    await bob.next('onTextMessage', { id: sent.serverMsgId });
    await bob.text('alice', 'fence');
    await alice.next('onTextMessage', { msg: 'fence' });
    alice.none('onDeliveredMessage', { mid: sent.serverMsgId });
  });

  test('read', async () => {
    const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob')]);
    const sent = await alice.text('bob', 'read?');
    await bob.next('onTextMessage', { id: sent.serverMsgId });
    await bob.send({ type: 'read', to: 'alice', id: sent.serverMsgId });
    const receipt = await alice.next('onReadMessage', { mid: sent.serverMsgId });
    assert.equal(receipt.from, 'bob');
    assert.equal(receipt.to, 'alice');
  });

  test('a read receipt waits for an author who is offline', async () => {
    const [author, bob] = await Promise.all([connect(app, 'carol'), connect(app, 'bob')]);
    const sent = await author.text('bob', 'read me later');
    await bob.next('onTextMessage', { id: sent.serverMsgId });
    author.logout();
    await bob.send({ type: 'read', to: 'carol', id: sent.serverMsgId });
    const back = await connect(app, 'carol');
    await back.next('onReadMessage', { mid: sent.serverMsgId });
  });

  test('the whole conversation read', async () => {
    const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob')]);
    await bob.send({ type: 'channel', to: 'alice' });
    const receipt = await alice.next('onChannelMessage', { from: 'bob' });
    assert.equal(receipt.to, 'alice');
    assert.equal(receipt.chatType, 'singleChat');
  });

  // Trap 10: an unanswered ack makes the SDK drop the connection after 15 s.
  test('every receipt is answered', async () => {
    const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob')]);
    const sent = await alice.text('bob', 'answer these');
    await bob.next('onTextMessage', { id: sent.serverMsgId });
    await Promise.all([
      bob.send({ type: 'read', to: 'alice', id: sent.serverMsgId }),
      bob.send({ type: 'delivery', to: 'alice', ackId: sent.serverMsgId }),
      bob.send({ type: 'channel', to: 'alice' }),
      bob.send({ type: 'read', to: 'alice', id: '1' }),
    ]);
  });

  test('receipts are no messages: history and texts are untouched by them', async () => {
    const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob', { delivery: true })]);
    const sent = await alice.text('bob', 'only this');
    await bob.next('onTextMessage', { id: sent.serverMsgId });
    await bob.send({ type: 'read', to: 'alice', id: sent.serverMsgId });
    await alice.next('onReadMessage', { mid: sent.serverMsgId });
    const { messages } = await alice.history('bob', { pageSize: 3 });
    assert.equal(messages[0].id, sent.serverMsgId);
    assert.ok(
      messages.every((message) => message.type === 'txt'),
      JSON.stringify(messages),
    );
  });

  // Trap 11: the SDK parses the first ext of a receipt as JSON, and one that throws loses its batch.
  test('ext that a hostile sender puts into a receipt does not reach the author', async () => {
    const alice = await connect(app, 'alice');
    const sent = await alice.text('bob', 'be nice');
    const bob = await RawDevice.login(app, 'bob', { resource: 'hostile' });
    for (const type of [BodyType.READ_ACK, BodyType.DELIVER_ACK]) {
      const ext = [{ key: 'x', type: 7, stringValue: 'not { JSON' }];
      await bob.sendMeta(bob.jid('alice'), { type, ackMessageId: sent.serverMsgId, contents: [{}], ext });
    }
    await bob.sendText('alice', 'in the same breath');
    await alice.next('onReadMessage', { mid: sent.serverMsgId });
    await alice.next('onDeliveredMessage', { mid: sent.serverMsgId });
    await alice.next('onTextMessage', { msg: 'in the same breath' });
  });

  // Trap 23: to the author alone, with the running count.
  test('group read receipts go to the author with their count', async () => {
    const group = await app.createGroup('alice', ['bob', 'carol']);
    const [alice, bob, carol] = await Promise.all(['alice', 'bob', 'carol'].map((user) => connect(app, user)));
    const msgConfig = { allowGroupAck: true };
    const sent = await alice.groupText(group, 'please confirm', { msgConfig });
    await Promise.all([bob, carol].map((one) => one.next('onTextMessage', { id: sent.serverMsgId })));

    const ack = { type: 'read', chatType: 'groupChat', to: group, id: sent.serverMsgId, ackContent: '{"ok":1}' };
    await bob.send(ack);
    const first = await alice.next('onReadMessage', { mid: sent.serverMsgId });
    assert.equal(first.from, 'bob');
    assert.equal(first.ackContent, '{"ok":1}');
    assert.equal(Number(first.groupReadCount?.[sent.serverMsgId] ?? first.groupReadCount), 1);
    await carol.send(ack);
    const second = await alice.next('onReadMessage', { mid: sent.serverMsgId });
    assert.equal(Number(second.groupReadCount?.[sent.serverMsgId] ?? second.groupReadCount), 2);

    await alice.groupText(group, 'fence');
    await Promise.all([bob, carol].map((one) => one.next('onTextMessage', { msg: 'fence' })));
    for (const member of [bob, carol]) member.none('onReadMessage', { mid: sent.serverMsgId });
  });
});
