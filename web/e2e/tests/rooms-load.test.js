// A server of its own, where rooms say little and forget soon; messages to every room.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createApp, server } from '../lib/app.js';
import { connect, eventually, within } from '../lib/client.js';
import { freshDatabase } from '../lib/postgres.js';
import { startServer } from '../lib/server.js';

const PER_SECOND = 10;

describe('rooms under load', () => {
  let database, running, app;
  before(async () => {
    if (server.database) database = await freshDatabase(process.env.HONGYAN_TEST_POSTGRES);
    const settings = {
      HONGYAN_ROOMS__MESSAGES_PER_SECOND: String(PER_SECOND),
      HONGYAN_ROOMS__ABSENCE_SECONDS: '2',
    };
    running = await startServer({ label: `${server.label}-rooms`, database: database?.url, settings });
    app = await createApp('load', 't1', running.facts);
    await app.register('alice', 'bob', 'carol');
  });
  after(async () => {
    await running.stop();
    await database?.drop();
  });

  async function createRoom(fields = {}) {
    const body = { name: 'Lobby', description: 'd', owner: 'alice', ...fields };
    return (await app.ok('POST', '/chatrooms', body)).data.id;
  }

  const enter = (client, roomId) => within(`${client.user} joins`, client.connection.joinChatRoom({ roomId }));

  test('low messages are kept back first, high ones never; all are acknowledged and in the history', async () => {
    const room = await createRoom();
    const [bob, carol] = await Promise.all(['bob', 'carol'].map((user) => connect(app, user)));
    for (const client of [bob, carol]) await enter(client, room);
    const say = (priority, n) => bob.text(room, `${priority} ${n}`, { chatType: 'chatRoom', priority });
    const burst = (priority, count) => Promise.all(Array.from({ length: count }, (_, n) => say(priority, n)));
    const sent = [...(await burst('low', 40)), ...(await burst('high', 40)), ...(await burst('low', 40))];
    assert.equal(new Set(sent.map((one) => one.serverMsgId)).size, 120);
    await carol.collect('onTextMessage', 40, { priority: 'high' });
    const low = carol.seen('onTextMessage', { priority: 'low' }).length;
    // Half of the budget in the beginning, and a little for the time that it took.
    assert.ok(low >= 5 && low < 60, `${low} low messages`);
    const { messages } = await carol.history(room, { chatType: 'chatRoom', pageSize: 50 });
    assert.equal(messages.filter((message) => message.msg.startsWith('low')).length, 40);
  });

  test('whoever stays away leaves, unless it is allowed', async () => {
    const room = await createRoom();
    const alice = await connect(app, 'alice');
    const [bob, carol] = await Promise.all(['bob', 'carol'].map((user) => connect(app, user)));
    for (const client of [bob, carol]) await enter(client, room);
    await bob.connection.setChatRoomAttribute({ chatRoomId: room, attributeKey: 'seat', attributeValue: 'bob' });
    await alice.connection.addUsersToChatRoomAllowlist({ chatRoomId: room, users: ['carol'] });
    bob.discard();
    carol.discard();
    const left = await alice.next('onChatroomEvent', { operation: 'memberAbsence', id: room }, 20_000);
    assert.deepEqual([left.from, left.memberCount], ['bob', 2]);
    await alice.next('onChatroomEvent', { operation: 'removeChatRoomAttributes', from: 'bob' });
    const members = await alice.connection.listChatRoomMembers({ chatRoomId: room, pageNum: 1, pageSize: 9 });
    assert.deepEqual(members.data, [{ owner: 'alice' }, { member: 'carol' }]);
  });

  test('a broadcast reaches the rooms, and says that it is one', async () => {
    const rooms = [await createRoom(), await createRoom(), await createRoom({ owner: 'carol' })];
    const [bob, carol] = await Promise.all(['bob', 'carol'].map((user) => connect(app, user)));
    for (const room of rooms.slice(0, 2)) await enter(bob, room);
    const { data } = await app.ok('POST', '/messages/chatrooms/broadcast', {
      from: 'admin',
      msg: { type: 'txt', msg: 'all hands' },
      ext: { k: 1 },
      chatroom_msg_level: 'high',
    });
    assert.equal(typeof data.id, 'number');
    for (const to of rooms.slice(0, 2)) {
      const got = await bob.next('onTextMessage', { to, msg: 'all hands' });
      assert.deepEqual([got.broadcast, got.priority, got.from, got.ext], [true, 'high', 'admin', { k: 1 }]);
    }
    // Nobody ever came into the third one.
    carol.none('onTextMessage', { to: rooms[2] });
    const ordinary = await app.ok('POST', '/messages/chatrooms', {
      to: [rooms[0]],
      type: 'txt',
      body: { msg: 'only here' },
    });
    const got = await bob.next('onTextMessage', { id: ordinary.data[rooms[0]] });
    assert.equal(got.broadcast, false);
    await eventually(async () => {
      const { messages } = await bob.history(rooms[0], { chatType: 'chatRoom', pageSize: 9 });
      assert.equal(messages.length, 2);
    });
  });
});
