// Threads below group messages, by the SDK's own calls.

import assert from 'node:assert/strict';
import { before, beforeEach, describe, test } from 'node:test';
import { createApp } from '../lib/app.js';
import { connect, eventually, rejection, within } from '../lib/client.js';

const MAX_LIMIT = 50;
const NO_PERMISSION = 52;
const OPERATION_UNSUPPORTED = 53;
const SERVICE_NOT_ENABLED = 505;
const GROUP_NOT_JOINED = 602;
const GROUP_IS_DISABLED = 608;
const THREAD_NOT_EXIST = 1300;
const THREAD_ALREADY_EXIST = 1301;

describe('threads', () => {
  let app, group, message, alice, bob, carol;
  before(async () => {
    app = await createApp('threads');
    await app.register('alice', 'bob', 'carol', 'dave', 'mallory');
  });

  const call = (client, method, ...args) =>
    within(`${client.user} calls ${method}`, client.connection[method](...args));
  const refused = async (client, method, ...args) => (await rejection(call(client, method, ...args))).type;

  // A group of alice with bob and carol, where alice has said something.
  beforeEach(async () => {
    group = await app.createGroup('alice', ['bob', 'carol', 'dave'], { groupname: 'club' });
    [alice, bob, carol] = await Promise.all(['alice', 'bob', 'carol'].map((user) => connect(app, user)));
    message = (await alice.groupText(group, 'what do you think?')).serverMsgId;
    await Promise.all([bob, carol].map((client) => client.next('onTextMessage', { id: message })));
  });

  async function create(client, name = 'details') {
    const made = await call(client, 'createChatThread', { parentId: group, name, messageId: message });
    return made.data.chatThreadId;
  }

  const join = (client, chatThreadId) => call(client, 'joinChatThread', { chatThreadId });
  const say = (client, thread, msg, fields = {}) =>
    client.groupText(thread, msg, { isChatThread: true, ...fields });

  test('a new thread: the group is told, and the other devices of its maker', async () => {
    const phone = await connect(app, 'bob', { device: 'phone' });
    const thread = await create(bob, '细节');
    assert.match(thread, /^\d+$/);
    for (const client of [alice, carol, phone]) {
      const event = await client.next('onChatThreadChange', { id: thread });
      const { timestamp, createTimestamp, ...rest } = event;
      assert.deepEqual(rest, {
        id: thread,
        name: '细节',
        parentId: group,
        messageId: message,
        operator: 'bob',
        operation: 'create',
        messageCount: 0,
      });
      assert.ok(timestamp === createTimestamp && timestamp > 1_700_000_000_000);
    }
    const synced = await phone.next('onMultiDeviceEvent', { operation: 'chatThreadCreate' });
    assert.deepEqual(synced, {
      operation: 'chatThreadCreate',
      chatThreadId: thread,
      chatThreadName: '细节',
      parentId: group,
    });
    const detail = await call(carol, 'getChatThreadDetail', { chatThreadId: thread });
    const { created, ...facts } = detail.data;
    assert.deepEqual(facts, {
      id: thread,
      name: '细节',
      owner: 'bob',
      messageId: message,
      parentId: group,
      affiliationsCount: 1,
    });
    assert.ok(created > 1_700_000_000_000);
    bob.none('onChatThreadChange');
    bob.none('onMultiDeviceEvent');

    // Who was away is told later.
    const dave = await connect(app, 'dave');
    await dave.next('onChatThreadChange', { id: thread, operation: 'create' });
  });

  test('what is refused', async () => {
    const mallory = await connect(app, 'mallory');
    const args = { parentId: group, name: 'x', messageId: message };
    assert.equal(await refused(mallory, 'createChatThread', args), NO_PERMISSION);
    const thread = await create(bob);
    assert.equal(await refused(carol, 'createChatThread', args), THREAD_ALREADY_EXIST);
    assert.equal(await refused(bob, 'joinChatThread', { chatThreadId: thread }), THREAD_ALREADY_EXIST);
    assert.equal(await refused(mallory, 'joinChatThread', { chatThreadId: thread }), NO_PERMISSION);
    assert.equal(await refused(bob, 'joinChatThread', { chatThreadId: '17' }), THREAD_NOT_EXIST);
    assert.equal(await refused(bob, 'getChatThreadDetail', { chatThreadId: '17' }), THREAD_NOT_EXIST);
    assert.equal(await refused(mallory, 'getChatThreadDetail', { chatThreadId: thread }), NO_PERMISSION);
    assert.equal(await refused(mallory, 'getChatThreadMembers', { chatThreadId: thread }), NO_PERMISSION);
    assert.equal(await refused(mallory, 'getChatThreads', { parentId: group }), NO_PERMISSION);
    assert.equal(await refused(bob, 'destroyChatThread', { chatThreadId: thread }), NO_PERMISSION);
    assert.equal(await refused(carol, 'changeChatThreadName', { chatThreadId: thread, name: 'y' }), NO_PERMISSION);
    const kick = { chatThreadId: thread, username: 'bob' };
    assert.equal(await refused(carol, 'removeChatThreadMember', kick), NO_PERMISSION);
    const inside = await say(bob, thread, 'in the thread');
    const nested = { parentId: group, name: 'x', messageId: inside.serverMsgId };
    assert.equal(await refused(bob, 'createChatThread', nested), OPERATION_UNSUPPORTED);
    const outside = await rejection(say(carol, thread, 'not joined'));
    assert.equal(outside.type, GROUP_NOT_JOINED);
    const long = await rejection(call(bob, 'changeChatThreadName', { chatThreadId: thread, name: 'x'.repeat(65) }));
    assert.equal(long.message, 'thread name limit reached.');
  });

  test('joining and leaving: who is in it receives, and its other devices know', async () => {
    const phone = await connect(app, 'carol', { device: 'phone' });
    const thread = await create(bob);
    const joined = await join(carol, thread);
    assert.equal(joined.data.status, 'ok');
    const { created, ...detail } = joined.data.detail;
    assert.deepEqual(detail, {
      id: thread,
      name: 'details',
      owner: 'bob',
      messageId: message,
      parentId: group,
      affiliationsCount: 2,
    });
    assert.ok(created);
    const facts = { chatThreadId: thread, chatThreadName: 'details', parentId: group };
    assert.deepEqual(await phone.next('onMultiDeviceEvent', { operation: 'chatThreadJoin' }), {
      operation: 'chatThreadJoin',
      ...facts,
    });

    const sent = await say(bob, thread, 'welcome', { ext: { n: 1 } });
    for (const client of [carol, phone]) {
      const got = await client.next('onTextMessage', { id: sent.serverMsgId });
      assert.deepEqual([got.chatType, got.from, got.to, got.msg], ['groupChat', 'bob', thread, 'welcome']);
      assert.deepEqual(got.chatThread, { messageId: message, parentId: group, chatThreadName: 'details' });
      assert.deepEqual(got.ext, { n: 1 });
    }
    alice.none('onTextMessage', { id: sent.serverMsgId });

    await call(carol, 'leaveChatThread', { chatThreadId: thread });
    assert.deepEqual(await phone.next('onMultiDeviceEvent', { operation: 'chatThreadLeave' }), {
      operation: 'chatThreadLeave',
      ...facts,
    });
    await say(bob, thread, 'gone?');
    await bob.groupText(group, 'fence');
    await carol.next('onTextMessage', { msg: 'fence' });
    carol.none('onTextMessage', { msg: 'gone?' });
    carol.none('onMultiDeviceEvent');
    assert.equal(await refused(carol, 'leaveChatThread', { chatThreadId: thread }), NO_PERMISSION);
  });

  test('the one who was away catches up, on each device', async () => {
    const thread = await create(bob);
    await join(carol, thread);
    carol.logout();
    const ids = [];
    for (const line of ['one', 'two', 'three']) ids.push((await say(bob, thread, line)).serverMsgId);
    for (const device of ['main', 'phone']) {
      const back = await connect(app, 'carol', { device });
      const got = await back.collect('onTextMessage', 3, { to: thread });
      assert.deepEqual(
        got.map((event) => event.id),
        ids,
      );
      assert.equal(got[0].chatThread.parentId, group);
    }
  });

  test('all kinds of messages travel in a thread', async () => {
    const thread = await create(bob);
    await join(carol, thread);
    const to = { chatType: 'groupChat', to: thread, isChatThread: true };
    await bob.send({ type: 'custom', customEvent: 'poll', customExts: { a: '1' }, ...to });
    const custom = await carol.next('onCustomMessage', { to: thread });
    assert.equal(custom.chatThread.messageId, message);
    await bob.send({ type: 'cmd', action: 'wave', ...to });
    await carol.next('onCmdMessage', { to: thread, action: 'wave' });
    await bob.send({ type: 'loc', lat: 1, lng: 2, addr: 'x', buildingName: 'b', ...to });
    await carol.next('onLocationMessage', { to: thread });
  });

  test('the group sees how much is said in a thread and what last', async () => {
    const thread = await create(bob);
    const sent = await say(bob, thread, 'first');
    for (const client of [alice, bob, carol]) {
      const update = await client.next('onChatThreadChange', { id: thread, operation: 'update' });
      assert.equal(update.messageCount, 1);
      assert.equal(update.operator, 'bob');
      assert.equal(update.lastMessage.id, sent.serverMsgId);
      assert.equal(update.lastMessage.msg, 'first');
      assert.equal(update.lastMessage.to, thread);
      assert.equal(update.lastMessage.chatThread.chatThreadName, 'details');
    }
    await bob.recall(sent.serverMsgId, thread, 'groupChat', { isChatThread: true });
    const update = await carol.next('onChatThreadChange', { id: thread, operation: 'update', messageCount: 0 });
    assert.deepEqual(update.lastMessage, {});
    // It is not one event for each of many messages.
    for (let n = 0; n < 40; n += 1) await say(bob, thread, `line ${n}`);
    await carol.next('onChatThreadChange', (event) => event.messageCount === 40);
    assert.ok(carol.seen('onChatThreadChange', { operation: 'update' }).length < 35);
  });

  test("the group's history shows the thread below its message, and the thread has its own", async () => {
    const thread = await create(bob);
    const sent = [];
    for (let n = 0; n < 12; n += 1) sent.push((await say(bob, thread, `line ${n}`)).serverMsgId);
    const ofGroup = await carol.history(group, { chatType: 'groupChat' });
    assert.deepEqual(
      ofGroup.messages.map((one) => one.id),
      [message],
    );
    const { lastMessage, createTimestamp, updateTimestamp, ...overview } = ofGroup.messages[0].chatThreadOverview;
    assert.deepEqual(overview, { id: thread, parentId: group, name: 'details', messageCount: 12 });
    assert.equal(lastMessage.msg, 'line 11');
    assert.ok(createTimestamp <= updateTimestamp);

    // Members of the group read it without being in it.
    const first = await carol.history(thread, { chatType: 'groupChat', pageSize: 10 });
    const rest = await carol.history(thread, { chatType: 'groupChat', pageSize: 10, cursor: first.cursor });
    assert.deepEqual(
      [...first.messages, ...rest.messages].map((one) => one.id),
      sent.toReversed(),
    );
    assert.deepEqual([first.isLast, rest.isLast], [false, true]);
    assert.deepEqual(first.messages[0].chatThread, { messageId: message, parentId: group, chatThreadName: 'details' });
    const mallory = await connect(app, 'mallory');
    await rejection(mallory.history(thread, { chatType: 'groupChat' }));

    const asked = [thread, '17'];
    const last = await call(carol, 'getChatThreadLastMessage', { chatThreadIds: asked });
    assert.equal(last.entities.length, 1);
    assert.equal(last.entities[0].chatThreadId, thread);
    assert.equal(last.entities[0].lastMessage.id, sent.at(-1));
    assert.equal(last.entities[0].lastMessage.msg, 'line 11');
    const nothing = await call(mallory, 'getChatThreadLastMessage', { chatThreadIds: [thread] });
    assert.deepEqual(nothing.entities, []);
  });

  test('receipts and recalls', async () => {
    const thread = await create(bob);
    await Promise.all([alice, carol].map((client) => join(client, thread)));
    const asked = await say(bob, thread, 'who reads?', { msgConfig: { allowGroupAck: true } });
    for (const client of [alice, carol]) {
      const got = await client.next('onTextMessage', { id: asked.serverMsgId });
      assert.equal(got.msgConfig.allowGroupAck, true);
      await client.send({
        type: 'read',
        chatType: 'groupChat',
        id: asked.serverMsgId,
        to: thread,
        ackContent: '{}',
        isChatThread: true,
      });
    }
    const receipts = await bob.collect('onReadMessage', 2, { mid: asked.serverMsgId });
    assert.equal(receipts.at(-1).groupReadCount[asked.serverMsgId], 2);
    await bob.recall(asked.serverMsgId, thread, 'groupChat', { isChatThread: true });
    const recalled = await carol.next('onRecallMessage', { mid: asked.serverMsgId });
    assert.equal(recalled.to, thread);
  });

  test('edits, reactions, readers, and deletion for oneself', async () => {
    const thread = await create(bob);
    await join(carol, thread);
    const sent = await say(bob, thread, 'frist', { msgConfig: { allowGroupAck: true } });
    const { serverMsgId } = sent;
    await carol.next('onTextMessage', { id: serverMsgId });
    const modifiedMessage = bob.WebIM.message.create({
      type: 'txt',
      chatType: 'groupChat',
      to: thread,
      msg: 'first',
      isChatThread: true,
    });
    await call(bob, 'modifyMessage', { messageId: serverMsgId, modifiedMessage });
    const modified = await carol.next('onModifiedMessage', { id: serverMsgId });
    assert.deepEqual([modified.msg, modified.to, modified.chatType], ['first', thread, 'groupChat']);
    // The group sees the edit, too.
    await alice.next('onChatThreadChange', (event) => event.lastMessage?.msg === 'first');

    await call(carol, 'addReaction', { messageId: serverMsgId, reaction: '👍' });
    const reacted = await bob.next('onReactionChange', { messageId: serverMsgId });
    assert.deepEqual([reacted.to, reacted.chatType], [thread, 'groupChat']);
    for (const groupId of [group, thread]) {
      const list = await call(carol, 'getReactionlist', { chatType: 'groupChat', messageId: serverMsgId, groupId });
      assert.equal(list.data[0].reactionList[0].reaction, '👍');
    }

    const read = { type: 'read', chatType: 'groupChat', id: serverMsgId, to: thread, ackContent: '{}' };
    await carol.send({ ...read, isChatThread: true });
    await bob.next('onReadMessage', { mid: serverMsgId });
    const readers = await call(bob, 'getGroupMsgReadUser', { groupId: thread, msgId: serverMsgId });
    assert.equal(readers.data.total, 1);

    const { messages } = await carol.history(thread, { chatType: 'groupChat' });
    assert.equal(messages[0].msg, 'first');
    assert.equal(messages[0].modifiedInfo.operationCount, 1);
    assert.equal(messages[0].chatThread.messageId, message);
    assert.equal(messages[0].reactions[0].reaction, '👍');
    const deletion = { targetId: thread, chatType: 'groupChat' };
    await call(carol, 'removeHistoryMessages', { ...deletion, messageIds: [serverMsgId] });
    assert.deepEqual((await carol.history(thread, { chatType: 'groupChat' })).messages, []);
    assert.equal((await bob.history(thread, { chatType: 'groupChat' })).messages.length, 1);
    await call(bob, 'removeHistoryMessages', { ...deletion, beforeTimeStamp: Date.now() + 1000 });
    assert.deepEqual((await bob.history(thread, { chatType: 'groupChat' })).messages, []);
  });

  test('a disabled group has disabled threads', async () => {
    const thread = await create(bob);
    await app.ok('POST', `/chatgroups/${group}/disable`);
    assert.equal(await refused(carol, 'joinChatThread', { chatThreadId: thread }), GROUP_IS_DISABLED);
    assert.equal(await refused(bob, 'changeChatThreadName', { chatThreadId: thread, name: 'x' }), GROUP_IS_DISABLED);
    assert.equal((await rejection(say(bob, thread, 'x'))).type, GROUP_IS_DISABLED);
    await app.ok('POST', `/chatgroups/${group}/enable`);
    await join(carol, thread);
  });

  test('renaming', async () => {
    const [thread, phone] = [await create(bob), await connect(app, 'bob', { device: 'phone' })];
    await say(bob, thread, 'x');
    const renamed = await call(bob, 'changeChatThreadName', { chatThreadId: thread, name: 'renamed' });
    assert.equal(renamed.data.name, 'renamed');
    for (const client of [alice, carol, phone]) {
      // What was said is told a little later, perhaps with the new name.
      const isRenaming = ({ id, name, lastMessage }) => id === thread && name === 'renamed' && lastMessage === undefined;
      const event = await client.next('onChatThreadChange', isRenaming);
      assert.deepEqual([event.operation, event.messageCount, event.operator], ['update', 1, 'bob']);
    }
    const synced = await phone.next('onMultiDeviceEvent', { operation: 'chatThreadNameUpdate' });
    assert.equal(synced.chatThreadName, 'renamed');
    // The owner of the group may, too.
    await call(alice, 'changeChatThreadName', { chatThreadId: thread, name: 'by alice' });
    await bob.next('onChatThreadChange', { name: 'by alice', operator: 'alice' });
  });

  test('removing a member and ending a thread are for the heads of the group', async () => {
    const phone = await connect(app, 'alice', { device: 'phone' });
    const thread = await create(bob);
    await join(carol, thread);
    const kicked = await call(alice, 'removeChatThreadMember', { chatThreadId: thread, username: 'carol' });
    assert.deepEqual(kicked.data, { result: true, user: 'carol' });
    assert.deepEqual(await carol.next('onChatThreadChange', { operation: 'userRemove' }), {
      operation: 'userRemove',
      id: thread,
      name: 'details',
      parentId: group,
      operator: 'alice',
      userName: 'carol',
    });
    const sent = await say(bob, thread, 'only me');
    await bob.groupText(group, 'fence');
    await carol.next('onTextMessage', { msg: 'fence' });
    carol.none('onTextMessage', { id: sent.serverMsgId });

    await call(alice, 'destroyChatThread', { chatThreadId: thread });
    for (const client of [bob, carol, phone]) {
      const event = await client.next('onChatThreadChange', { id: thread, operation: 'destroy' });
      assert.equal(event.operator, 'alice');
    }
    await phone.next('onMultiDeviceEvent', { operation: 'chatThreadDestroy', chatThreadId: thread });
    assert.equal(await refused(bob, 'getChatThreadDetail', { chatThreadId: thread }), THREAD_NOT_EXIST);
    await rejection(say(bob, thread, 'into the void'));
    // The message may have another one now.
    await create(carol);
  });

  test('lists: members, threads of a group, threads one has joined', async () => {
    const threads = [];
    for (let n = 0; n < 5; n += 1) {
      message = (await alice.groupText(group, `topic ${n}`)).serverMsgId;
      threads.unshift(await create(alice, `t${n}`));
    }
    await join(bob, threads[3]);
    await join(bob, threads[1]);
    await join(carol, threads[1]);

    /** All pages of a list. */
    async function pages(client, method, args, items) {
      const found = [];
      let cursor = '';
      do {
        const page = await call(client, method, { ...args, pageSize: 2, cursor });
        const rows = items(page);
        assert.ok(rows.length <= 2);
        found.push(...rows);
        cursor = page.properties.cursor;
      } while (cursor);
      return found;
    }

    const ids = (page) => page.entities.map((row) => row.id);
    assert.deepEqual(await pages(carol, 'getChatThreads', { parentId: group }, ids), threads);
    const joined = await pages(bob, 'getJoinedChatThreads', { parentId: group }, ids);
    assert.deepEqual(joined, [threads[1], threads[3]]);
    assert.deepEqual((await pages(bob, 'getJoinedChatThreads', {}, ids)).slice(0, 2), joined);
    const members = await pages(bob, 'getChatThreadMembers', { chatThreadId: threads[1] }, (page) => page.data.affiliations);
    assert.deepEqual(members, ['alice', 'bob', 'carol']);
    const [row] = (await call(carol, 'getChatThreads', { parentId: group, pageSize: 1 })).entities;
    assert.deepEqual([row.name, row.owner, row.messageId, row.parentId], ['t4', 'alice', message, group]);
  });

  test('leaving the group leaves its threads, and they end with it', async () => {
    const thread = await create(bob);
    await Promise.all([alice, carol].map((client) => join(client, thread)));
    await call(carol, 'leaveGroup', { groupId: group });
    const sent = await say(bob, thread, 'without carol');
    await alice.next('onTextMessage', { id: sent.serverMsgId });
    const members = await call(alice, 'getChatThreadMembers', { chatThreadId: thread });
    assert.deepEqual(members.data.affiliations, ['bob', 'alice']);
    await app.sendToUsers('bob', ['carol'], 'txt', { msg: 'fence' });
    await carol.next('onTextMessage', { msg: 'fence' });
    carol.none('onTextMessage', { id: sent.serverMsgId });
    await app.ok('DELETE', `/chatgroups/${group}`);
    assert.equal(await refused(alice, 'getChatThreadDetail', { chatThreadId: thread }), THREAD_NOT_EXIST);
    const list = await call(alice, 'getJoinedChatThreads', {});
    assert.ok(list.entities.every((row) => row.id !== thread));
  });

  test('the server makes threads, puts users in, writes there and removes them', async () => {
    const body = { group_id: group, name: 'by the server', msg_id: message, owner: 'bob' };
    const thread = (await app.ok('POST', '/thread', body)).data.thread_id;
    await bob.next('onMultiDeviceEvent', { operation: 'chatThreadCreate', chatThreadId: thread });
    await carol.next('onChatThreadChange', { id: thread, operation: 'create' });
    await app.ok('POST', `/thread/${thread}/users`, { usernames: ['carol'] });
    await carol.next('onMultiDeviceEvent', { operation: 'chatThreadJoin', chatThreadId: thread });
    await app.sendToGroups('admin', [thread], 'txt', { msg: 'hear, hear' });
    const got = await carol.next('onTextMessage', { to: thread });
    assert.equal(got.chatThread.chatThreadName, 'by the server');
    const removed = await app.ok('DELETE', `/threads/${thread}/users`, { usernames: ['carol', 'alice'] });
    assert.deepEqual(removed.entities, [
      { result: true, user: 'carol' },
      { result: false, user: 'alice' },
    ]);
    await carol.next('onChatThreadChange', { operation: 'userRemove', id: thread, operator: 'admin' });
  });

  test('limits and the switch of the app', async () => {
    const other = await createApp('threads-off');
    await other.register('alice', 'bob');
    const place = await other.createGroup('alice', ['bob']);
    const one = await connect(other, 'alice');
    const topics = [];
    for (const text of ['a', 'b']) topics.push((await one.groupText(place, text)).serverMsgId);
    const args = (n) => ({ parentId: place, name: 'x', messageId: topics[n] });
    const thread = (await call(one, 'createChatThread', args(0))).data.chatThreadId;
    await other.feature('threads_max', '1');
    await eventually(async () => {
      topics[1] = (await one.groupText(place, 'b')).serverMsgId;
      assert.equal(await refused(one, 'createChatThread', args(1)), MAX_LIMIT);
    });
    await other.feature('thread', 'off');
    await eventually(async () =>
      assert.equal(await refused(one, 'getChatThreadDetail', { chatThreadId: thread }), SERVICE_NOT_ENABLED),
    );
    assert.equal(await refused(one, 'createChatThread', args(1)), SERVICE_NOT_ENABLED);
    const unsent = await rejection(say(one, thread, 'x'));
    assert.equal(unsent.type, SERVICE_NOT_ENABLED);
  });

  test('threads stay in their app', async () => {
    const thread = await create(bob);
    const theirs = await createApp('threads-theirs', 't2');
    await theirs.register('bob');
    const stranger = await connect(theirs, 'bob');
    assert.equal(await refused(stranger, 'getChatThreadDetail', { chatThreadId: thread }), THREAD_NOT_EXIST);
    assert.equal(await refused(stranger, 'joinChatThread', { chatThreadId: thread }), THREAD_NOT_EXIST);
    const last = await call(stranger, 'getChatThreadLastMessage', { chatThreadIds: [thread] });
    assert.deepEqual(last.entities, []);
    await rejection(say(stranger, thread, 'x'));
    const token = await theirs.userToken('bob');
    const answer = await app.call('GET', `/thread/${thread}`, undefined, token);
    assert.equal(answer.status, 401);
  });
});
