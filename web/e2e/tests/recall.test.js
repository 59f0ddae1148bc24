// Recall: the message is gone for everybody, online, offline and in history.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createApp } from '../lib/app.js';
import { connect, rejection } from '../lib/client.js';

describe('recall', () => {
  let app;
  before(async () => {
    app = await createApp('recall');
    await app.register('alice', 'bob', 'carol', 'mallory');
  });

  test('in time, with a note', async () => {
    const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob')]);
    const sent = await alice.text('bob', 'oops');
    await bob.next('onTextMessage', { id: sent.serverMsgId });
    await alice.recall(sent.serverMsgId, 'bob', 'singleChat', { ext: 'sorry' });
    const event = await bob.next('onRecallMessage', { mid: sent.serverMsgId });
    assert.equal(event.from, 'alice');
    assert.equal(event.to, 'bob');
    assert.equal(event.ext, 'sorry');
    // The recall is a meta of its own, with its own id.
    assert.notEqual(event.id, sent.serverMsgId);
    for (const [reader, peer] of [
      [alice, 'bob'],
      [bob, 'alice'],
    ]) {
      const { messages } = await reader.history(peer);
      assert.ok(messages.every((message) => message.id !== sent.serverMsgId));
    }
  });

  test('before the receiver ever saw it', async () => {
    const alice = await connect(app, 'alice');
    const oops = await alice.text('carol', 'never to be seen');
    await alice.recall(oops.serverMsgId, 'carol');
    await alice.text('carol', 'seen');
    const carol = await connect(app, 'carol');
    await carol.next('onTextMessage', { msg: 'seen' });
    const { messages } = await carol.history('alice');
    assert.ok(messages.every((message) => message.id !== oops.serverMsgId));
    // Either the text is withheld, or it comes together with its recall.
    if (carol.seen('onTextMessage', { id: oops.serverMsgId }).length > 0) {
      await carol.next('onRecallMessage', { mid: oops.serverMsgId });
    }
  });

  test('in a group', async () => {
    const group = await app.createGroup('alice', ['bob', 'carol']);
    const [alice, bob, carol] = await Promise.all(['alice', 'bob', 'carol'].map((user) => connect(app, user)));
    const sent = await alice.groupText(group, 'oops, all of you');
    await Promise.all([bob, carol].map((one) => one.next('onTextMessage', { id: sent.serverMsgId })));
    await alice.recall(sent.serverMsgId, group, 'groupChat');
    for (const member of [bob, carol]) {
      const event = await member.next('onRecallMessage', { mid: sent.serverMsgId });
      assert.equal(event.from, 'alice');
      assert.equal(event.to, group);
    }
    const { messages } = await carol.history(group, { chatType: 'groupChat' });
    assert.ok(messages.every((message) => message.id !== sent.serverMsgId));
  });

  // Trap 9: a refusal must not hang the SDK's promise.
  test('by a stranger, by the receiver and by another member is refused', async () => {
    const group = await app.createGroup('alice', ['bob']);
    const [alice, bob, mallory] = await Promise.all(['alice', 'bob', 'mallory'].map((user) => connect(app, user)));
    const sent = await alice.text('bob', 'mine to recall');
    await bob.next('onTextMessage', { id: sent.serverMsgId });
    const inGroup = await alice.groupText(group, 'mine too');
    await bob.next('onTextMessage', { id: inGroup.serverMsgId });

    const refused = [
      mallory.recall(sent.serverMsgId, 'bob'),
      mallory.recall(sent.serverMsgId, 'alice'),
      mallory.recall(inGroup.serverMsgId, group, 'groupChat'),
      bob.recall(sent.serverMsgId, 'alice'),
      bob.recall(inGroup.serverMsgId, group, 'groupChat'),
    ];
    for (const error of await Promise.all(refused.map(rejection))) assert.equal(typeof error.type, 'number');

    await alice.text('bob', 'fence');
    await bob.next('onTextMessage', { msg: 'fence' });
    await bob.text('alice', 'fence');
    await alice.next('onTextMessage', { msg: 'fence' });
    bob.none('onRecallMessage', { mid: sent.serverMsgId });
    bob.none('onRecallMessage', { mid: inGroup.serverMsgId });
    alice.none('onRecallMessage', { mid: sent.serverMsgId });
    alice.none('onRecallMessage', { mid: inGroup.serverMsgId });
    const { messages } = await bob.history('alice');
    assert.ok(messages.some((message) => message.id === sent.serverMsgId));
  });

  test('of a message that never was is refused', async () => {
    const alice = await connect(app, 'alice');
    for (const id of ['1', '18446744073709551615']) {
      const error = await rejection(alice.recall(id, 'bob'));
      assert.equal(typeof error.type, 'number');
    }
    await alice.text('bob', 'unharmed');
  });

  test('by the server: of one-to-one and group messages, in whose name it likes', async () => {
    const group = await app.createGroup('alice', ['bob']);
    const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob')]);
    const recall = (id, to, type, fields = {}) =>
      app.ok('POST', '/messages/msg_recall', { msg_id: id, to, chat_type: type, force: false, ...fields });

    const first = await alice.text('bob', 'withdrawn by the app');
    await bob.next('onTextMessage', { id: first.serverMsgId });
    const { data } = await recall(first.serverMsgId, 'bob', 'chat', { recallMessageExtensionInfo: 'by order' });
    assert.deepEqual(data, {
      recalled: 'yes',
      chattype: 'chat',
      from: 'admin',
      to: 'bob',
      msg_id: first.serverMsgId,
    });
    const event = await bob.next('onRecallMessage', { mid: first.serverMsgId });
    assert.deepEqual([event.from, event.to, event.ext], ['admin', 'bob', 'by order']);

    // In the sender's own name, its devices hear of it, too.
    const second = await alice.text('bob', 'withdrawn in her name');
    await bob.next('onTextMessage', { id: second.serverMsgId });
    await recall(second.serverMsgId, 'bob', 'chat', { from: 'alice' });
    for (const side of [alice, bob]) await side.next('onRecallMessage', { mid: second.serverMsgId, from: 'alice' });
    alice.none('onRecallMessage', { mid: first.serverMsgId });

    const third = await alice.groupText(group, 'to all');
    await bob.next('onTextMessage', { id: third.serverMsgId });
    const msgs = [{ msg_id: third.serverMsgId, to: group, chat_type: 'groupchat' }];
    const batch = await app.ok('POST', '/messages/batch_recall', { msgs });
    assert.equal(batch.data[0].recalled, 'yes');
    for (const side of [alice, bob]) {
      const gone = await side.next('onRecallMessage', { mid: third.serverMsgId });
      assert.deepEqual([gone.from, gone.to], ['admin', group]);
    }
    const { messages } = await bob.history('alice');
    assert.ok(messages.every((message) => ![first, second].some((sent) => sent.serverMsgId === message.id)));
  });

  test('twice does not announce it twice', async () => {
    const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob')]);
    const sent = await alice.text('bob', 'oops again');
    await bob.next('onTextMessage', { id: sent.serverMsgId });
    await alice.recall(sent.serverMsgId, 'bob');
    await alice.recall(sent.serverMsgId, 'bob').catch(() => {});
    await alice.text('bob', 'fence');
    await bob.next('onTextMessage', { msg: 'fence' });
    assert.equal(bob.seen('onRecallMessage', { mid: sent.serverMsgId }).length, 1);
  });

  test('of a directed message is told to those it was for', async () => {
    const [alice, bob, carol] = await Promise.all(['alice', 'bob', 'carol'].map((user) => connect(app, user)));
    const group = await app.createGroup('alice', ['bob', 'carol']);
    const sent = await alice.groupText(group, 'for bob', { receiverList: ['bob'] });
    await bob.next('onTextMessage', { id: sent.serverMsgId });
    await alice.recall(sent.serverMsgId, group, 'groupChat');
    await bob.next('onRecallMessage', { mid: sent.serverMsgId });
    await alice.groupText(group, 'fence');
    await carol.next('onTextMessage', { msg: 'fence' });
    carol.none('onRecallMessage', { mid: sent.serverMsgId });
  });

  test('by a later user of the name is refused, like an edit', async () => {
    await app.register('dave');
    const [alice, dave] = await Promise.all([connect(app, 'alice'), connect(app, 'dave')]);
    const group = await app.createGroup('alice', ['dave']);
    const sent = await dave.groupText(group, 'mine');
    await alice.next('onTextMessage', { id: sent.serverMsgId });
    await app.ok('DELETE', '/users/dave');
    await app.register('dave');
    await app.ok('POST', `/chatgroups/${group}/users`, { usernames: ['dave'] });
    const later = await connect(app, 'dave');
    const recalled = await rejection(later.recall(sent.serverMsgId, group, 'groupChat'));
    assert.equal(recalled.type, 603);
    const { messages } = await alice.history(group, { chatType: 'groupChat' });
    assert.equal(messages[0].msg, 'mine');
  });
});
