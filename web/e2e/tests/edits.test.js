// Edits: those who have the message get the new text, those who come later find it in its place.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createApp } from '../lib/app.js';
import { connect, eventually, rejection, within } from '../lib/client.js';

// Errors of the SDK.
const MAX_LIMIT = 50;
const NOT_ENABLED = 505;
const GROUP_NOT_JOINED = 602;
const PERMISSION_DENIED = 603;
const MESSAGE_NOT_EXIST = 1302;
const FORMAT_INCORRECT = 1303;

describe('editing messages', () => {
  let app;
  before(async () => {
    app = await createApp('edits');
    await app.register('alice', 'bob', 'carol', 'mallory');
  });

  const login = (...users) => Promise.all(users.map((user) => connect(app, user)));

  /** The SDK's own call with a message made by it. */
  function modify(client, messageId, to, fields = {}) {
    const made = { type: 'txt', chatType: 'singleChat', to, ...fields };
    const modifiedMessage = client.WebIM.message.create(made);
    return within(`${client.user} edits`, client.connection.modifyMessage({ messageId, modifiedMessage }));
  }

  test('a text: the other side, the other device, the answer and history', async () => {
    const [alice, bob] = await login('alice', 'bob');
    const phone = await connect(app, 'alice', { device: 'phone' });
    const sent = await alice.text('bob', 'helo', { ext: { k: 'v' } });
    for (const side of [bob, phone]) await side.next('onTextMessage', { id: sent.serverMsgId });
    const result = await modify(alice, sent.serverMsgId, 'bob', { msg: 'hello 👋' });
    assert.equal(result.modifiedInfo.operationCount, 1);
    assert.equal(result.modifiedInfo.operatorId, 'alice');
    assert.ok(result.modifiedInfo.operationTime >= sent.message.time);
    assert.deepEqual(
      [result.message.id, result.message.msg, result.message.from, result.message.chatType, result.message.time],
      [sent.serverMsgId, 'hello 👋', 'alice', 'singleChat', sent.message.time],
    );
    for (const side of [bob, phone]) {
      const event = await side.next('onModifiedMessage', { id: sent.serverMsgId });
      assert.deepEqual(
        [event.type, event.msg, event.from, event.to, event.chatType, event.time],
        ['txt', 'hello 👋', 'alice', 'bob', 'singleChat', sent.message.time],
      );
      assert.deepEqual(event.ext, { k: 'v' });
      assert.deepEqual(event.modifiedInfo, result.modifiedInfo);
    }
    // With an ext of its own, which replaces the old one.
    await modify(alice, sent.serverMsgId, 'bob', { msg: 'hello', ext: { n: 1 } });
    const event = await bob.next('onModifiedMessage', { msg: 'hello' });
    assert.deepEqual([event.ext, event.modifiedInfo.operationCount], [{ n: 1 }, 2]);
    for (const [reader, peer] of [
      [alice, 'bob'],
      [bob, 'alice'],
    ]) {
      const { messages } = await reader.history(peer);
      const message = messages.find((one) => one.id === sent.serverMsgId);
      assert.deepEqual([message.msg, message.ext, message.time], ['hello', { n: 1 }, sent.message.time]);
      assert.equal(message.modifiedInfo.operationCount, 2);
      assert.equal(messages.filter((one) => one.msg?.startsWith('hel')).length, 1);
    }
    alice.none('onModifiedMessage');
  });

  test('who was away gets the text as it is now', async () => {
    const [alice] = await login('alice');
    const first = await connect(app, 'carol');
    const read = await alice.text('carol', 'read before');
    await first.next('onTextMessage', { id: read.serverMsgId });
    first.logout();
    const unread = await alice.text('carol', 'never to be seen');
    await modify(alice, unread.serverMsgId, 'carol', { msg: 'as it is now' });
    await modify(alice, read.serverMsgId, 'carol', { msg: 'edited since' });
    const carol = await connect(app, 'carol');
    const got = await carol.next('onTextMessage', { id: unread.serverMsgId });
    assert.equal(got.msg, 'as it is now');
    assert.equal(got.modifiedInfo.operationCount, 1);
    await carol.next('onModifiedMessage', { id: read.serverMsgId, msg: 'edited since' });
    carol.none('onTextMessage', { id: read.serverMsgId });
  });

  test('custom messages whole, others their ext only', async () => {
    const [alice, bob] = await login('alice', 'bob');
    const custom = { type: 'custom', to: 'bob', customEvent: 'one', customExts: { a: '1' } };
    const sent = await alice.send(custom);
    await bob.next('onCustomMessage', { id: sent.serverMsgId });
    await modify(alice, sent.serverMsgId, 'bob', { type: 'custom', customEvent: 'two', customExts: { b: '2' } });
    const event = await bob.next('onModifiedMessage', { id: sent.serverMsgId });
    assert.deepEqual([event.customEvent, event.customExts], ['two', { b: '2' }]);

    const place = { type: 'loc', addr: 'a', buildingName: 'b', lat: 1, lng: 2 };
    const where = await alice.send({ ...place, to: 'bob' });
    await bob.next('onLocationMessage', { id: where.serverMsgId });
    await modify(alice, where.serverMsgId, 'bob', { ...place, addr: 'elsewhere', ext: { floor: 3 } });
    const moved = await bob.next('onModifiedMessage', { id: where.serverMsgId });
    assert.deepEqual([moved.type, moved.addr, moved.ext], ['loc', 'a', { floor: 3 }]);
    const { messages } = await bob.history('alice');
    const seen = (id) => messages.find((message) => message.id === id);
    assert.equal(seen(sent.serverMsgId).customEvent, 'two');
    assert.deepEqual([seen(where.serverMsgId).addr, seen(where.serverMsgId).ext], ['a', { floor: 3 }]);

    const nothing = await rejection(modify(alice, where.serverMsgId, 'bob', place));
    assert.equal(nothing.type, FORMAT_INCORRECT);
    const another = await rejection(modify(alice, where.serverMsgId, 'bob', { msg: 'a text' }));
    assert.equal(another.type, FORMAT_INCORRECT);
    const command = await alice.send({ type: 'cmd', to: 'bob', action: 'go' });
    const obeyed = modify(alice, command.serverMsgId, 'bob', { type: 'cmd', action: 'stop', ext: { a: 1 } });
    assert.equal((await rejection(obeyed)).type, FORMAT_INCORRECT);
  });

  test('in a group: members hear of it, owner and administrators may correct', async () => {
    const group = await app.createGroup('alice', ['bob', 'carol']);
    const [alice, bob, carol, mallory] = await login('alice', 'bob', 'carol', 'mallory');
    const inGroup = (fields) => ({ chatType: 'groupChat', ...fields });
    const sent = await bob.groupText(group, 'rude');
    await carol.next('onTextMessage', { id: sent.serverMsgId });
    const refused = await rejection(modify(carol, sent.serverMsgId, group, inGroup({ msg: 'mine' })));
    assert.equal(refused.type, PERMISSION_DENIED);
    const outsider = await rejection(modify(mallory, sent.serverMsgId, group, inGroup({ msg: 'x' })));
    assert.equal(outsider.type, GROUP_NOT_JOINED);
    const result = await modify(alice, sent.serverMsgId, group, inGroup({ msg: 'polite' }));
    assert.equal(result.modifiedInfo.operatorId, 'alice');
    assert.equal(result.message.from, 'bob');
    for (const member of [bob, carol]) {
      const event = await member.next('onModifiedMessage', { id: sent.serverMsgId });
      assert.deepEqual(
        [event.msg, event.from, event.to, event.chatType, event.modifiedInfo.operatorId],
        ['polite', 'bob', group, 'groupChat', 'alice'],
      );
    }
    const { messages } = await carol.history(group, { chatType: 'groupChat' });
    assert.deepEqual([messages[0].msg, messages[0].from], ['polite', 'bob']);
  });

  test('in a chat room', async () => {
    const body = { name: 'Lobby', description: 'd', owner: 'alice' };
    const room = (await app.ok('POST', '/chatrooms', body)).data.id;
    const [bob, carol] = await login('bob', 'carol');
    for (const one of [bob, carol]) await within('join', one.connection.joinChatRoom({ roomId: room }));
    const sent = await bob.text(room, 'helo', { chatType: 'chatRoom' });
    await carol.next('onTextMessage', { id: sent.serverMsgId });
    const result = await modify(bob, sent.serverMsgId, room, { chatType: 'chatRoom', msg: 'hello' });
    assert.equal(result.message.chatType, 'chatRoom');
    const event = await carol.next('onModifiedMessage', { id: sent.serverMsgId });
    assert.deepEqual([event.msg, event.from, event.to, event.chatType], ['hello', 'bob', room, 'chatRoom']);
  });

  test('in a thread', async () => {
    const group = await app.createGroup('alice', ['bob', 'carol']);
    const [alice, bob, carol] = await login('alice', 'bob', 'carol');
    const parent = await alice.groupText(group, 'parent');
    const made = { parentId: group, name: 'aside', messageId: parent.serverMsgId };
    const thread = (await within('create', bob.connection.createChatThread(made))).data.chatThreadId;
    await within('join', carol.connection.joinChatThread({ chatThreadId: thread }));
    const inThread = (fields) => ({ chatType: 'groupChat', isChatThread: true, ...fields });
    const sent = await carol.text(thread, 'helo', inThread());
    await bob.next('onTextMessage', { id: sent.serverMsgId });
    const result = await modify(carol, sent.serverMsgId, thread, inThread({ msg: 'hello' }));
    assert.equal(result.message.msg, 'hello');
    const event = await bob.next('onModifiedMessage', { id: sent.serverMsgId });
    assert.deepEqual([event.msg, event.from, event.to, event.chatType], ['hello', 'carol', thread, 'groupChat']);
    assert.equal(event.chatThread.parentId, group);
    // The group's owner, and not who made the thread.
    const maker = modify(bob, sent.serverMsgId, thread, inThread({ msg: 'x' }));
    assert.equal((await rejection(maker)).type, PERMISSION_DENIED);
    await within('join', alice.connection.joinChatThread({ chatThreadId: thread }));
    await modify(alice, sent.serverMsgId, thread, inThread({ msg: 'hello all' }));
    await bob.next('onModifiedMessage', { id: sent.serverMsgId, msg: 'hello all' });
    const { messages } = await bob.history(thread, { chatType: 'groupChat' });
    assert.deepEqual([messages[0].msg, messages[0].modifiedInfo.operationCount], ['hello all', 2]);
    assert.equal(messages[0].chatThread.parentId, group);
  });

  test('refusals have the codes of the SDK', async () => {
    const [alice, bob, mallory] = await login('alice', 'bob', 'mallory');
    const sent = await alice.text('bob', 'mine');
    const type = async (promise) => (await rejection(promise)).type;
    assert.equal(await type(modify(bob, sent.serverMsgId, 'alice', { msg: 'x' })), PERMISSION_DENIED);
    assert.equal(await type(modify(mallory, sent.serverMsgId, 'alice', { msg: 'x' })), MESSAGE_NOT_EXIST);
    assert.equal(await type(modify(alice, '1', 'bob', { msg: 'x' })), MESSAGE_NOT_EXIST);
    for (let n = 1; n <= 10; n += 1) await modify(alice, sent.serverMsgId, 'bob', { msg: `edit ${n}` });
    assert.equal(await type(modify(alice, sent.serverMsgId, 'bob', { msg: 'edit 11' })), MAX_LIMIT);
    await bob.next('onModifiedMessage', { msg: 'edit 10' });
    bob.none('onModifiedMessage', { msg: 'edit 11' });
    await alice.recall(sent.serverMsgId, 'bob');
    assert.equal(await type(modify(alice, sent.serverMsgId, 'bob', { msg: 'x' })), MESSAGE_NOT_EXIST);
  });

  test('switched off it is 505, a limit of the app holds at once', async () => {
    const own = await createApp('edits-off');
    await own.register('alice', 'bob');
    const alice = await connect(own, 'alice');
    const sent = await alice.text('bob', 'x');
    await own.feature('message_edits_max', '1');
    await eventually(async () => {
      const one = await alice.text('bob', 'once');
      await modify(alice, one.serverMsgId, 'bob', { msg: '1' });
      assert.equal((await rejection(modify(alice, one.serverMsgId, 'bob', { msg: '2' }))).type, MAX_LIMIT);
    });
    await own.feature('message_edit', 'off');
    await eventually(async () => {
      assert.equal((await rejection(modify(alice, sent.serverMsgId, 'bob', { msg: 'y' }))).type, NOT_ENABLED);
    });
  });

  test('a recalled message is gone with its edits', async () => {
    const [alice] = await login('alice');
    const sent = await alice.text('mallory', 'secret');
    await modify(alice, sent.serverMsgId, 'mallory', { msg: 'secret too' });
    await alice.recall(sent.serverMsgId, 'mallory', 'singleChat', { ext: 'sorry' });
    const fence = await alice.text('mallory', 'fence');
    const mallory = await connect(app, 'mallory');
    await mallory.next('onTextMessage', { id: fence.serverMsgId });
    assert.equal((await mallory.next('onRecallMessage', { mid: sent.serverMsgId })).ext, 'sorry');
    mallory.none('onTextMessage', { id: sent.serverMsgId });
    mallory.none('onModifiedMessage', { id: sent.serverMsgId });
  });

  test('by the server', async () => {
    const [alice, bob] = await login('alice', 'bob');
    const sent = await alice.text('bob', 'as sent', { ext: { a: 1, b: 2 } });
    await bob.next('onTextMessage', { id: sent.serverMsgId });
    const body = { new_msg: { type: 'txt', msg: 'as moderated' }, new_ext: { b: 3 }, is_combine_ext: true };
    const answer = await app.ok('PUT', `/messages/rewrite/${sent.serverMsgId}`, body);
    assert.equal(answer.data, 'success');
    for (const side of [alice, bob]) {
      const event = await side.next('onModifiedMessage', { id: sent.serverMsgId });
      assert.deepEqual([event.msg, event.from, event.modifiedInfo.operatorId], ['as moderated', 'alice', 'admin']);
      assert.deepEqual(event.ext, { a: 1, b: 3 });
    }
  });
});
