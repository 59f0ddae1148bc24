// Chat rooms: who is in, talks; who is away, misses it.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createApp } from '../lib/app.js';
import { connect, eventually, rejection, within } from '../lib/client.js';
import { startProxy } from '../lib/proxy.js';

const CHATROOM_NOT_JOINED = 602;
const PERMISSION_DENIED = 603;
const CHATROOM_MEMBERS_FULL = 704;
const CHATROOM_NOT_EXIST = 705;
const ALL_MUTED = 506;
const MUTED = 507;

describe('chat rooms', () => {
  let app, proxy;
  before(async () => {
    app = await createApp('rooms');
    await app.register('alice', 'bob', 'carol', 'dave');
    proxy = await startProxy();
  });
  after(() => proxy.close());

  const login = (...users) => Promise.all(users.map((user) => connect(app, user)));

  async function createRoom(fields = {}) {
    const body = { name: 'Lobby', description: 'd', owner: 'alice', ...fields };
    return (await app.ok('POST', '/chatrooms', body)).data.id;
  }

  const join = (client, roomId, options = {}) =>
    within(`${client.user} joins`, client.connection.joinChatRoom({ roomId, ...options }));
  const leave = (client, roomId) => within(`${client.user} leaves`, client.connection.leaveChatRoom({ roomId }));
  const say = (client, room, msg, fields = {}) => client.text(room, msg, { chatType: 'chatRoom', ...fields });

  test('made by REST: two join and talk, a third comes and goes', async () => {
    const room = await createRoom({ name: '大厅' });
    const [bob, carol, dave] = await login('bob', 'carol', 'dave');
    const joined = await join(bob, room);
    assert.equal(joined.data.result, true);
    assert.equal(joined.data.info.memberCount, 2);
    assert.equal(joined.data.info.isAllMembersMuted, false);
    assert.equal(joined.data.info.isInAllowlist, false);
    assert.equal(joined.data.info.muteExpireTimestamp, -1);
    assert.ok(joined.data.info.createTimestamp > 1_700_000_000_000);
    await join(carol, room, { ext: 'from the stage' });
    const came = await bob.next('onChatroomEvent', { operation: 'memberPresence', id: room });
    assert.deepEqual([came.from, came.memberCount, came.ext], ['carol', 3, 'from the stage']);

    const sent = await say(bob, room, 'hello', { ext: { n: 1 }, priority: 'high' });
    const got = await carol.next('onTextMessage', { id: sent.serverMsgId });
    assert.deepEqual([got.chatType, got.from, got.to, got.msg], ['chatRoom', 'bob', room, 'hello']);
    assert.deepEqual(got.ext, { n: 1 });
    assert.equal(got.priority, 'high');
    assert.equal(got.time, sent.message.time);
    const answer = await say(carol, room, 'hi bob');
    await bob.next('onTextMessage', { id: answer.serverMsgId });
    bob.none('onTextMessage', { id: sent.serverMsgId });
    const picture = await carol.send({ type: 'custom', to: room, chatType: 'chatRoom', customEvent: 'gift' });
    await bob.next('onCustomMessage', { id: picture.serverMsgId });

    await join(dave, room);
    await Promise.all(
      [bob, carol].map((one) =>
        one.next('onChatroomEvent', { operation: 'memberPresence', from: 'dave', memberCount: 4 }),
      ),
    );
    await leave(dave, room);
    await Promise.all(
      [bob, carol].map((one) =>
        one.next('onChatroomEvent', { operation: 'memberAbsence', from: 'dave', memberCount: 3 }),
      ),
    );
    await say(bob, room, 'without dave');
    await carol.next('onTextMessage', { msg: 'without dave' });
    dave.none('onTextMessage');
    dave.none('onChatroomEvent', { operation: 'memberPresence', from: 'dave' });
    const outside = await rejection(say(dave, room, 'x'));
    assert.equal(outside.type, CHATROOM_NOT_JOINED);
    await join(bob, room);
  });

  test('joining is refused where there is no room, or no place in it', async () => {
    const [bob, carol] = await login('bob', 'carol');
    assert.equal((await rejection(join(bob, '7'))).type, CHATROOM_NOT_EXIST);
    assert.equal((await rejection(say(bob, '7', 'x'))).type, CHATROOM_NOT_EXIST);
    const room = await createRoom({ maxusers: 2 });
    await join(bob, room);
    assert.equal((await rejection(join(carol, room))).type, CHATROOM_MEMBERS_FULL);
    await app.ok('POST', `/chatrooms/${room}/blocks/users/bob`);
    await bob.next('onChatroomEvent', { operation: 'removeMember', id: room });
    assert.equal((await rejection(join(bob, room))).type, PERMISSION_DENIED);
    await join(carol, room);
  });

  test('whoever is taken out hears of it, and the others too', async () => {
    const room = await createRoom();
    const [alice, bob, carol] = await login('alice', 'bob', 'carol');
    await join(bob, room);
    await join(carol, room);
    await alice.connection.removeChatRoomMember({ chatRoomId: room, username: 'bob' });
    const kicked = await bob.next('onChatroomEvent', { operation: 'removeMember', id: room });
    assert.equal(kicked.from, 'alice');
    await carol.next('onChatroomEvent', { operation: 'memberAbsence', from: 'bob', memberCount: 2 });
    await say(carol, room, 'gone');
    await alice.next('onTextMessage', { msg: 'gone' });
    bob.none('onTextMessage');
    // And back again on the same connection.
    await join(bob, room);
    await say(carol, room, 'welcome back');
    await bob.next('onTextMessage', { msg: 'welcome back' });
  });

  test('members hear of changes, of a new owner, and of the end', async () => {
    const room = await createRoom();
    const [alice, bob] = await login('alice', 'bob');
    await join(bob, room);
    await alice.connection.modifyChatRoom({
      chatRoomId: room,
      chatRoomName: 'Hall',
      description: 'big',
      maxusers: 20,
    });
    await bob.next('onChatroomEvent', { operation: 'updateInfo', id: room });
    const {
      data: [facts],
    } = await bob.connection.getChatRoomDetails({ chatRoomId: room });
    assert.deepEqual([facts.name, facts.description, facts.maxusers], ['Hall', 'big', 20]);
    assert.equal(facts.affiliations_count, 2);

    await app.ok('PUT', `/chatrooms/${room}`, { newowner: 'bob' });
    await bob.next('onChatroomEvent', { operation: 'changeOwner', id: room });
    await bob.connection.destroyChatRoom({ chatRoomId: room });
    await alice.next('onChatroomEvent', { operation: 'destroy', id: room });
    bob.none('onChatroomEvent', { operation: 'destroy' });
    assert.equal((await rejection(say(alice, room, 'x'))).type, CHATROOM_NOT_EXIST);
  });

  test('the muted do not speak', async () => {
    const room = await createRoom();
    const [alice, bob, carol] = await login('alice', 'bob', 'carol');
    await join(bob, room);
    await join(carol, room);
    await alice.connection.muteChatRoomMember({ chatRoomId: room, username: 'bob', muteDuration: 60_000 });
    await bob.next('onChatroomEvent', { operation: 'muteMember', id: room });
    assert.equal((await rejection(say(bob, room, 'x'))).type, MUTED);
    const again = await join(bob, room);
    assert.ok(again.data.info.muteExpireTimestamp > Date.now());
    await alice.connection.unmuteChatRoomMember({ chatRoomId: room, username: 'bob' });
    await say(bob, room, 'again');
    await carol.next('onTextMessage', { msg: 'again' });

    await alice.connection.disableSendChatRoomMsg({ chatRoomId: room });
    await carol.next('onChatroomEvent', { operation: 'muteAllMembers', id: room });
    assert.equal((await rejection(say(carol, room, 'x'))).type, ALL_MUTED);
    await say(alice, room, 'only I may');
    await carol.next('onTextMessage', { msg: 'only I may' });
  });

  test('lists and members as the SDK reads them', async () => {
    const room = await createRoom({ name: 'Reading room', members: ['carol'] });
    const bob = await connect(app, 'bob');
    const sdk = bob.connection;
    const all = await sdk.getChatRooms({ pagenum: 1, pagesize: 50 });
    const row = all.data.find((one) => one.id === room);
    assert.deepEqual([row.name, row.owner, row.affiliations_count], ['Reading room', 'alice', 2]);
    await join(bob, room);
    const mine = await sdk.getJoinedChatRooms({ pageNum: 1, pageSize: 20 });
    assert.deepEqual(
      mine.data.filter((one) => one.id === room).map((one) => [one.name, one.owner]),
      [['Reading room', 'alice']],
    );
    const numbered = await sdk.listChatRoomMembers({ chatRoomId: room, pageNum: 1, pageSize: 10 });
    assert.deepEqual(numbered.data, [{ owner: 'alice' }, { member: 'carol' }, { member: 'bob' }]);
    const first = await sdk.getChatRoomMembers({ chatRoomId: room, limit: 2 });
    const rest = await sdk.getChatRoomMembers({ chatRoomId: room, limit: 2, cursor: first.data.cursor });
    const ids = [...first.data.members, ...rest.data.members].map((member) => member.userId);
    assert.deepEqual(ids, ['alice', 'carol', 'bob']);
  });

  test('made by a super administrator with the SDK', async () => {
    const alice = await connect(app, 'alice');
    const wanted = { name: 'Stage', description: 'd', maxusers: 10, members: ['bob'] };
    assert.equal((await rejection(alice.connection.createChatRoom(wanted))).type, PERMISSION_DENIED);
    await app.ok('POST', '/chatrooms/super_admin', { superadmin: 'alice' });
    const made = await alice.connection.createChatRoom(wanted);
    assert.match(made.data.id, /^\d+$/);
    const bob = await connect(app, 'bob');
    await say(alice, made.data.id, 'hi');
    await bob.next('onTextMessage', { msg: 'hi', to: made.data.id });
    await alice.connection.addUsersToChatRoom({ chatRoomId: made.data.id, users: ['carol'] });
    await bob.next('onChatroomEvent', { operation: 'memberPresence', from: 'carol' });
  });

  test('whoever is away misses it, and hears the room again when back', async () => {
    const room = await createRoom();
    const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob', { url: proxy.socketUrl })]);
    await bob.next('onConnected');
    await join(bob, room);
    await say(alice, room, 'before');
    await bob.next('onTextMessage', { msg: 'before' });
    proxy.breakDown();
    await say(alice, room, 'meanwhile');
    proxy.mend();
    await bob.next('onReconnecting');
    await bob.next('onConnected');
    // Without joining again; a notice may cross the login.
    await say(alice, room, 'after');
    await bob.next('onTextMessage', { msg: 'after' });
    bob.none('onTextMessage', { msg: 'meanwhile' });
    bob.none('onError');
  });

  test('every device is in the room; the server speaks to all', async () => {
    const room = await createRoom();
    const [web, phone] = await Promise.all([connect(app, 'bob'), connect(app, 'bob', { device: 'second' })]);
    await join(web, room);
    const sent = await say(web, room, 'from web');
    await phone.next('onTextMessage', { id: sent.serverMsgId });
    const body = { from: 'admin', to: [room], type: 'txt', body: { msg: 'notice' }, chatroom_msg_level: 'low' };
    const { data } = await app.ok('POST', '/messages/chatrooms', body);
    for (const device of [web, phone]) {
      const notice = await device.next('onTextMessage', { id: data[room] });
      assert.deepEqual([notice.chatType, notice.from, notice.priority], ['chatRoom', 'admin', 'low']);
    }
    const recalled = web.recall(sent.serverMsgId, room, 'chatRoom');
    await recalled;
    await phone.next('onRecallMessage', { mid: sent.serverMsgId });
  });

  test('one room at a time, if the client wants it so', async () => {
    const [first, second] = [await createRoom(), await createRoom()];
    const [bob, carol] = await login('bob', 'carol');
    await join(carol, first);
    await join(bob, first);
    await carol.next('onChatroomEvent', { operation: 'memberPresence', from: 'bob', id: first });
    await join(bob, second, { leaveOtherRooms: true });
    await carol.next('onChatroomEvent', { operation: 'memberAbsence', from: 'bob', id: first });
    assert.equal((await rejection(say(bob, first, 'x'))).type, CHATROOM_NOT_JOINED);
    await say(bob, second, 'here');
  });

  test('the other devices of a user know of its coming and going', async () => {
    const room = await createRoom();
    const [phone, pad] = await Promise.all([connect(app, 'dave', { device: 'phone' }), connect(app, 'dave', { device: 'pad' })]);
    await join(phone, room);
    await pad.next('onChatroomChange', { type: 'join', gid: room });
    await leave(phone, room);
    await pad.next('onChatroomChange', { type: 'leave', gid: room });
    phone.none('onChatroomChange', { gid: room });
  });

  test('a lowered limit stops newcomers of rooms that are there', async () => {
    const small = await createApp('small');
    await small.register('alice', 'bob');
    const room = (await small.ok('POST', '/chatrooms', { name: 'r', description: 'd', owner: 'alice' })).data.id;
    await small.feature('chatroom_members_max', '1');
    const bob = await connect(small, 'bob');
    await eventually(async () => {
      const refused = await rejection(join(bob, room)).catch(() => leave(bob, room));
      assert.equal(refused?.type, CHATROOM_MEMBERS_FULL);
    });
  });
});
