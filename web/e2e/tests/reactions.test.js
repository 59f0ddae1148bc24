// Reactions below messages, live and in history.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createApp } from '../lib/app.js';
import { connect, eventually, rejection, within } from '../lib/client.js';

// Errors of the SDK.
const MAX_LIMIT = 50;
const NOT_ENABLED = 505;
const GROUP_NOT_JOINED = 602;
const GROUP_NOT_EXIST = 605;
const ALREADY_ADDED = 1101;
const ILLEGAL = 1103;

describe('reactions', () => {
  let app;
  before(async () => {
    app = await createApp('reactions');
    await app.register('alice', 'bob', 'carol', 'dave', 'mallory');
  });

  const login = (...users) => Promise.all(users.map((user) => connect(app, user)));
  const call = (client, method, options) => within(`${client.user}: ${method}`, client.connection[method](options));
  const add = (client, messageId, reaction) => call(client, 'addReaction', { messageId, reaction });
  const remove = (client, messageId, reaction) => call(client, 'deleteReaction', { messageId, reaction });
  const list = (client, messageId, group) =>
    call(client, 'getReactionList', {
      messageId,
      chatType: group ? 'groupChat' : 'singleChat',
      ...(group && { groupId: group }),
    });

  test('one-to-one: both sides and the other device hear of it, history shows it', async () => {
    const [alice, bob] = await login('alice', 'bob');
    const phone = await connect(app, 'bob', { device: 'phone' });
    const sent = await alice.text('bob', 'news');
    await bob.next('onTextMessage', { id: sent.serverMsgId });
    await add(bob, sent.serverMsgId, '👍');
    for (const [side, state] of [
      [alice, false],
      [phone, true],
    ]) {
      const event = await side.next('onReactionChange', { messageId: sent.serverMsgId });
      assert.deepEqual([event.from, event.to, event.chatType], ['alice', 'bob', 'singleChat']);
      assert.ok(event.ts >= sent.message.time);
      const [row] = event.reactions;
      assert.deepEqual([row.reaction, row.count, row.userList, row.state], ['👍', 1, ['bob'], state]);
      assert.deepEqual(row.op, [{ operator: 'bob', reactionType: 'create' }]);
    }
    const { data } = await list(alice, sent.serverMsgId);
    assert.equal(data[0].msgId, sent.serverMsgId);
    assert.deepEqual(data[0].reactionList, [
      { reaction: '👍', count: 1, userCount: 1, userList: ['bob'], isAddedBySelf: false },
    ]);
    const { messages } = await bob.history('alice');
    const message = messages.find((one) => one.id === sent.serverMsgId);
    assert.deepEqual(
      message.reactions.map(({ reaction, count, isAddedBySelf }) => [reaction, count, isAddedBySelf]),
      [['👍', 1, true]],
    );

    await remove(bob, sent.serverMsgId, '👍');
    const gone = await alice.next('onReactionChange', { messageId: sent.serverMsgId });
    assert.deepEqual([gone.reactions[0].count, gone.reactions[0].userList], [0, []]);
    assert.deepEqual(gone.reactions[0].op, [{ operator: 'bob', reactionType: 'delete' }]);
    await phone.next('onReactionChange', { messageId: sent.serverMsgId });
    assert.deepEqual((await list(bob, sent.serverMsgId)).data[0].reactionList, []);
  });

  test('the only device of its user does not hear of what it did', async () => {
    const [alice, bob] = await login('alice', 'bob');
    const sent = await alice.text('bob', 'x');
    await bob.next('onTextMessage', { id: sent.serverMsgId });
    await add(bob, sent.serverMsgId, 'a');
    await alice.next('onReactionChange', { messageId: sent.serverMsgId });
    await alice.text('bob', 'fence');
    await bob.next('onTextMessage', { msg: 'fence' });
    bob.none('onReactionChange', { messageId: sent.serverMsgId });
  });

  test('in a group: members hear of it, also when they come back', async () => {
    const group = await app.createGroup('alice', ['bob', 'carol', 'dave']);
    const [alice, bob, carol] = await login('alice', 'bob', 'carol');
    const away = await connect(app, 'dave');
    const sent = await alice.groupText(group, 'vote');
    await Promise.all([bob, carol, away].map((one) => one.next('onTextMessage', { id: sent.serverMsgId })));
    away.logout();
    for (const one of [carol, bob, alice]) await add(one, sent.serverMsgId, 'emoji_1');
    await add(bob, sent.serverMsgId, 'emoji_2');
    const events = await carol.collect('onReactionChange', 3, { messageId: sent.serverMsgId });
    assert.deepEqual(
      events.map((event) => [event.from, event.to, event.chatType]),
      Array(3).fill(['alice', group, 'groupChat']),
    );
    const [first, second] = events[2].reactions;
    assert.deepEqual([first.reaction, first.count, first.userList], ['emoji_1', 3, ['carol', 'bob', 'alice']]);
    assert.deepEqual([first.op, second.op], [undefined, [{ operator: 'bob', reactionType: 'create' }]]);

    const dave = await connect(app, 'dave');
    const missed = await dave.collect('onReactionChange', 4, { messageId: sent.serverMsgId });
    assert.equal(missed[3].reactions.length, 2);
    const { messages } = await dave.history(group, { chatType: 'groupChat' });
    assert.deepEqual(
      messages[0].reactions.map(({ reaction, count, isAddedBySelf }) => [reaction, count, isAddedBySelf]),
      [
        ['emoji_1', 3, false],
        ['emoji_2', 1, false],
      ],
    );
    assert.equal(messages.length, 1);
    const { data } = await list(bob, [sent.serverMsgId, '1'], group);
    assert.deepEqual(
      data.map((row) => row.reactionList.map((reaction) => reaction.isAddedBySelf)),
      [[true, true], []],
    );
    // Page by page.
    const detail = (cursor) =>
      call(dave, 'getReactionDetail', { messageId: sent.serverMsgId, reaction: 'emoji_1', pageSize: 2, cursor });
    const page = (await detail(null)).data;
    assert.deepEqual(
      [page.reaction, page.userCount, page.isAddedBySelf, page.userList],
      ['emoji_1', 3, false, ['carol', 'bob']],
    );
    const rest = (await detail(page.cursor)).data;
    assert.deepEqual([rest.userList, rest.cursor], [['alice'], null]);
  });

  test('in a thread: those who are in it', async () => {
    const group = await app.createGroup('alice', ['bob', 'carol']);
    const [alice, bob, carol] = await login('alice', 'bob', 'carol');
    const parent = await alice.groupText(group, 'parent');
    const made = { parentId: group, name: 'aside', messageId: parent.serverMsgId };
    const thread = (await call(bob, 'createChatThread', made)).data.chatThreadId;
    await call(carol, 'joinChatThread', { chatThreadId: thread });
    const sent = await bob.text(thread, 'vote', { chatType: 'groupChat', isChatThread: true });
    await carol.next('onTextMessage', { id: sent.serverMsgId });
    await add(carol, sent.serverMsgId, 'a');
    const event = await bob.next('onReactionChange', { messageId: sent.serverMsgId });
    assert.deepEqual([event.to, event.chatType, event.reactions[0].userList], [thread, 'groupChat', ['carol']]);
    // Asked for as the thread's, or as the group's.
    for (const place of [thread, group]) {
      const { data } = await list(bob, sent.serverMsgId, place);
      assert.deepEqual(data[0].reactionList.map((one) => one.reaction), ['a']);
    }
    const { messages } = await carol.history(thread, { chatType: 'groupChat' });
    assert.deepEqual([messages[0].reactions[0].count, messages[0].reactions[0].isAddedBySelf], [1, true]);
    alice.none('onReactionChange', { messageId: sent.serverMsgId });
  });

  test('nothing that was added to a message is unread or the last message', async () => {
    const group = await app.createGroup('alice', ['bob', 'carol']);
    const [alice, bob] = await login('alice', 'bob');
    const sent = await alice.groupText(group, 'helo');
    const modifiedMessage = alice.WebIM.message.create({ type: 'txt', chatType: 'groupChat', to: group, msg: 'hello' });
    await call(alice, 'modifyMessage', { messageId: sent.serverMsgId, modifiedMessage });
    await add(bob, sent.serverMsgId, 'a');
    const place = { conversationType: 'groupChat', conversationId: group };
    await call(bob, 'pinMessage', { ...place, messageId: sent.serverMsgId });
    const carol = await connect(app, 'carol');
    await carol.next('onTextMessage', { id: sent.serverMsgId, msg: 'hello' });
    const { data } = await call(carol, 'getServerConversations', { pageSize: 20 });
    const shown = data.conversations.find((one) => one.conversationId === group);
    assert.equal(shown.unReadCount, 1);
    assert.deepEqual([shown.lastMessage.id, shown.lastMessage.msg], [sent.serverMsgId, 'hello']);
    const { messages } = await carol.history(group, { chatType: 'groupChat' });
    assert.equal(messages.length, 1);
  });

  test('refusals have the codes of the SDK', async () => {
    const group = await app.createGroup('alice', ['bob']);
    const [alice, bob, mallory] = await login('alice', 'bob', 'mallory');
    const sent = await alice.text('bob', 'x');
    const type = async (promise) => (await rejection(promise)).type;
    await add(bob, sent.serverMsgId, 'a');
    assert.equal(await type(add(bob, sent.serverMsgId, 'a')), ALREADY_ADDED);
    assert.equal(await type(add(mallory, sent.serverMsgId, 'a')), ILLEGAL);
    assert.equal(await type(remove(alice, sent.serverMsgId, 'a')), ILLEGAL);
    assert.equal(await type(add(alice, '1', 'a')), ILLEGAL);
    assert.equal(await type(list(mallory, sent.serverMsgId, group)), GROUP_NOT_JOINED);
    const noGroup = call(bob, 'getReactionList', { messageId: sent.serverMsgId, chatType: 'groupChat' });
    assert.equal(await type(noGroup), GROUP_NOT_EXIST);
    // What the SDK does not encode arrives all the same.
    await add(bob, sent.serverMsgId, '+1 ok');
    await remove(bob, sent.serverMsgId, '+1 ok');
    for (let n = 2; n <= 20; n += 1) await add(alice, sent.serverMsgId, `kind ${n}`);
    assert.equal(await type(add(alice, sent.serverMsgId, 'one too many')), MAX_LIMIT);
    await alice.recall(sent.serverMsgId, 'bob');
    assert.equal(await type(add(bob, sent.serverMsgId, 'b')), ILLEGAL);
    assert.deepEqual((await list(bob, sent.serverMsgId)).data[0].reactionList, []);
  });

  test('switched off they are 505 and out of sight', async () => {
    const own = await createApp('reactions-off');
    await own.register('alice', 'bob');
    const [alice, bob] = await Promise.all(['alice', 'bob'].map((user) => connect(own, user)));
    const sent = await alice.text('bob', 'x');
    await add(bob, sent.serverMsgId, 'a');
    await own.feature('reaction', 'off');
    await eventually(async () => {
      assert.equal((await rejection(list(bob, sent.serverMsgId))).type, NOT_ENABLED);
    });
    assert.equal((await rejection(add(alice, sent.serverMsgId, 'a'))).type, NOT_ENABLED);
    const { messages } = await bob.history('alice');
    assert.ok(!messages[0].reactions?.length);
  });
});
