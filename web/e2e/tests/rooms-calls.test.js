// Every call about chat rooms that the official SDK has, old names included.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createApp } from '../lib/app.js';
import { connect, eventually, rejection, within } from '../lib/client.js';

const PERMISSION_DENIED = 603;
const CHATROOM_NOT_JOINED = 702;
const CHATROOM_NOT_EXIST = 705;
const MAX_LIMIT = 50;
const SERVICE_NOT_ENABLED = 505;

describe('calls about chat rooms', () => {
  let app;
  before(async () => {
    app = await createApp('calls');
    await app.register('alice', 'bob', 'carol', 'dave');
  });

  async function createRoom(fields = {}) {
    const body = { name: 'Lobby', description: 'd', owner: 'alice', ...fields };
    return (await app.ok('POST', '/chatrooms', body)).data.id;
  }

  const login = (...users) => Promise.all(users.map((user) => connect(app, user)));
  const enter = (client, roomId, options = {}) =>
    within(`${client.user} joins`, client.connection.joinChatRoom({ roomId, ...options }));

  test("made, changed and ended with the app's token", async () => {
    const [alice, bob] = await login('alice', 'bob');
    const phone = await connect(app, 'alice', { device: 'phone' });
    const token = await app.token();
    const wanted = { name: 'Stage', description: 'd', maxusers: 10, members: ['bob'] };
    const made = await alice.connection.createChatRoom({ ...wanted, token });
    const chatRoomId = made.data.id;
    await bob.next('onChatroomEvent', { operation: 'directJoined', id: chatRoomId });
    const changed = await alice.connection.modifyChatRoom({
      chatRoomId,
      chatRoomName: 'Hall',
      description: 'e',
      maxusers: 9,
    });
    assert.deepEqual(changed.data, { groupname: true, description: true, maxusers: true });
    const details = await bob.connection.getChatRoomDetails({ chatRoomId });
    const { name, owner, maxusers, affiliations, custom, mute } = details.data[0];
    assert.deepEqual([name, owner, maxusers, custom, mute], ['Hall', 'alice', 9, '', false]);
    assert.deepEqual(affiliations, [{ owner: 'alice' }]);
    const ended = await alice.connection.destroyChatRoom({ chatRoomId, token });
    assert.deepEqual(ended.data, { id: chatRoomId, success: true });
    await bob.next('onChatroomEvent', { operation: 'destroy', id: chatRoomId });
    assert.equal((await rejection(bob.connection.getChatRoomDetails({ chatRoomId }))).type, CHATROOM_NOT_EXIST);

    // And as a super administrator, whose other devices hear of it.
    await app.ok('POST', '/chatrooms/super_admin', { superadmin: 'alice' });
    const own = await alice.connection.createChatRoom(wanted);
    await phone.next('onChatroomEvent', { operation: 'create', id: own.data.id });
    alice.none('onChatroomEvent', { operation: 'create' });
    const refused = await rejection(bob.connection.destroyChatRoom({ chatRoomId: own.data.id }));
    assert.equal(refused.type, PERMISSION_DENIED);
    await alice.connection.destroyChatRoom({ chatRoomId: own.data.id });
  });

  test('members come, are listed, and go', async () => {
    const chatRoomId = await createRoom();
    const [alice, bob] = await login('alice', 'bob');
    const phone = await connect(app, 'alice', { device: 'phone' });
    const sdk = alice.connection;
    const added = await sdk.addUsersToChatRoom({ chatRoomId, users: ['bob', 'carol', 'dave'] });
    assert.deepEqual(added.data, { newmembers: ['bob', 'carol', 'dave'], action: 'add_member', id: chatRoomId });
    await bob.next('onChatroomEvent', { operation: 'directJoined', id: chatRoomId });
    // One event for each of several.
    for (const from of ['bob', 'carol', 'dave']) {
      await phone.next('onChatroomEvent', { operation: 'memberPresence', from, memberCount: 4 });
    }
    for (const list of ['listChatRoomMembers', 'listChatRoomMember']) {
      const { data } = await sdk[list]({ chatRoomId, pageNum: 1, pageSize: 2 });
      assert.deepEqual(data, [{ owner: 'alice' }, { member: 'bob' }]);
    }
    const page = await sdk.getChatRoomMembers({ chatRoomId, limit: 3 });
    assert.deepEqual(
      page.data.members.map(({ userId, role }) => [userId, role]),
      [
        ['alice', 'owner'],
        ['bob', 'member'],
        ['carol', 'member'],
      ],
    );
    assert.ok(page.data.members.every((member) => member.joinedTime > 1_700_000_000_000));
    const one = await sdk.removeChatRoomMember({ chatRoomId, username: 'bob' });
    assert.deepEqual([one.data.result, one.data.user], [true, 'bob']);
    await bob.next('onChatroomEvent', { operation: 'removeMember', id: chatRoomId });
    const two = await sdk.removeChatRoomMembers({ chatRoomId, users: ['bob', 'carol'] });
    assert.deepEqual(
      two.data.map((row) => row.result),
      [false, true],
    );
    await sdk.removeSingleChatRoomMember({ chatRoomId, username: 'dave' });
    await sdk.addUsersToChatRoom({ chatRoomId, users: ['carol', 'dave'] });
    await sdk.removeMultiChatRoomMember({ chatRoomId, users: ['carol', 'dave'] });
    await enter(bob, chatRoomId);
    assert.equal((await rejection(bob.connection.addUsersToChatRoom({ chatRoomId, users: ['dave'] }))).type, PERMISSION_DENIED);
    await within('bob leaves', bob.connection.quitChatRoom({ roomId: chatRoomId }));
    const outside = bob.connection.listChatRoomMembers({ chatRoomId, pageNum: 1, pageSize: 2 });
    assert.equal((await rejection(outside)).type, CHATROOM_NOT_JOINED);
  });

  test('administrators', async () => {
    const chatRoomId = await createRoom({ members: ['bob', 'carol'] });
    const [alice, bob] = await login('alice', 'bob');
    const made = await alice.connection.setChatRoomAdmin({ chatRoomId, username: 'bob' });
    assert.deepEqual(made.data, { result: 'success', newadmin: 'bob' });
    const event = await bob.next('onChatroomEvent', { operation: 'setAdmin', id: chatRoomId });
    assert.deepEqual([event.from, event.userId], ['alice', 'bob']);
    assert.deepEqual((await bob.connection.getChatRoomAdmin({ chatRoomId })).data, ['bob']);
    const gone = await alice.connection.removeChatRoomAdmin({ chatRoomId, username: 'bob' });
    assert.deepEqual(gone.data, { result: 'success', oldadmin: 'bob' });
    await bob.next('onChatroomEvent', { operation: 'removeAdmin', id: chatRoomId });
    const refused = await rejection(bob.connection.setChatRoomAdmin({ chatRoomId, username: 'carol' }));
    assert.equal(refused.type, PERMISSION_DENIED);
  });

  test('mutes, with the time until which they last', async () => {
    const chatRoomId = await createRoom({ members: ['bob', 'carol'] });
    const [alice, bob, carol] = await login('alice', 'bob', 'carol');
    const until = Date.now() + 60_000;
    const muted = await alice.connection.muteChatRoomMember({ chatRoomId, username: 'bob', muteDuration: 60_000 });
    assert.deepEqual([muted.data[0].result, muted.data[0].user], [true, 'bob']);
    assert.ok(Math.abs(muted.data[0].expire - until) < 30_000);
    const event = await bob.next('onChatroomEvent', { operation: 'muteMember', id: chatRoomId });
    assert.deepEqual([event.userId, event.muteTimestamp], ['bob', { bob: muted.data[0].expire }]);
    for (const list of ['getChatRoomMutelist', 'getChatRoomMuteList', 'getChatRoomMuted']) {
      const { data } = await alice.connection[list]({ chatRoomId });
      assert.deepEqual(data, [{ user: 'bob', expire: muted.data[0].expire }]);
    }
    assert.equal((await bob.connection.isInChatRoomMutelist({ chatRoomId })).data, true);
    assert.equal((await carol.connection.isInChatRoomMutelist({ chatRoomId })).data, false);
    const again = await enter(bob, chatRoomId);
    assert.equal(again.data.info.muteExpireTimestamp, muted.data[0].expire);
    const unmuted = await alice.connection.unmuteChatRoomMember({ chatRoomId, username: 'bob' });
    assert.deepEqual(unmuted.data, [{ result: true, user: 'bob' }]);
    const free = await bob.next('onChatroomEvent', { operation: 'unmuteMember', id: chatRoomId });
    assert.equal(free.userId, 'bob');
    await alice.connection.muteChatRoomMember({ chatRoomId, username: 'bob', muteDuration: -1 });
    await alice.connection.removeMuteChatRoomMember({ chatRoomId, username: 'bob' });
    assert.deepEqual((await alice.connection.getChatRoomMutelist({ chatRoomId })).data, []);
    carol.none('onChatroomEvent', { operation: 'muteMember' });

    assert.deepEqual((await alice.connection.disableSendChatRoomMsg({ chatRoomId })).data, { mute: true });
    await Promise.all([bob, carol].map((one) => one.next('onChatroomEvent', { operation: 'muteAllMembers' })));
    assert.equal((await enter(bob, chatRoomId)).data.info.isAllMembersMuted, true);
    assert.deepEqual((await alice.connection.enableSendChatRoomMsg({ chatRoomId })).data, { mute: false });
    await Promise.all([bob, carol].map((one) => one.next('onChatroomEvent', { operation: 'unmuteAllMembers' })));
  });

  test('block lists', async () => {
    const chatRoomId = await createRoom({ members: ['bob', 'carol', 'dave'] });
    const [alice, bob] = await login('alice', 'bob');
    const sdk = alice.connection;
    const single = await sdk.blockChatRoomMember({ chatRoomId, username: 'bob' });
    assert.equal(single.data.result, true);
    await bob.next('onChatroomEvent', { operation: 'removeMember', id: chatRoomId });
    assert.equal((await rejection(enter(bob, chatRoomId))).type, PERMISSION_DENIED);
    const multi = await sdk.blockChatRoomMembers({ chatRoomId, usernames: ['carol', 'dave'] });
    assert.deepEqual(
      multi.data.map(({ result, user, action, id }) => [result, user, action, id]),
      [
        [true, 'carol', 'add_blocks', chatRoomId],
        [true, 'dave', 'add_blocks', chatRoomId],
      ],
    );
    for (const list of ['getChatRoomBlocklist', 'getChatRoomBlacklist', 'getChatRoomBlacklistNew']) {
      assert.deepEqual((await sdk[list]({ chatRoomId })).data.toSorted(), ['bob', 'carol', 'dave']);
    }
    assert.equal((await sdk.unblockChatRoomMember({ chatRoomId, username: 'bob' })).data.result, true);
    await bob.next('onChatroomEvent', { operation: 'unblockMember', id: chatRoomId });
    const freed = await sdk.unblockChatRoomMembers({ chatRoomId, usernames: ['carol', 'dave'] });
    assert.equal(freed.data.length, 2);
    await enter(bob, chatRoomId);
    await sdk.chatRoomBlockSingle({ chatRoomId, username: 'bob' });
    await sdk.removeChatRoomBlockSingle({ chatRoomId, username: 'bob' });
    await enter(bob, chatRoomId);
    await sdk.chatRoomBlockMulti({ chatRoomId, usernames: ['bob'] });
    await sdk.removeChatRoomBlockMulti({ chatRoomId, usernames: ['bob'] });
    assert.deepEqual((await sdk.getChatRoomBlocklist({ chatRoomId })).data, []);
  });

  test('allow lists', async () => {
    const chatRoomId = await createRoom({ members: ['bob', 'carol'] });
    const [alice, bob] = await login('alice', 'bob');
    const sdk = alice.connection;
    const added = await sdk.addUsersToChatRoomAllowlist({ chatRoomId, users: ['bob'] });
    assert.deepEqual([added.data.result, added.data.user], [true, 'bob']);
    const event = await bob.next('onChatroomEvent', { operation: 'addUserToAllowlist', id: chatRoomId });
    assert.equal(event.userId, 'bob');
    for (const list of ['getChatRoomAllowlist', 'getChatRoomWhitelist']) {
      assert.deepEqual((await sdk[list]({ chatRoomId })).data, ['bob']);
    }
    for (const ask of ['isInChatRoomAllowlist', 'isChatRoomWhiteUser']) {
      const { data } = await bob.connection[ask]({ chatRoomId, userName: 'bob' });
      assert.deepEqual(data, { white: true, member: 'bob' });
    }
    assert.equal((await enter(bob, chatRoomId)).data.info.isInAllowlist, true);
    await sdk.removeChatRoomAllowlistMember({ chatRoomId, userName: 'bob' });
    await bob.next('onChatroomEvent', { operation: 'removeAllowlistMember', userId: 'bob' });
    await sdk.addUsersToChatRoomWhitelist({ chatRoomId, users: ['bob', 'carol'] });
    await sdk.rmUsersFromChatRoomWhitelist({ chatRoomId, userName: 'bob' });
    await sdk.removeChatRoomWhitelistMember({ chatRoomId, userName: 'carol' });
    assert.deepEqual((await sdk.getChatRoomAllowlist({ chatRoomId })).data, []);
  });

  test('the announcement', async () => {
    const roomId = await createRoom({ members: ['bob'] });
    const [alice, bob] = await login('alice', 'bob');
    const set = await alice.connection.updateChatRoomAnnouncement({ roomId, announcement: 'welcome' });
    assert.deepEqual(set.data, { id: roomId, result: true });
    await bob.next('onChatroomEvent', { operation: 'updateAnnouncement', id: roomId, announcement: 'welcome' });
    assert.deepEqual((await bob.connection.fetchChatRoomAnnouncement({ roomId })).data, { announcement: 'welcome' });
    await app.ok('POST', `/chatrooms/${roomId}/announcement`, { announcement: '' });
    await bob.next('onChatroomEvent', { operation: 'deleteAnnouncement', id: roomId });
    const long = alice.connection.updateChatRoomAnnouncement({ roomId, announcement: 'x'.repeat(513) });
    assert.equal((await rejection(long)).type, MAX_LIMIT);
  });

  test('all rooms, and mine', async () => {
    const chatRoomId = await createRoom({ name: 'Mine', members: ['carol'] });
    const carol = await connect(app, 'carol');
    const all = await carol.connection.getChatRooms({ pagenum: 1, pagesize: 20 });
    assert.ok(all.data.some((room) => room.id === chatRoomId && room.affiliations_count === 2));
    const mine = await carol.connection.getJoinedChatRooms({ pageNum: 1, pageSize: 50 });
    const row = mine.data.find((room) => room.id === chatRoomId);
    assert.deepEqual([row.name, row.owner, row.maxusers], ['Mine', 'alice', 1000]);
    assert.ok(row.created > 1_700_000_000_000);
    const second = await carol.connection.getJoinedChatRooms({ pageNum: 2, pageSize: 1 });
    assert.equal(second.data.length, 1);
  });

  test('a user is in so many rooms, unless it leaves the others', async () => {
    const own = await createApp('crowd');
    await own.feature('chatrooms_per_user_max', '2');
    await own.register('alice', 'bob', 'carol', 'dave');
    const make = async (owner) =>
      (await own.ok('POST', '/chatrooms', { name: 'r', description: 'd', owner })).data.id;
    const [first, second, third] = [await make('alice'), await make('carol'), await make('dave')];
    const bob = await connect(own, 'bob');
    await enter(bob, first);
    await enter(bob, second);
    assert.equal((await rejection(enter(bob, third))).type, MAX_LIMIT);
    await enter(bob, third, { leaveOtherRooms: true, ext: 'only this' });
    const mine = await bob.connection.getJoinedChatRooms({ pageNum: 1, pageSize: 50 });
    assert.deepEqual(
      mine.data.map((room) => room.id),
      [third],
    );
  });

  test('messages for some members, for those online, and withdrawn', async () => {
    const chatRoomId = await createRoom({ members: ['bob', 'carol'] });
    const [alice, bob, carol] = await login('alice', 'bob', 'carol');
    const say = (msg, fields) => alice.text(chatRoomId, msg, { chatType: 'chatRoom', ...fields });
    const directed = await say('for bob', { receiverList: ['bob'] });
    await bob.next('onTextMessage', { id: directed.serverMsgId, chatType: 'chatRoom' });
    const online = await say('for those online', { deliverOnlineOnly: true });
    for (const one of [bob, carol]) await one.next('onTextMessage', { id: online.serverMsgId });
    carol.none('onTextMessage', { msg: 'for bob' });
    const body = { from: 'alice', to: [chatRoomId], type: 'txt', body: { msg: 'from the server' }, users: ['carol'] };
    const { data } = await app.ok('POST', '/messages/chatrooms/users', body);
    await carol.next('onTextMessage', { id: data[chatRoomId], msg: 'from the server' });
    bob.none('onTextMessage', { msg: 'from the server' });
    const many = await rejection(say('x', { receiverList: Array.from({ length: 21 }, (_, n) => `u${n}`) }));
    assert.equal(many.type, MAX_LIMIT);
    await alice.recall(online.serverMsgId, chatRoomId, 'chatRoom', { ext: 'sorry' });
    for (const one of [bob, carol]) await one.next('onRecallMessage', { mid: online.serverMsgId, ext: 'sorry' });
  });

  test('what was said before is there for who comes later', async () => {
    const chatRoomId = await createRoom();
    const [alice, bob] = await login('alice', 'bob');
    const sent = [];
    for (const msg of ['one', 'two', 'three']) {
      sent.push((await alice.text(chatRoomId, msg, { chatType: 'chatRoom' })).serverMsgId);
    }
    const ask = (options) => bob.history(chatRoomId, { chatType: 'chatRoom', pageSize: 2, ...options });
    assert.equal((await rejection(ask())).type, PERMISSION_DENIED);
    await enter(bob, chatRoomId);
    const newest = await ask();
    assert.deepEqual(
      newest.messages.map(({ id, msg, chatType, to }) => [id, msg, chatType, to]),
      [
        [sent[2], 'three', 'chatRoom', chatRoomId],
        [sent[1], 'two', 'chatRoom', chatRoomId],
      ],
    );
    const rest = await ask({ cursor: newest.cursor });
    assert.deepEqual([rest.isLast, rest.messages.map(({ msg }) => msg)], [true, ['one']]);
    const oldest = await ask({ searchDirection: 'down', pageSize: 50 });
    assert.deepEqual(
      oldest.messages.map(({ msg }) => msg),
      ['one', 'two', 'three'],
    );
    const old = await within(
      'the old call',
      bob.connection.fetchHistoryMessages({ queue: chatRoomId, isGroup: true, count: 3 }),
    );
    assert.deepEqual(
      old.map((message) => message.msg ?? message.data ?? message.sourceMsg),
      ['one', 'two', 'three'],
    );
    await app.feature('room_history', 'off');
    await eventually(async () => assert.equal((await rejection(ask())).type, SERVICE_NOT_ENABLED));
  });
});
