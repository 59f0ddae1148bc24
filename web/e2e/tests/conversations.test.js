// The list of conversations on the server, what is unread there, pins, marks, and deleting for oneself.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createApp } from '../lib/app.js';
import { connect, eventually, rejection } from '../lib/client.js';

const CODES = { parameter: -3, limit: 50, permission: 52, notEnabled: 505, noConversation: 1400 };

describe('conversations', () => {
  let app;
  before(async () => {
    app = await createApp('conversations');
  });

  let made = 0;

  /** Users of a test of its own. */
  async function people(...names) {
    made += 1;
    const users = names.map((name) => `${name}${made}`);
    await app.register(...users);
    return users;
  }

  const single = (conversationId) => ({ conversationId, conversationType: 'singleChat' });
  const group = (conversationId) => ({ conversationId, conversationType: 'groupChat' });

  const list = async (client, options = {}) =>
    (await client.connection.getServerConversations({ pageSize: 50, cursor: '', ...options })).data.conversations;

  const idsOf = (conversations) => conversations.map((conversation) => conversation.conversationId);

  const say = async (from, to, msg) => (await app.sendToUsers(from, [to], 'txt', { msg }, { sync_device: true }))[to];

  test('the newest comes first, with its last message and what is unread', async () => {
    const [me, bob, carol] = await people('me', 'bob', 'carol');
    const id = await app.createGroup(carol, [me]);
    await say(bob, me, 'one');
    await say(bob, me, 'two');
    await app.sendToGroups(carol, [id], 'custom', { customEvent: 'gift', customExts: { n: '1' } }, { ext: { a: 1 } });
    const client = await connect(app, me);
    const last = await client.text(carol, 'to carol');
    const rows = await list(client);
    assert.deepEqual(idsOf(rows), [carol, id, bob]);
    assert.deepEqual(
      rows.map(({ conversationType, unReadCount, isPinned, pinnedTime, marks }) => [
        conversationType,
        unReadCount,
        isPinned,
        pinnedTime,
        marks,
      ]),
      [
        ['singleChat', 0, false, 0, []],
        ['groupChat', 1, false, 0, []],
        ['singleChat', 2, false, 0, []],
      ],
    );
    const [own, gift, two] = rows.map((row) => row.lastMessage);
    assert.deepEqual([own.id, own.from, own.to, own.msg], [last.serverMsgId, me, carol, 'to carol']);
    assert.deepEqual([two.msg, two.from, two.chatType, two.type], ['two', bob, 'singleChat', 'txt']);
    assert.ok(two.time > 0);
    assert.deepEqual([gift.type, gift.customEvent, gift.chatType], ['custom', 'gift', 'groupChat']);
    assert.deepEqual([gift.customExts, gift.ext], [{ n: '1' }, { a: 1 }]);
  });

  test('page by page', async () => {
    const [me, a, b, c] = await people('me', 'a', 'b', 'c');
    for (const from of [a, b, c]) await say(from, me, 'hi');
    const client = await connect(app, me);
    const ids = [];
    let cursor = '';
    do {
      const { data } = await client.connection.getServerConversations({ pageSize: 1, cursor });
      assert.equal(data.conversations.length, 1);
      ids.push(...idsOf(data.conversations));
      cursor = data.cursor;
    } while (cursor);
    assert.deepEqual(ids, [c, b, a]);
  });

  test('what is read on one device is read for all', async () => {
    const [me, bob] = await people('me', 'bob');
    const [phone, laptop, other] = await Promise.all([
      connect(app, me, { device: 'phone' }),
      connect(app, me, { device: 'laptop' }),
      connect(app, bob),
    ]);
    const unread = async () => (await list(laptop))[0].unReadCount;
    const first = await other.text(me, 'one');
    await other.text(me, 'two');
    await Promise.all([phone, laptop].map((device) => device.next('onTextMessage', { msg: 'two' })));
    assert.equal(await unread(), 2);
    await phone.send({ type: 'read', to: bob, id: first.serverMsgId });
    assert.equal(await unread(), 1);
    await phone.send({ type: 'channel', to: bob });
    await laptop.next('onChannelMessage', { from: me, to: bob });
    assert.equal(await unread(), 0);
    await other.text(me, 'three');
    assert.equal(await unread(), 1);
    // Neither what one writes oneself nor what was taken back is unread.
    await phone.text(bob, 'mine');
    const oops = await other.text(me, 'oops');
    await other.recall(oops.serverMsgId, me);
    const [row] = await list(laptop);
    assert.deepEqual([row.unReadCount, row.lastMessage.msg], [1, 'mine']);
  });

  test('a group is read by the receipt for it', async () => {
    const [me, bob, carol] = await people('me', 'bob', 'carol');
    const id = await app.createGroup(bob, [me, carol]);
    const [client, writer] = await Promise.all([connect(app, me), connect(app, bob)]);
    await writer.groupText(id, 'one');
    await writer.groupText(id, 'for carol', { receiverList: [carol] });
    await client.next('onTextMessage', { msg: 'one' });
    const [before] = await list(client);
    assert.deepEqual([before.unReadCount, before.lastMessage.msg], [1, 'one']);
    await client.send({ type: 'channel', chatType: 'groupChat', to: id });
    assert.equal((await list(client))[0].unReadCount, 0);
  });

  test("the SDK's older calls", async () => {
    const [me, bob] = await people('me', 'bob');
    await say(bob, me, 'hello');
    const client = await connect(app, me);
    for (const asked of [undefined, { pageNum: 1, pageSize: 20 }]) {
      const { data } = await client.connection.getConversationlist(asked);
      assert.equal(data.channel_infos.length, 1);
      const [row] = data.channel_infos;
      assert.deepEqual([row.channel_id, row.unread_num], [`${app.key}_${bob}@easemob.com`, 1]);
      assert.deepEqual([row.lastMessage.msg, row.lastMessage.chatType], ['hello', 'singleChat']);
    }
    const { data } = await client.connection.getConversationlist({ pageNum: 2, pageSize: 20 });
    assert.deepEqual(data.channel_infos, []);
    const raw = await client.connection.getSessionList();
    assert.equal(typeof raw.data.channel_infos[0].meta.payload, 'string');
  });

  test('pins are listed by their time, limited, and seen on the other devices', async () => {
    const [me, bob, carol] = await people('me', 'bob', 'carol');
    const id = await app.createGroup(carol, [me]);
    await say(bob, me, 'one');
    await app.sendToGroups(carol, [id], 'txt', { msg: 'two' });
    const [phone, laptop] = await Promise.all([
      connect(app, me, { device: 'phone' }),
      connect(app, me, { device: 'laptop' }),
    ]);
    const pin = (conversation, isPinned = true) => phone.connection.pinConversation({ ...conversation, isPinned });
    const pinned = async (options) =>
      (await phone.connection.getServerPinnedConversations({ pageSize: 50, cursor: '', ...options })).data;

    const { data } = await pin(group(id));
    assert.equal(data.isPinned, true);
    assert.ok(data.pinnedTime > 0);
    const told = await laptop.next('onMultiDeviceEvent', { operation: 'pinnedConversation' });
    assert.deepEqual([told.conversationId, told.conversationType], [id, 'groupChat']);
    assert.ok(told.timestamp > 0);
    await pin(single(bob));
    assert.deepEqual(idsOf((await pinned()).conversations), [bob, id]);
    const page = await pinned({ pageSize: 1 });
    assert.deepEqual(idsOf((await pinned({ cursor: page.cursor })).conversations), [id]);
    const [row] = (await pinned()).conversations.slice(-1);
    assert.deepEqual([row.isPinned, row.pinnedTime], [true, data.pinnedTime]);
    // The list keeps its order.
    assert.deepEqual(idsOf(await list(phone)), [id, bob]);

    const undone = await pin(group(id), false);
    assert.deepEqual(undone.data, { isPinned: false, pinnedTime: 0 });
    await laptop.next('onMultiDeviceEvent', { operation: 'unpinnedConversation', conversationId: id });
    assert.deepEqual(idsOf((await pinned()).conversations), [bob]);
    phone.none('onMultiDeviceEvent');

    assert.equal((await rejection(pin(single('nobody')))).type, CODES.noConversation);
    assert.equal((await rejection(pin(group('12345')))).type, CODES.noConversation);
    await app.feature('pinned_conversations_max', '1');
    await eventually(async () => {
      await pin(group(id), false);
      const error = await rejection(pin(group(id)));
      assert.equal(error.type, CODES.limit);
    });
    await app.feature('pinned_conversations_max', '50');
  });

  test('marks', async () => {
    const [me, bob, carol, dave] = await people('me', 'bob', 'carol', 'dave');
    const id = await app.createGroup(carol, [me]);
    const theirs = await app.createGroup(carol, [bob]);
    await say(bob, me, 'one');
    await app.sendToGroups(carol, [id], 'txt', { msg: 'two' });
    const [phone, laptop] = await Promise.all([
      connect(app, me, { device: 'phone' }),
      connect(app, me, { device: 'laptop' }),
    ]);
    const mark = (conversations, number) =>
      phone.connection.addConversationMark({ conversations, mark: number });
    const found = async (number, options) => {
      const filter = { mark: number };
      return (await phone.connection.getServerConversationsByFilter({ filter, pageSize: 10, cursor: '', ...options })).data;
    };
    await mark([single(bob), group(id)], 0);
    await mark([single(bob)], 19);
    const told = await laptop.collect('onMultiDeviceEvent', 3, { operation: 'markConversation' });
    assert.deepEqual(
      told.map((event) => [event.conversationId, event.conversationType, event.conversationMark]),
      [
        [bob, 'singleChat', 0],
        [id, 'groupChat', 0],
        [bob, 'singleChat', 19],
      ],
    );
    assert.deepEqual(idsOf((await found(0)).conversations), [id, bob]);
    const page = await found(0, { pageSize: 1 });
    assert.deepEqual(idsOf((await found(0, { cursor: page.cursor })).conversations), [bob]);
    assert.deepEqual((await found(19)).conversations[0].marks, [0, 19]);
    assert.deepEqual((await found(7)).conversations, []);
    assert.deepEqual(
      (await list(phone)).map((row) => row.marks),
      [[0], [0, 19]],
    );

    await phone.connection.removeConversationMark({ conversations: [single(bob)], mark: 0 });
    const undone = await laptop.next('onMultiDeviceEvent', { operation: 'unMarkConversation' });
    assert.deepEqual([undone.conversationId, undone.conversationMark], [bob, 0]);
    assert.deepEqual(idsOf((await found(0)).conversations), [id]);
    phone.none('onMultiDeviceEvent');

    // Of several, those that do not exist are left out; of none, there is nothing to do.
    await mark([single(bob), single(dave)], 5);
    assert.deepEqual(idsOf((await found(5)).conversations), [bob]);
    assert.equal((await rejection(mark([single(dave)], 5))).type, CODES.noConversation);
    assert.equal((await rejection(mark([group(theirs)], 5))).type, CODES.permission);
    assert.equal((await rejection(mark([single(bob)], 20))).type, CODES.parameter);
    const many = Array.from({ length: 21 }, () => single(bob));
    assert.equal((await rejection(mark(many, 5))).type, CODES.limit);
    await app.feature('conversation_marks_max', '2');
    await eventually(async () => assert.equal((await rejection(mark([single(bob)], 6))).type, CODES.limit));
    await app.feature('conversation_marks_max', '20');
  });

  test('a deleted conversation is gone until something new is said', async () => {
    const [me, bob, carol] = await people('me', 'bob', 'carol');
    await say(bob, me, 'one');
    await say(carol, me, 'hello');
    const [phone, laptop] = await Promise.all([
      connect(app, me, { device: 'phone' }),
      connect(app, me, { device: 'laptop' }),
    ]);
    const history = async (client, other) => (await client.history(other)).messages.map((message) => message.msg);
    const kept = await phone.connection.deleteConversation({ channel: bob, chatType: 'singleChat', deleteRoam: false });
    assert.equal(kept.data.result, 'ok');
    const told = await laptop.next('onMultiDeviceEvent', { operation: 'deleteConversation' });
    assert.deepEqual([told.conversationId, told.conversationType], [bob, 'singleChat']);
    assert.deepEqual(idsOf(await list(phone)), [carol]);
    assert.deepEqual(idsOf(await list(phone, { includeEmptyConversations: true })), [carol]);
    assert.deepEqual(await history(phone, bob), ['one']);

    await say(bob, me, 'two');
    const [row] = await list(phone);
    assert.deepEqual([row.conversationId, row.unReadCount], [bob, 1]);
    await phone.connection.deleteSession({ channel: bob, chatType: 'singleChat', deleteRoam: true });
    assert.deepEqual(await history(phone, bob), []);
    const peer = await connect(app, bob);
    assert.deepEqual(await history(peer, me), ['two', 'one']);
    await say(bob, me, 'three');
    assert.deepEqual(await history(phone, bob), ['three']);
    assert.deepEqual(idsOf(await list(phone)), [bob, carol]);
    phone.none('onMultiDeviceEvent');
  });

  test('messages are deleted for oneself: some, the older ones, all', async () => {
    const [me, bob] = await people('me', 'bob');
    const id = await app.createGroup(bob, [me]);
    const [phone, laptop, peer] = await Promise.all([
      connect(app, me, { device: 'phone' }),
      connect(app, me, { device: 'laptop' }),
      connect(app, bob),
    ]);
    const said = [];
    for (const msg of ['0', '1', '2', '3']) said.push(await peer.text(me, msg));
    const texts = async (client, target, chatType = 'singleChat') =>
      (await client.history(target, { chatType, searchDirection: 'down' })).messages.map((message) => message.msg);

    const messageIds = [said[1].serverMsgId, said[3].serverMsgId];
    await phone.connection.removeHistoryMessages({ targetId: bob, chatType: 'singleChat', messageIds });
    const told = await laptop.next('onMultiDeviceEvent', { operation: 'deleteRoaming' });
    assert.deepEqual([told.conversationId, told.chatType], [bob, 'singleChat']);
    assert.ok(told.resource);
    assert.deepEqual(await texts(phone, bob), ['0', '2']);
    assert.deepEqual(await texts(laptop, bob), ['0', '2']);
    assert.deepEqual(await texts(peer, me), ['0', '1', '2', '3']);
    assert.equal((await list(phone))[0].lastMessage.msg, '2');

    const beforeTimeStamp = said[2].message.time;
    await phone.connection.removeHistoryMessages({ targetId: bob, chatType: 'singleChat', beforeTimeStamp });
    await laptop.next('onMultiDeviceEvent', { operation: 'deleteRoaming', conversationId: bob });
    assert.ok(!(await texts(phone, bob)).includes('0'));

    const inGroup = await peer.groupText(id, 'in the group');
    await phone.next('onTextMessage', { msg: 'in the group' });
    await phone.connection.removeHistoryMessages({
      targetId: id,
      chatType: 'groupChat',
      messageIds: [inGroup.serverMsgId],
    });
    await laptop.next('onMultiDeviceEvent', { operation: 'deleteRoaming', conversationId: id, chatType: 'groupChat' });
    assert.deepEqual(await texts(phone, id, 'groupChat'), []);
    assert.deepEqual(idsOf(await list(phone)), [bob]);
    assert.deepEqual(new Set(idsOf(await list(phone, { includeEmptyConversations: true }))), new Set([bob, id]));

    await phone.connection.deleteAllMessagesAndConversations();
    assert.deepEqual(await list(phone, { includeEmptyConversations: true }), []);
    assert.deepEqual(await texts(phone, bob), []);
    assert.deepEqual(await texts(peer, me), ['0', '1', '2', '3']);
    phone.none('onMultiDeviceEvent');
  });

  test('in chat rooms and threads, messages are deleted for oneself, too', async () => {
    const [me, bob] = await people('me', 'bob');
    const [client, peer] = await Promise.all([connect(app, me), connect(app, bob)]);
    const id = await app.createGroup(me, [bob]);
    const parent = await client.groupText(id, 'parent');
    const made = await eventually(() =>
      client.connection.createChatThread({ parentId: id, name: 't', messageId: parent.serverMsgId }),
    );
    const thread = made.data.chatThreadId;
    const room = (await app.ok('POST', '/chatrooms', { name: 'r', description: 'd', owner: me, members: [bob] })).data.id;
    await client.connection.joinChatRoom({ roomId: room });
    const inThread = await client.groupText(thread, 'in the thread', { isChatThread: true });
    const inRoom = await client.text(room, 'in the room', { chatType: 'chatRoom' });
    const cases = [
      [thread, 'groupChat', inThread.serverMsgId],
      [room, 'chatRoom', inRoom.serverMsgId],
    ];
    for (const [targetId, chatType, message] of cases) {
      const texts = async (who) => (await who.history(targetId, { chatType })).messages.map((one) => one.id);
      await eventually(async () => assert.deepEqual(await texts(client), [message]));
      await client.connection.removeHistoryMessages({ targetId, chatType, messageIds: [message] });
      assert.deepEqual(await texts(client), []);
      assert.deepEqual(await texts(peer), [message]);
    }
    // Neither stands in the list.
    assert.deepEqual(idsOf(await list(client, { includeEmptyConversations: true })), [id]);
  });

  test('a device that was away is not sent what its user has deleted meanwhile', async () => {
    const [me, bob] = await people('me', 'bob');
    (await connect(app, me, { device: 'laptop' })).logout();
    const ids = [];
    for (const msg of ['one', 'two', 'three']) ids.push(await say(bob, me, msg));
    const phone = await connect(app, me, { device: 'phone' });
    await phone.next('onTextMessage', { msg: 'three' });
    await phone.connection.removeHistoryMessages({ targetId: bob, chatType: 'singleChat', messageIds: [ids[1]] });
    const laptop = await connect(app, me, { device: 'laptop' });
    await laptop.next('onTextMessage', { msg: 'three' });
    assert.equal(laptop.seen('onTextMessage', { msg: 'one' }).length, 1);
    laptop.none('onTextMessage', { msg: 'two' });
    // It hears of the deletion, too.
    await laptop.next('onMultiDeviceEvent', { operation: 'deleteRoaming', conversationId: bob });
  });

  test('history says what became of one’s own messages', async () => {
    const [me, bob] = await people('me', 'bob');
    const [client, peer] = await Promise.all([connect(app, me), connect(app, bob)]);
    const first = await client.text(bob, 'first');
    const second = await client.text(bob, 'second');
    await peer.next('onTextMessage', { id: second.serverMsgId });
    const flags = async () =>
      (await client.history(bob, { searchDirection: 'down' })).messages.map(({ isDelivered, isRead }) => [
        Boolean(isDelivered),
        Boolean(isRead),
      ]);
    const delivered = [true, false];
    const read = [true, true];
    await eventually(async () => assert.deepEqual(await flags(), [delivered, delivered]));
    await peer.send({ type: 'read', to: me, id: first.serverMsgId });
    await eventually(async () => assert.deepEqual(await flags(), [read, delivered]));
    await peer.send({ type: 'channel', to: me });
    await eventually(async () => assert.deepEqual(await flags(), [read, read]));
  });

  test('only the newest messages wait, where the app says so', async () => {
    const limited = await createApp('offline-limit');
    await limited.register('alice', 'bob');
    await limited.feature('offline_single_messages_max', '2');
    (await connect(limited, 'alice')).logout();
    // The running server feels the limit within a second or two: it holds for the connection that is made then.
    await eventually(async () => {
      for (const msg of ['1', '2', '3']) await limited.sendToUsers('bob', ['alice'], 'txt', { msg });
      const alice = await connect(limited, 'alice');
      await alice.next('onTextMessage', { msg: '3' });
      const got = alice.seen('onTextMessage').map((message) => message.msg);
      alice.logout();
      assert.deepEqual(got, ['2', '3']);
    });
    const alice = await connect(limited, 'alice');
    const { messages } = await alice.history('bob', { pageSize: 3, searchDirection: 'up' });
    assert.deepEqual(
      messages.map((message) => message.msg),
      ['3', '2', '1'],
    );
  });

  test('what is switched off says so', async () => {
    const off = await createApp('no-roaming');
    await off.register('alice', 'bob');
    await off.sendToUsers('bob', ['alice'], 'txt', { msg: 'hi' });
    const alice = await connect(off, 'alice');
    await off.feature('message_roaming', 'off');
    await off.feature('server_conversation_list', 'off');
    const targetId = 'bob';
    const refused = [
      () => alice.history('bob'),
      () => alice.connection.removeHistoryMessages({ targetId, chatType: 'singleChat', beforeTimeStamp: 1 }),
      () => alice.connection.deleteAllMessagesAndConversations(),
      () => alice.connection.getServerConversations({ pageSize: 1, cursor: '' }),
      () => alice.connection.getConversationlist(),
      () => alice.connection.pinConversation({ ...single('bob'), isPinned: true }),
    ];
    for (const ask of refused) {
      await eventually(async () => assert.equal((await rejection(ask())).type, CODES.notEnabled));
    }
  });
});
