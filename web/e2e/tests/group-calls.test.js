// Every call about groups that the official SDK has, old names included.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createApp } from '../lib/app.js';
import { connect, rejection, within } from '../lib/client.js';

const PERMISSION_DENIED = 603;
const NOT_JOINED = 602;

describe('calls about groups', () => {
  let app;
  before(async () => {
    app = await createApp('group-calls');
    await app.register('alice', 'bob', 'carol', 'dave');
  });

  const login = (...users) => Promise.all(users.map((user) => connect(app, user)));
  const call = (client, method, options) => within(method, client.connection[method](options));
  const users = (rows) => [rows].flat().map((row) => [row.user, row.result]);

  test('made, listed, changed and ended', async () => {
    const [alice, bob] = await login('alice', 'bob');
    const data = {
      groupname: 'g',
      desc: 'd',
      members: ['bob'],
      public: true,
      approval: false,
      allowinvites: false,
      inviteNeedConfirm: false,
    };
    for (const [make, end] of [
      ['createGroup', 'destroyGroup'],
      ['createGroupNew', 'dissolveGroup'],
    ]) {
      const groupId = (await call(alice, make, { data: { ...data, maxusers: 9, avatar: 'a', ext: 'e' } })).data.groupid;
      const [facts] = (await call(bob, 'getGroupInfo', { groupId })).data;
      assert.deepEqual(
        [facts.name, facts.description, facts.public, facts.maxusers, facts.avatar, facts.custom, facts.shieldgroup],
        ['g', 'd', true, 9, 'a', 'e', false],
      );
      for (const list of ['getPublicGroups', 'listGroups']) {
        const { data: listed } = await call(bob, list, { limit: 20 });
        assert.ok(listed.some((row) => row.groupid === groupId && row.groupname === 'g'));
      }
      const all = (await call(bob, 'getGroup')).data;
      assert.ok(all.some((row) => row.groupid === groupId && row.groupname === 'g'));
      const ended = (await call(alice, end, { groupId })).data;
      assert.deepEqual([ended.id, ended.success], [groupId, true]);
      await bob.next('onGroupEvent', { operation: 'destroy', id: groupId });
    }
  });

  test('members come and go by every name of it', async () => {
    const [alice, bob, carol] = await login('alice', 'bob', 'carol');
    const groupId = await app.createGroup('alice', [], { public: true, membersonly: true, invite_need_confirm: true });
    for (const [invite, answer, leave] of [
      ['inviteUsersToGroup', 'acceptGroupInvite', 'leaveGroup'],
      ['inviteToGroup', 'agreeInviteIntoGroup', 'quitGroup'],
    ]) {
      await call(alice, invite, { groupId, users: ['bob'] });
      await bob.next('onGroupEvent', { operation: 'inviteToJoin', id: groupId });
      await call(bob, answer, { groupId, invitee: 'bob' });
      await alice.next('onGroupEvent', { operation: 'acceptInvite', id: groupId });
      assert.equal((await call(bob, leave, { groupId })).data.result, true);
      await alice.next('onGroupEvent', { operation: 'memberAbsence', id: groupId, from: 'bob' });
    }
    await call(alice, 'inviteToGroup', { groupId, users: ['bob'] });
    await call(bob, 'rejectInviteIntoGroup', { groupId, invitee: 'bob' });
    await alice.next('onGroupEvent', { operation: 'rejectInvite', id: groupId });
    for (const [accept, remove, options] of [
      ['acceptGroupJoinRequest', 'removeGroupMember', { username: 'carol' }],
      ['agreeJoinGroup', 'removeSingleGroupMember', { username: 'carol' }],
      ['agreeJoinGroup', 'removeGroupMembers', { users: ['carol', 'dave'] }],
      ['agreeJoinGroup', 'removeMultiGroupMember', { users: ['carol', 'dave'] }],
    ]) {
      await call(carol, 'joinGroup', { groupId, message: 'm' });
      await call(alice, accept, { groupId, applicant: 'carol' });
      await carol.next('onGroupEvent', { operation: 'acceptRequest', id: groupId });
      const removed = await call(alice, remove, { groupId, ...options });
      assert.deepEqual(users(removed.data)[0], ['carol', true]);
      await carol.next('onGroupEvent', { operation: 'removeMember', id: groupId, from: 'alice' });
    }
    await call(carol, 'joinGroup', { groupId, message: 'm' });
    await call(alice, 'rejectJoinGroup', { groupId, applicant: 'carol', reason: 'no' });
    await carol.next('onGroupEvent', { operation: 'joinPublicGroupDeclined', id: groupId });
    const nobody = call(alice, 'removeGroupMember', { groupId, username: 'dave' });
    assert.equal((await rejection(nobody)).type, NOT_JOINED);
  });

  test('members are listed by every name of it', async () => {
    const [alice] = await login('alice');
    const groupId = await app.createGroup('alice', ['bob', 'carol']);
    for (const list of ['listGroupMembers', 'listGroupMember']) {
      const { data } = await call(alice, list, { groupId, pageNum: 1, pageSize: 2 });
      assert.deepEqual(data, [{ owner: 'alice' }, { member: 'bob' }]);
    }
    const { data } = await call(alice, 'getGroupMembers', { groupId, limit: 10 });
    assert.deepEqual(
      data.members.map((member) => [member.userId, member.role]),
      [
        ['alice', 'owner'],
        ['bob', 'member'],
        ['carol', 'member'],
      ],
    );
  });

  test('roles and lists by every name of them', async () => {
    const [alice] = await login('alice');
    const groupId = await app.createGroup('alice', ['bob', 'carol']);
    const one = (method, options) => call(alice, method, { groupId, ...options });
    for (const [set, remove] of [
      ['setGroupAdmin', 'removeGroupAdmin'],
      ['setAdmin', 'removeAdmin'],
    ]) {
      assert.equal((await one(set, { username: 'bob' })).data.newadmin, 'bob');
      assert.deepEqual((await one('getGroupAdmin')).data, ['bob']);
      assert.equal((await one(remove, { username: 'bob' })).data.oldadmin, 'bob');
    }
    for (const [mute, unmute] of [
      ['muteGroupMember', 'unmuteGroupMember'],
      ['mute', 'removeMute'],
    ]) {
      await one(mute, { username: ['bob', 'carol'], muteDuration: 60_000 });
      for (const list of ['getGroupMutelist', 'getGroupMuteList', 'getMuted']) {
        assert.deepEqual((await one(list)).data.map((row) => row.user).sort(), ['bob', 'carol']);
      }
      const ended = (await one(unmute, { username: ['bob', 'carol'] })).data;
      assert.deepEqual(users(ended), [
        ['bob', true],
        ['carol', true],
      ]);
    }
    for (const [allow, disallow, isAllowed, list] of [
      ['addUsersToGroupAllowlist', 'removeGroupAllowlistMember', 'isInGroupAllowlist', 'getGroupAllowlist'],
      ['addUsersToGroupWhitelist', 'removeGroupWhitelistMember', 'isInGroupWhiteList', 'getGroupWhitelist'],
      ['addUsersToGroupWhitelist', 'rmUsersFromGroupWhitelist', 'isGroupWhiteUser', 'getGroupWhitelist'],
    ]) {
      assert.deepEqual(users((await one(allow, { users: ['bob'] })).data), [['bob', true]]);
      assert.deepEqual((await one(isAllowed, { userName: 'bob' })).data, { white: true, member: 'bob' });
      assert.deepEqual((await one(list)).data, ['bob']);
      assert.deepEqual(users((await one(disallow, { userName: 'bob' })).data), [['bob', true]]);
      assert.equal((await one(isAllowed, { userName: 'bob' })).data.white, false);
    }
    for (const [block, unblock, options] of [
      ['blockGroupMember', 'unblockGroupMember', { username: 'bob' }],
      ['groupBlockSingle', 'removeGroupBlockSingle', { username: 'bob' }],
      ['blockGroupMembers', 'unblockGroupMembers', { usernames: ['bob', 'carol'] }],
      ['groupBlockMulti', 'removeGroupBlockMulti', { usernames: ['bob', 'carol'] }],
    ]) {
      const blocked = users((await one(block, options)).data);
      assert.ok(blocked.every(([, result]) => result));
      for (const list of ['getGroupBlocklist', 'getGroupBlacklist', 'getGroupBlacklistNew']) {
        assert.deepEqual((await one(list)).data, blocked.map(([user]) => user));
      }
      assert.deepEqual(users((await one(unblock, options)).data), blocked);
      await app.ok('POST', `/chatgroups/${groupId}/users`, { usernames: blocked.map(([user]) => user) });
    }
    assert.equal((await one('disableSendGroupMsg')).data.mute, true);
    assert.equal((await one('enableSendGroupMsg')).data.mute, false);
    const { data } = await one('updateGroupAnnouncement', { announcement: '公告' });
    assert.deepEqual([data.id, data.result], [groupId, true]);
    assert.equal((await one('fetchGroupAnnouncement')).data.announcement, '公告');
  });

  test('it changes hands, and what only its owner may do', async () => {
    const [alice, bob] = await login('alice', 'bob');
    const groupId = await app.createGroup('alice', ['bob']);
    for (const [from, to, method] of [
      [alice, 'bob', 'changeGroupOwner'],
      [bob, 'alice', 'changeOwner'],
    ]) {
      assert.deepEqual((await call(from, method, { groupId, newOwner: to })).data, { newowner: true });
      assert.equal((await rejection(call(from, method, { groupId, newOwner: to }))).type, PERMISSION_DENIED);
      assert.equal((await rejection(call(from, 'destroyGroup', { groupId }))).type, PERMISSION_DENIED);
    }
    assert.equal((await rejection(call(alice, 'leaveGroup', { groupId }))).type, PERMISSION_DENIED);
    const stranger = call(alice, 'changeGroupOwner', { groupId, newOwner: 'carol' });
    assert.equal((await rejection(stranger)).type, PERMISSION_DENIED);
  });
});
