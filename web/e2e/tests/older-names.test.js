// The SDK has most calls under several names; the older ones reach the same, and the older events tell of the same.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createApp } from '../lib/app.js';
import { Client, connect, eventually, within } from '../lib/client.js';
import { noteEvent } from '../lib/coverage.js';

const call = (client, method, params) =>
  within(`${client.user} calls ${method}`, client.connection[method](...(params === undefined ? [] : [params])));

/** The data of an answer. */
const data = async (client, method, params) => (await call(client, method, params)).data;

describe('older names', () => {
  let app;
  before(async () => {
    app = await createApp('names');
    await app.register('alice', 'bob', 'carol', 'dave');
  });

  const login = (...users) => Promise.all(users.map((user) => connect(app, user)));

  test('of groups: made, listed, given away, left and dissolved', async () => {
    const [alice, bob] = await login('alice', 'bob');
    const made = await data(alice, 'createGroupNew', {
      data: { groupname: 'old', desc: 'd', members: ['bob', 'carol'], public: true, approval: false, allowinvites: true, inviteNeedConfirm: false, maxusers: 50 },
    });
    const groupId = made.groupid;
    await bob.next('onGroupEvent', { operation: 'directJoined', id: groupId });
    assert.ok((await data(alice, 'listGroups', { limit: 50 })).some(({ groupid }) => groupid === groupId));
    assert.ok((await data(alice, 'getGroup')).some(({ groupid }) => groupid === groupId));
    const members = await data(alice, 'listGroupMember', { groupId, pageNum: 1, pageSize: 10 });
    assert.equal(members.length, 3);
    await call(bob, 'blockGroup', { groupId });
    await call(bob, 'unblockGroupMessage', { groupId });
    await call(alice, 'changeOwner', { groupId, newOwner: 'bob' });
    await bob.next('onGroupEvent', { operation: 'changeOwner', id: groupId });
    await call(alice, 'quitGroup', { groupId });
    await bob.next('onGroupEvent', { operation: 'memberAbsence', id: groupId, from: 'alice' });
    await call(bob, 'dissolveGroup', { groupId });
    assert.ok(!(await data(bob, 'getGroup')).some(({ groupid }) => groupid === groupId));
  });

  test('of groups: asked and asking', async () => {
    const [alice, bob, carol, dave] = await login('alice', 'bob', 'carol', 'dave');
    const groupId = await app.createGroup('alice', ['bob'], { public: true, membersonly: true, allowinvites: false, invite_need_confirm: true });
    await call(alice, 'inviteToGroup', { groupId, users: ['carol', 'dave'] });
    await Promise.all([carol, dave].map((one) => one.next('onGroupEvent', { operation: 'inviteToJoin', id: groupId })));
    await call(carol, 'agreeInviteIntoGroup', { groupId, invitee: 'carol' });
    await alice.next('onGroupEvent', { operation: 'acceptInvite', id: groupId, from: 'carol' });
    await call(dave, 'rejectInviteIntoGroup', { groupId, invitee: 'dave' });
    await alice.next('onGroupEvent', { operation: 'rejectInvite', id: groupId, from: 'dave' });
    await call(dave, 'joinGroup', { groupId, message: 'please' });
    await alice.next('onGroupEvent', { operation: 'requestToJoin', id: groupId, from: 'dave' });
    await call(alice, 'rejectJoinGroup', { groupId, applicant: 'dave', reason: 'no' });
    await dave.next('onGroupEvent', { operation: 'joinPublicGroupDeclined', id: groupId });
    await call(dave, 'joinGroup', { groupId, message: 'again' });
    await alice.next('onGroupEvent', { operation: 'requestToJoin', id: groupId, from: 'dave' });
    await call(alice, 'agreeJoinGroup', { groupId, applicant: 'dave' });
    await dave.next('onGroupEvent', { operation: 'acceptRequest', id: groupId });
    await call(alice, 'removeSingleGroupMember', { groupId, username: 'dave' });
    await dave.next('onGroupEvent', { operation: 'removeMember', id: groupId });
    await call(alice, 'removeGroupMember', { groupId, username: 'carol' });
    await carol.next('onGroupEvent', { operation: 'removeMember', id: groupId });
    const removed = await data(alice, 'removeMultiGroupMember', { groupId, users: ['bob'] });
    assert.deepEqual([removed].flat().map(({ user, result }) => [user, result]), [['bob', true]]);
    await bob.next('onGroupEvent', { operation: 'removeMember', id: groupId });
  });

  test('of groups: roles and lists', async () => {
    const [alice, bob] = await login('alice', 'bob');
    const groupId = await app.createGroup('alice', ['bob', 'carol', 'dave']);
    await call(alice, 'updateGroupAnnouncement', { groupId, announcement: 'read this' });
    await call(alice, 'updateGroupAnnouncement', { groupId, announcement: '' });
    await bob.next('onGroupEvent', { operation: 'deleteAnnouncement', id: groupId });
    await call(alice, 'setAdmin', { groupId, username: 'bob' });
    await bob.next('onGroupEvent', { operation: 'setAdmin', id: groupId });
    await call(alice, 'removeAdmin', { groupId, username: 'bob' });
    await bob.next('onGroupEvent', { operation: 'removeAdmin', id: groupId });
    await call(alice, 'mute', { groupId, username: 'bob', muteDuration: 60_000 });
    await bob.next('onGroupEvent', { operation: 'muteMember', id: groupId });
    for (const method of ['getMuted', 'getGroupMuteList']) {
      assert.deepEqual((await data(alice, method, { groupId })).map(({ user }) => user), ['bob']);
    }
    await call(alice, 'removeMute', { groupId, username: 'bob' });
    await call(alice, 'addUsersToGroupWhitelist', { groupId, users: ['bob'] });
    for (const method of ['isGroupWhiteUser', 'isInGroupWhiteList']) {
      assert.equal((await data(alice, method, { groupId, userName: 'bob' })).white, true);
    }
    assert.ok((await data(alice, 'getGroupWhitelist', { groupId })).includes('bob'));
    await call(alice, 'rmUsersFromGroupWhitelist', { groupId, userName: 'bob' });
    await call(alice, 'addUsersToGroupWhitelist', { groupId, users: ['bob'] });
    await call(alice, 'removeGroupWhitelistMember', { groupId, userName: 'bob' });
    assert.ok(!(await data(alice, 'getGroupWhitelist', { groupId })).includes('bob'));
    await call(alice, 'groupBlockSingle', { groupId, username: 'bob' });
    await call(alice, 'groupBlockMulti', { groupId, usernames: ['carol', 'dave'] });
    for (const method of ['getGroupBlacklistNew', 'getGroupBlacklist']) {
      assert.deepEqual((await data(alice, method, { groupId })).sort(), ['bob', 'carol', 'dave']);
    }
    await call(alice, 'removeGroupBlockSingle', { groupId, username: 'bob' });
    await bob.next('onGroupEvent', { operation: 'unblockMember', id: groupId });
    await call(alice, 'removeGroupBlockMulti', { groupId, usernames: ['carol'] });
    await call(alice, 'unblockGroupMembers', { groupId, usernames: ['dave'] });
    assert.deepEqual(await data(alice, 'getGroupBlacklist', { groupId }), []);
    assert.deepEqual(await data(alice, 'fetchGroupSharedFileList', { groupId, pageNum: 1, pageSize: 10 }), []);
  });

  test('of chat rooms', async () => {
    const [alice, bob, carol] = await login('alice', 'bob', 'carol');
    const room = await app.ok('POST', '/chatrooms', { name: 'old', description: 'd', owner: 'alice' });
    const chatRoomId = room.data.id;
    for (const one of [alice, bob, carol]) await call(one, 'joinChatRoom', { roomId: chatRoomId });
    const members = await data(alice, 'listChatRoomMember', { chatRoomId, pageNum: 1, pageSize: 10 });
    assert.equal(members.length, 3);
    assert.deepEqual(await data(alice, 'fetchChatRoomSharedFileList', { roomId: chatRoomId }), []);
    await call(alice, 'updateChatRoomAnnouncement', { roomId: chatRoomId, announcement: 'x' });
    await call(alice, 'updateChatRoomAnnouncement', { roomId: chatRoomId, announcement: '' });
    await bob.next('onChatroomEvent', { operation: 'deleteAnnouncement', id: chatRoomId });
    await call(carol, 'quitChatRoom', { roomId: chatRoomId });
    await bob.next('onChatroomEvent', { operation: 'memberAbsence', id: chatRoomId, from: 'carol' });
    await bob.next('onChatroomChange', { gid: chatRoomId, from: 'carol' });
    await call(alice, 'removeSingleChatRoomMember', { chatRoomId, username: 'bob' });
    await bob.next('onChatroomEvent', { operation: 'removeMember', id: chatRoomId });
    for (const method of ['removeMultiChatRoomMember', 'removeChatRoomMembers']) {
      await call(bob, 'joinChatRoom', { roomId: chatRoomId });
      const removed = await data(alice, method, { chatRoomId, users: ['bob'] });
      assert.deepEqual([removed].flat().map(({ user, result }) => [user, result]), [['bob', true]]);
      await bob.next('onChatroomEvent', { operation: 'removeMember', id: chatRoomId });
    }
  });

  test('of events, as `listen` hears them', async () => {
    const bob = new Client(app, 'bob');
    const heard = [];
    const names = ['onOpened', 'onPresence', 'onTextMessage'];
    bob.connection.listen(Object.fromEntries(names.map((name) => [name, (event) => heard.push([name, event])])));
    await bob.login();
    const [alice] = await login('alice');
    const hears = (name, wanted = () => true) =>
      eventually(async () => {
        assert.ok(heard.some(([each, event]) => each === name && wanted(event)), `no ${name}`);
        noteEvent(bob.build, name);
      });
    await hears('onOpened');
    await call(alice, 'addContact', 'bob');
    await bob.next('onContactInvited', { from: 'alice' });
    const group = await app.createGroup('alice', ['bob']);
    await bob.next('onGroupChange', { type: 'direct_joined', gid: group });
    await hears('onPresence', ({ type, gid }) => type === 'direct_joined' && gid === group);
    const sent = await alice.text('bob', 'hello');
    await hears('onTextMessage', ({ id }) => id === sent.serverMsgId);
    await bob.next('onMessage', (messages) => messages.some(({ id }) => id === sent.serverMsgId));
    bob.connection.onShow();
  });
});
