// Pinned messages of one-to-one conversations, groups and chat rooms.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createApp } from '../lib/app.js';
import { connect, eventually, rejection, within } from '../lib/client.js';

// Errors of the SDK.
const BAD_PARAMETER = -3;
const MAX_LIMIT = 50;
const MESSAGE_NOT_FOUND = 51;
const NOT_ENABLED = 505;
const GROUP_NOT_JOINED = 602;
const CHATROOM_NOT_JOINED = 702;

describe('pinned messages', () => {
  let app;
  before(async () => {
    app = await createApp('pins');
    await app.register('alice', 'bob', 'carol', 'mallory');
  });

  const login = (...users) => Promise.all(users.map((user) => connect(app, user)));
  const call = (client, method, conversationType, conversationId, fields = {}) =>
    within(
      `${client.user}: ${method}`,
      client.connection[method]({ conversationType, conversationId, ...fields }),
    );
  const pin = (client, type, id, messageId) => call(client, 'pinMessage', type, id, { messageId });
  const unpin = (client, type, id, messageId) => call(client, 'unpinMessage', type, id, { messageId });
  const pinned = async (client, type, id, fields) =>
    (await call(client, 'getServerPinnedMessages', type, id, fields)).data;

  test('in a group: all members, the operator’s other device, and the list', async () => {
    const group = await app.createGroup('alice', ['bob', 'carol']);
    const [alice, bob, carol] = await login('alice', 'bob', 'carol');
    const phone = await connect(app, 'bob', { device: 'phone' });
    const first = await alice.groupText(group, 'first', { ext: { k: 'v' } });
    const second = await alice.send({
      type: 'custom',
      to: group,
      chatType: 'groupChat',
      customEvent: 'poll',
      customExts: { a: '1' },
    });
    await pin(bob, 'groupChat', group, first.serverMsgId);
    for (const one of [alice, carol, phone]) {
      const event = await one.next('onMessagePinEvent', { messageId: first.serverMsgId });
      assert.deepEqual(
        [event.operation, event.operatorId, event.conversationId, event.conversationType],
        ['pin', 'bob', group, 'groupChat'],
      );
      assert.ok(event.time >= first.message.time);
    }
    bob.none('onMessagePinEvent');
    await pin(carol, 'groupChat', group, second.serverMsgId);
    const { list, cursor } = await pinned(alice, 'groupChat', group);
    assert.equal(cursor, '');
    assert.deepEqual(
      list.map(({ message, operatorId }) => [message.id, message.type, message.from, message.to, operatorId]),
      [
        [second.serverMsgId, 'custom', 'alice', group, 'carol'],
        [first.serverMsgId, 'txt', 'alice', group, 'bob'],
      ],
    );
    assert.deepEqual([list[1].message.msg, list[1].message.ext], ['first', { k: 'v' }]);
    assert.deepEqual(list[0].message.customExts, { a: '1' });
    assert.equal(list[0].message.chatType, 'groupChat');
    assert.ok(list[0].pinTime >= list[1].pinTime);
    const page = await pinned(alice, 'groupChat', group, { pageSize: 1 });
    assert.equal(page.list[0].message.id, second.serverMsgId);
    const rest = await pinned(alice, 'groupChat', group, { pageSize: 1, cursor: page.cursor });
    assert.deepEqual([rest.list[0].message.id, rest.cursor], [first.serverMsgId, '']);

    await unpin(alice, 'groupChat', group, first.serverMsgId);
    const event = await carol.next('onMessagePinEvent', { operation: 'unpin' });
    assert.deepEqual([event.messageId, event.operatorId], [first.serverMsgId, 'alice']);
    await alice.recall(second.serverMsgId, group, 'groupChat');
    assert.deepEqual((await pinned(bob, 'groupChat', group)).list, []);
  });

  test('one-to-one', async () => {
    const [alice, bob] = await login('alice', 'bob');
    const sent = await alice.text('bob', 'the address');
    await pin(bob, 'singleChat', 'alice', sent.serverMsgId);
    const event = await alice.next('onMessagePinEvent', { messageId: sent.serverMsgId });
    assert.deepEqual(
      [event.operation, event.operatorId, event.conversationId, event.conversationType],
      ['pin', 'bob', 'bob', 'singleChat'],
    );
    for (const [side, peer] of [
      [alice, 'bob'],
      [bob, 'alice'],
    ]) {
      const { list } = await pinned(side, 'singleChat', peer);
      assert.deepEqual([list[0].message.msg, list[0].message.chatType], ['the address', 'singleChat']);
    }
  });

  test('in a thread', async () => {
    const group = await app.createGroup('alice', ['bob', 'carol']);
    const [alice, bob, carol] = await login('alice', 'bob', 'carol');
    const parent = await alice.groupText(group, 'parent');
    const made = { parentId: group, name: 'aside', messageId: parent.serverMsgId };
    const thread = (await within('create', bob.connection.createChatThread(made))).data.chatThreadId;
    await within('join', carol.connection.joinChatThread({ chatThreadId: thread }));
    const sent = await bob.text(thread, 'result', { chatType: 'groupChat', isChatThread: true });
    await carol.next('onTextMessage', { id: sent.serverMsgId });
    await pin(carol, 'groupChat', thread, sent.serverMsgId);
    const event = await bob.next('onMessagePinEvent', { messageId: sent.serverMsgId });
    assert.deepEqual([event.conversationId, event.conversationType, event.operatorId], [thread, 'groupChat', 'carol']);
    const { list } = await pinned(alice, 'groupChat', thread);
    assert.deepEqual([list[0].message.msg, list[0].message.to], ['result', thread]);
    assert.deepEqual((await pinned(alice, 'groupChat', group)).list, []);
  });

  test('in a chat room: those who are there', async () => {
    const body = { name: 'Lobby', description: 'd', owner: 'alice' };
    const room = (await app.ok('POST', '/chatrooms', body)).data.id;
    const [alice, bob, mallory] = await login('alice', 'bob', 'mallory');
    await within('join', bob.connection.joinChatRoom({ roomId: room }));
    const sent = await bob.text(room, 'rules', { chatType: 'chatRoom' });
    await alice.next('onTextMessage', { id: sent.serverMsgId });
    await pin(alice, 'chatRoom', room, sent.serverMsgId);
    const event = await bob.next('onMessagePinEvent', { messageId: sent.serverMsgId });
    assert.deepEqual([event.conversationType, event.conversationId], ['chatRoom', room]);
    const { list } = await pinned(bob, 'chatRoom', room);
    assert.deepEqual([list[0].message.msg, list[0].message.chatType], ['rules', 'chatRoom']);
    const outside = await rejection(pinned(mallory, 'chatRoom', room));
    assert.equal(outside.type, CHATROOM_NOT_JOINED);
  });

  test('refusals have the codes of the SDK', async () => {
    const own = await createApp('pins-limits');
    await own.register('alice', 'bob', 'mallory');
    const group = await own.createGroup('alice', ['bob']);
    const [alice, mallory] = await Promise.all(['alice', 'mallory'].map((user) => connect(own, user)));
    const ids = [];
    for (let n = 0; n < 3; n += 1) ids.push((await alice.groupText(group, `${n}`)).serverMsgId);
    const type = async (promise) => (await rejection(promise)).type;
    assert.equal(await type(pin(alice, 'groupChat', group, '1')), MESSAGE_NOT_FOUND);
    assert.equal(await type(unpin(alice, 'groupChat', group, ids[0])), MESSAGE_NOT_FOUND);
    assert.equal(await type(pin(alice, 'groupChat', group, 'abc')), BAD_PARAMETER);
    assert.equal(await type(pin(mallory, 'groupChat', group, ids[0])), GROUP_NOT_JOINED);
    await pin(alice, 'groupChat', group, ids[0]);
    await own.feature('pinned_messages_max', '1');
    await eventually(async () => {
      // A message that is pinned already may be pinned again.
      const { serverMsgId } = await alice.groupText(group, 'one more');
      assert.equal(await type(pin(alice, 'groupChat', group, serverMsgId)), MAX_LIMIT);
    });
    await own.feature('message_pin', 'off');
    await eventually(async () => assert.equal(await type(pinned(alice, 'groupChat', group)), NOT_ENABLED));
    assert.equal(await type(pin(alice, 'groupChat', group, ids[2])), NOT_ENABLED);
  });
});
