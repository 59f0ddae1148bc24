// Coming into groups as the SDK offers it: applications, invitations, and what a user's other devices see of it.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createApp } from '../lib/app.js';
import { connect, rejection, within } from '../lib/client.js';

const ALREADY_JOINED = 601;
const PERMISSION_DENIED = 603;
const NOT_EXIST = 605;
const FULL = 606;
const TOO_MANY_MEMBERS = 607;
const DISABLED = 608;
const USER_NOT_FOUND = 204;

describe('coming into a group', () => {
  let app;
  before(async () => {
    app = await createApp('requests');
    await app.register('alice', 'bob', 'carol', 'dave', 'eve');
  });

  const login = (...users) => Promise.all(users.map((user) => connect(app, user)));
  const call = (client, method, options) => within(method, client.connection[method](options));
  const open = (fields = {}) => app.createGroup('alice', ['bob'], { public: true, ...fields });

  test('an open group: the applicant is in at once', async () => {
    const [alice, bob, dave] = await login('alice', 'bob', 'dave');
    const pad = await connect(app, 'dave', { device: 'pad' });
    const group = await open();
    const joined = await call(dave, 'joinGroup', { groupId: group, message: '' });
    assert.deepEqual(
      [joined.data.result, joined.data.action, joined.data.user, joined.data.id],
      [true, 'apply', 'dave', group],
    );
    for (const client of [alice, bob]) {
      await client.next('onGroupEvent', { operation: 'memberPresence', id: group, from: 'dave', memberCount: 3 });
    }
    await pad.next('onGroupChange', (event) => event.type === 'join' && event.gid === group);
    dave.none('onGroupChange', (event) => event.type === 'join');
    const sent = await dave.groupText(group, 'hello');
    for (const client of [alice, bob, pad]) await client.next('onTextMessage', { id: sent.serverMsgId });
    assert.equal((await rejection(call(dave, 'joinGroup', { groupId: group, message: '' }))).type, ALREADY_JOINED);
    assert.equal((await call(dave, 'getJoinedGroupsCount')).data, 1);

    await call(dave, 'leaveGroup', { groupId: group });
    await alice.next('onGroupEvent', { operation: 'memberAbsence', id: group, from: 'dave', memberCount: 2 });
    await pad.next('onGroupChange', (event) => event.type === 'leave' && event.gid === group);
  });

  test('a group with approval: the owner, who was away, decides', async () => {
    const group = await open({ membersonly: true });
    const carol = await connect(app, 'carol');
    await call(carol, 'joinGroup', { groupId: group, message: 'let me in' });
    const alice = await connect(app, 'alice');
    await alice.next('onGroupEvent', { operation: 'requestToJoin', id: group, from: 'carol', reason: 'let me in' });
    const [bob, pad] = [await connect(app, 'bob'), await connect(app, 'alice', { device: 'pad' })];
    const answer = { groupId: group, applicant: 'carol' };
    assert.equal((await rejection(call(bob, 'acceptGroupJoinRequest', answer))).type, PERMISSION_DENIED);
    const accepted = await call(alice, 'acceptGroupJoinRequest', answer);
    assert.equal(accepted.data.result, true);
    await carol.next('onGroupEvent', { operation: 'acceptRequest', id: group, from: 'alice' });
    for (const client of [bob, pad]) {
      await client.next('onGroupEvent', { operation: 'memberPresence', id: group, from: 'carol' });
    }
    const sent = await carol.groupText(group, 'I am in');
    await pad.next('onTextMessage', { id: sent.serverMsgId });
    for (const client of [alice, pad]) client.none('onGroupEvent', { operation: 'acceptRequest', id: group });
    carol.none('onGroupEvent', { operation: 'requestToJoin', id: group });
    assert.equal((await rejection(call(alice, 'acceptGroupJoinRequest', answer))).type, ALREADY_JOINED);
    bob.none('onGroupEvent', { operation: 'requestToJoin', id: group });
  });

  test('a declined applicant is told why', async () => {
    const [alice, dave] = await login('alice', 'dave');
    const group = await open({ membersonly: true });
    await call(dave, 'joinGroup', { groupId: group, message: 'please' });
    await alice.next('onGroupEvent', { operation: 'requestToJoin', id: group });
    await call(alice, 'rejectGroupJoinRequest', { groupId: group, applicant: 'dave', reason: 'who are you?' });
    await dave.next('onGroupEvent', { operation: 'joinPublicGroupDeclined', id: group, userId: 'dave' });
    assert.equal((await rejection(dave.groupText(group, 'hello?'))).type, 602);
    const again = rejection(call(alice, 'acceptGroupJoinRequest', { groupId: group, applicant: 'dave' }));
    assert.equal((await again).type, PERMISSION_DENIED);
  });

  test('what cannot be joined has codes of its own', async () => {
    const [dave] = await login('dave');
    const join = (groupId) => rejection(call(dave, 'joinGroup', { groupId, message: '' }));
    assert.equal((await join(await app.createGroup('alice', ['bob']))).type, PERMISSION_DENIED);
    assert.equal((await join(await open({ maxusers: 2 }))).type, FULL);
    assert.equal((await join('4711')).type, NOT_EXIST);
    const blocked = await open();
    await app.ok('POST', `/chatgroups/${blocked}/users/dave`);
    await app.ok('POST', `/chatgroups/${blocked}/blocks/users/dave`);
    assert.equal((await join(blocked)).type, PERMISSION_DENIED);
    const many = call(dave, 'createGroupVNext', { members: ['bob', 'carol'], maxMemberCount: 2 });
    assert.equal((await rejection(many)).type, TOO_MANY_MEMBERS);
  });

  test('an invitation is accepted: inviter, members and devices are told', async () => {
    const [alice, bob] = await login('alice', 'bob');
    const pad = await connect(app, 'alice', { device: 'pad' });
    // A device that appears later starts where the others are; both of hers are known before.
    for (const device of ['main', 'phone']) (await connect(app, 'carol', { device })).discard();
    const made = await call(alice, 'createGroupVNext', {
      groupName: '请进',
      members: ['bob'],
      inviteNeedConfirm: true,
    });
    const group = made.data.groupId;
    // Those whom it is made with are not asked.
    await bob.next('onGroupEvent', { operation: 'directJoined', id: group, name: '请进' });
    const invited = await call(alice, 'inviteUsersToGroup', { groupId: group, users: ['carol', 'bob'] });
    assert.deepEqual(
      invited.data.map((row) => [row.user, row.result, row.action]),
      [
        ['carol', true, 'invite'],
        ['bob', false, 'invite'],
      ],
    );
    // The invited user was away, and has two devices.
    const carol = await connect(app, 'carol');
    const phone = await connect(app, 'carol', { device: 'phone' });
    for (const client of [carol, phone]) {
      await client.next('onGroupEvent', { operation: 'inviteToJoin', id: group, from: 'alice', name: '请进' });
    }
    const accepted = await call(carol, 'acceptGroupInvite', { groupId: group, invitee: 'carol' });
    assert.equal(accepted.data.result, true);
    for (const client of [alice, pad]) {
      await client.next('onGroupEvent', { operation: 'acceptInvite', id: group, from: 'carol' });
    }
    for (const client of [alice, bob]) {
      await client.next('onGroupEvent', { operation: 'memberPresence', id: group, from: 'carol', memberCount: 3 });
    }
    // Her other device hears that she joined; his, nothing that reads as if it were invited.
    await phone.next('onGroupChange', { type: 'join', gid: group });
    for (const client of [carol, phone]) client.none('onGroupEvent', { operation: 'acceptInvite', id: group });
    pad.none('onGroupEvent', { operation: 'inviteToJoin', id: group });
    const sent = await alice.groupText(group, 'welcome');
    for (const client of [carol, phone]) await client.next('onTextMessage', { id: sent.serverMsgId });
  });

  test('an invitation is declined', async () => {
    const [alice, dave] = await login('alice', 'dave');
    const group = await app.createGroup('alice', ['bob'], { invite_need_confirm: true });
    await call(alice, 'inviteUsersToGroup', { groupId: group, users: ['dave'] });
    await dave.next('onGroupEvent', { operation: 'inviteToJoin', id: group });
    await call(dave, 'rejectGroupInvite', { groupId: group, invitee: 'dave' });
    await alice.next('onGroupEvent', { operation: 'rejectInvite', id: group, from: 'dave' });
    const late = rejection(call(dave, 'acceptGroupInvite', { groupId: group, invitee: 'dave' }));
    assert.equal((await late).type, PERMISSION_DENIED);
  });

  test('without confirmation the invited are in at once', async () => {
    const [alice, bob, carol] = await login('alice', 'bob', 'carol');
    const group = await app.createGroup('alice', ['bob'], { invite_need_confirm: false, allowinvites: true });
    await call(bob, 'inviteUsersToGroup', { groupId: group, users: ['carol'] });
    await carol.next('onGroupEvent', { operation: 'directJoined', id: group, from: 'bob' });
    await alice.next('onGroupEvent', { operation: 'memberPresence', id: group, from: 'carol' });
    const invite = (users) => rejection(call(bob, 'inviteUsersToGroup', { groupId: group, users }));
    assert.equal((await invite(['carol'])).type, ALREADY_JOINED);
    assert.equal((await invite(['nobody-here'])).type, USER_NOT_FOUND);
    const closed = await app.createGroup('alice', ['bob']);
    const mayNot = call(bob, 'inviteUsersToGroup', { groupId: closed, users: ['carol'] });
    assert.equal((await rejection(mayNot)).type, PERMISSION_DENIED);
    const full = await app.createGroup('alice', ['bob'], { maxusers: 2 });
    const noRoom = call(alice, 'inviteUsersToGroup', { groupId: full, users: ['carol'] });
    assert.equal((await rejection(noRoom)).type, FULL);
  });

  test('several come and go together in one event', async () => {
    const [alice, bob] = await login('alice', 'bob');
    const group = await app.createGroup('alice', ['bob'], { invite_need_confirm: false });
    await call(alice, 'inviteUsersToGroup', { groupId: group, users: ['carol', 'dave'] });
    const came = await bob.next('onGroupEvent', { operation: 'membersPresence', id: group });
    assert.deepEqual([came.members, came.memberCount], [['carol', 'dave'], 4]);
    await call(alice, 'removeGroupMembers', { groupId: group, users: ['carol', 'dave'] });
    const went = await bob.next('onGroupEvent', { operation: 'membersAbsence', id: group });
    assert.deepEqual([went.members, went.memberCount], [['carol', 'dave'], 2]);
  });

  test('public groups are listed, private ones are not', async () => {
    const [eve] = await login('eve');
    const shown = [await open({ groupname: 'one' }), await open({ groupname: 'two' })];
    const hidden = await app.createGroup('alice', []);
    const found = new Map();
    let cursor = null;
    do {
      const page = await call(eve, 'getPublicGroups', { limit: 2, cursor });
      for (const { groupid, groupname } of page.data) found.set(groupid, groupname);
      cursor = page.cursor;
    } while (cursor);
    assert.deepEqual(
      shown.map((group) => found.get(group)),
      ['one', 'two'],
    );
    assert.ok(!found.has(hidden));
    const info = (await call(eve, 'getGroupInfo', { groupId: shown })).data;
    assert.deepEqual(
      info.map((row) => row.id),
      shown,
    );
    assert.equal((await rejection(call(eve, 'getGroupInfo', { groupId: hidden }))).type, 602);
  });

  test('a disabled group refuses messages and changes with 608', async () => {
    const [alice, bob] = await login('alice', 'bob');
    const group = await open();
    await bob.next('onGroupEvent', { operation: 'directJoined', id: group });
    await app.ok('POST', `/chatgroups/${group}/disable`);
    assert.equal((await rejection(alice.groupText(group, 'hello?'))).type, DISABLED);
    const refused = [
      ['modifyGroup', { groupName: 'x' }],
      ['inviteUsersToGroup', { users: ['carol'] }],
      ['updateGroupAnnouncement', { announcement: 'x' }],
      ['muteGroupMember', { username: 'bob', muteDuration: -1 }],
      ['destroyGroup', {}],
    ];
    for (const [method, options] of refused) {
      const error = await rejection(call(alice, method, { groupId: group, ...options }));
      assert.equal(error.type, DISABLED, method);
    }
    const [facts] = (await call(bob, 'getGroupInfo', { groupId: group })).data;
    assert.equal(facts.disabled, true);
    const joined = await call(bob, 'getJoinedGroups', { pageNum: 1, pageSize: 500 });
    assert.equal(joined.data.find((row) => row.groupid === group).disabled, true);
    await app.ok('POST', `/chatgroups/${group}/enable`);
    const sent = await alice.groupText(group, 'open again');
    await bob.next('onTextMessage', { id: sent.serverMsgId });
  });
});
