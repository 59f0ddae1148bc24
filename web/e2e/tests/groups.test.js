// Group chat: made by REST or by the SDK, with everything a member sees.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createApp } from '../lib/app.js';
import { connect, rejection } from '../lib/client.js';

const GROUP_NOT_JOINED = 602;
const GROUP_NOT_EXIST = 605;

describe('groups', () => {
  let app;
  before(async () => {
    app = await createApp('groups');
    await app.register('alice', 'bob', 'carol', 'dave', 'mallory');
  });

  const login = (...users) => Promise.all(users.map((user) => connect(app, user)));

  test('made by REST: members are told, talk, and the one who was away catches up', async () => {
    const [alice, bob] = await login('alice', 'bob');
    const group = await app.createGroup('alice', ['bob', 'carol'], { groupname: '三人行' });
    const joined = await bob.next('onGroupEvent', { operation: 'directJoined', id: group });
    assert.equal(joined.name, '三人行');

    const sent = await alice.groupText(group, 'hello all', { ext: { n: 1 } });
    const got = await bob.next('onTextMessage', { id: sent.serverMsgId });
    assert.equal(got.chatType, 'groupChat');
    assert.equal(got.from, 'alice');
    assert.equal(got.to, group);
    assert.equal(got.time, sent.message.time);
    assert.deepEqual(got.ext, { n: 1 });
    const answer = await bob.groupText(group, 'hello alice');
    await alice.next('onTextMessage', { id: answer.serverMsgId });

    const carol = await connect(app, 'carol');
    await carol.next('onGroupEvent', { operation: 'directJoined', id: group });
    const caughtUp = await carol.collect('onTextMessage', 2, { to: group });
    assert.deepEqual(
      caughtUp.map((message) => message.id),
      [sent.serverMsgId, answer.serverMsgId],
    );
  });

  test('made by the SDK: facts and members as the SDK reads them', async () => {
    const [alice, bob] = await login('alice', 'bob');
    const made = await alice.connection.createGroup({
      data: {
        groupname: 'team',
        desc: 'our team',
        members: ['bob', 'carol'],
        public: false,
        approval: false,
        allowinvites: true,
        inviteNeedConfirm: false,
        maxusers: 50,
      },
    });
    const group = made.data.groupid;
    assert.match(group, /^\d+$/);
    await bob.next('onGroupEvent', { operation: 'directJoined', id: group });
    await alice.groupText(group, 'welcome');
    await bob.next('onTextMessage', { msg: 'welcome', to: group });

    const {
      data: [facts],
    } = await bob.connection.getGroupInfo({ groupId: group });
    assert.equal(facts.id, group);
    assert.equal(facts.name, 'team');
    assert.equal(facts.description, 'our team');
    assert.equal(facts.owner, 'alice');
    assert.equal(facts.maxusers, 50);
    assert.equal(facts.affiliations_count, 3);
    const members = facts.affiliations.map((row) => row.owner ?? row.member).sort();
    assert.deepEqual(members, ['alice', 'bob', 'carol']);

    const page = await bob.connection.listGroupMembers({ groupId: group, pageNum: 1, pageSize: 10 });
    assert.deepEqual(page.data.map((row) => row.owner ?? row.member).sort(), ['alice', 'bob', 'carol']);
    assert.deepEqual(
      page.data.filter((row) => row.owner).map((row) => row.owner),
      ['alice'],
    );

    const joined = await bob.connection.getJoinedGroups({ pageNum: 1, pageSize: 20 });
    const row = joined.data.find((one) => one.groupid === group);
    assert.equal(row.groupname, 'team');
    assert.equal(row.role, 'member');
  });

  test('lists of groups as the SDK reads them', async () => {
    await app.register('lister');
    const [open, closed] = [
      await app.createGroup('lister', ['bob'], { groupname: 'open house', public: true }),
      await app.createGroup('bob', ['lister'], { groupname: 'closed shop' }),
    ];
    const lister = (await connect(app, 'lister')).connection;
    const plain = await lister.getJoinedGroups({ pageNum: 1, pageSize: 10 });
    assert.deepEqual(
      plain.data.map(({ groupid, role }) => [groupid, role]).sort(),
      [
        [open, 'owner'],
        [closed, 'member'],
      ].sort(),
    );
    const detailed = await lister.getJoinedGroups({ pageNum: 0, pageSize: 10, needAffiliations: true, needRole: true });
    const rows = Object.fromEntries(detailed.entities.map((row) => [row.groupId, row]));
    assert.equal(rows[open].groupName, 'open house');
    assert.equal(rows[open].role, 'owner');
    assert.equal(rows[closed].role, 'member');
    assert.equal(rows[closed].memberCount ?? rows[closed].affiliationsCount, 2);
  });

  test('made by createGroupVNext, members read with cursors', async () => {
    const alice = await connect(app, 'alice');
    const made = await alice.connection.createGroupVNext({
      groupName: 'vnext',
      description: 'd',
      members: ['bob', 'carol', 'dave'],
      inviteNeedConfirm: false,
    });
    const group = made.data.groupId;
    const members = [];
    let cursor;
    do {
      const page = await alice.connection.getGroupMembers({ groupId: group, cursor, limit: 2 });
      members.push(...page.data.members);
      cursor = page.data.cursor;
    } while (cursor);
    assert.deepEqual(members.map((member) => member.userId).sort(), ['alice', 'bob', 'carol', 'dave']);
    assert.equal(members.find((member) => member.userId === 'alice').role, 'owner');
    assert.ok(members.every((member) => member.joinedTime > 1_600_000_000_000));
  });

  test("the creator's other device learns of the group", async () => {
    const pc = await connect(app, 'alice', { device: 'pc' });
    const pad = await connect(app, 'alice', { device: 'pad' });
    const made = await pc.connection.createGroupVNext({
      groupName: 'seen on both',
      members: ['bob'],
      inviteNeedConfirm: false,
    });
    await pad.next('onGroupEvent', { operation: 'create', id: made.data.groupId });
    pc.none('onGroupEvent', { operation: 'create', id: made.data.groupId });
    const sent = await pc.groupText(made.data.groupId, 'to all');
    const copy = await pad.next('onTextMessage', { id: sent.serverMsgId });
    assert.equal(copy.from, 'alice');
  });

  test('a member who is added sees what is written from then on', async () => {
    const [alice, bob, dave] = await login('alice', 'bob', 'dave');
    const group = await app.createGroup('alice', ['bob']);
    await alice.groupText(group, 'before dave');
    await bob.next('onTextMessage', { msg: 'before dave', to: group });
    await app.ok('POST', `/chatgroups/${group}/users`, { usernames: ['dave'] });
    await dave.next('onGroupEvent', { operation: 'directJoined', id: group });
    const told = await bob.next(
      'onGroupEvent',
      (event) => event.id === group && /^members?Presence$/.test(event.operation),
    );
    assert.ok(
      told.members?.some((member) => member === 'dave' || member.userId === 'dave') || told.from === 'dave',
      JSON.stringify(told),
    );
    assert.equal(told.memberCount, 3);
    const sent = await alice.groupText(group, 'after dave');
    const got = await dave.next('onTextMessage', { to: group });
    assert.equal(got.id, sent.serverMsgId);
    const written = await dave.groupText(group, 'dave here');
    await bob.next('onTextMessage', { id: written.serverMsgId });
  });

  test('a member who is removed sees and writes no more', async () => {
    const [alice, bob, carol] = await login('alice', 'bob', 'carol');
    const group = await app.createGroup('alice', ['bob', 'carol']);
    await alice.groupText(group, 'all three');
    await Promise.all([bob, carol].map((one) => one.next('onTextMessage', { msg: 'all three', to: group })));
    await app.ok('DELETE', `/chatgroups/${group}/users/carol`);
    await carol.next('onGroupEvent', { operation: 'removeMember', id: group });
    await bob.next('onGroupEvent', (event) => event.id === group && /^members?Absence$/.test(event.operation));

    await alice.groupText(group, 'without carol');
    await bob.next('onTextMessage', { msg: 'without carol', to: group });
    await alice.text('carol', 'fence');
    await carol.next('onTextMessage', { msg: 'fence' });
    carol.none('onTextMessage', { msg: 'without carol' });
    const error = await rejection(carol.groupText(group, 'still here?'));
    assert.equal(error.type, GROUP_NOT_JOINED);
    await rejection(carol.history(group, { chatType: 'groupChat' }));
  });

  test('a member who leaves', async () => {
    const [alice, bob] = await login('alice', 'bob');
    const group = await app.createGroup('alice', ['bob']);
    await bob.next('onGroupEvent', { operation: 'directJoined', id: group });
    await bob.connection.leaveGroup({ groupId: group });
    await alice.next('onGroupEvent', (event) => event.id === group && /^members?Absence$/.test(event.operation));
    const error = await rejection(bob.groupText(group, 'gone'));
    assert.equal(error.type, GROUP_NOT_JOINED);
  });

  test('changed facts are announced', async () => {
    const [alice, bob] = await login('alice', 'bob');
    const group = await app.createGroup('alice', ['bob']);
    await alice.connection.modifyGroup({ groupId: group, groupName: 'renamed', description: 'new words' });
    const event = await bob.next('onGroupEvent', { operation: 'updateInfo', id: group });
    assert.equal(event.detail.name, 'renamed');
    assert.equal(event.detail.description, 'new words');
    const {
      data: [facts],
    } = await bob.connection.getGroupInfo({ groupId: group });
    assert.equal(facts.name, 'renamed');
  });

  test('a group that is dissolved', async () => {
    const [alice, bob] = await login('alice', 'bob');
    const group = await app.createGroup('alice', ['bob']);
    await alice.connection.destroyGroup({ groupId: group });
    await bob.next('onGroupEvent', { operation: 'destroy', id: group });
    const error = await rejection(bob.groupText(group, 'anyone?'));
    assert.equal(error.type, GROUP_NOT_EXIST);
  });

  // Trap 9: none of these may hang the SDK's promise.
  test('strangers and unknown groups', async () => {
    const [alice, mallory] = await login('alice', 'mallory');
    const group = await app.createGroup('alice', ['bob']);
    assert.equal((await rejection(mallory.groupText(group, 'let me in'))).type, GROUP_NOT_JOINED);
    assert.equal((await rejection(mallory.groupText('123456789012345', 'hello?'))).type, GROUP_NOT_EXIST);
    assert.equal(typeof (await rejection(mallory.groupText('not a group!', 'hello?'))).type, 'number');
    await rejection(mallory.history(group, { chatType: 'groupChat' }));
    await alice.text('mallory', 'fence');
    await mallory.next('onTextMessage', { msg: 'fence' });
    mallory.none('onTextMessage', { chatType: 'groupChat' });
  });

  test('a directed message reaches the named members only', async () => {
    const [alice, bob, carol, dave] = await login('alice', 'bob', 'carol', 'dave');
    const pad = await connect(app, 'alice', { device: 'pad' });
    const group = await app.createGroup('alice', ['bob', 'carol', 'dave']);
    const sent = await alice.groupText(group, 'psst', { receiverList: ['bob', 'carol'] });
    for (const one of [bob, carol]) {
      const got = await one.next('onTextMessage', { id: sent.serverMsgId });
      assert.equal(got.to, group);
      assert.equal(got.chatType, 'groupChat');
    }
    await pad.next('onTextMessage', { id: sent.serverMsgId });
    await alice.groupText(group, 'fence');
    await dave.next('onTextMessage', { msg: 'fence', to: group });
    dave.none('onTextMessage', { msg: 'psst' });
  });

  test('a directed message waits for its receivers', async () => {
    await app.register('erin', 'frank');
    const group = await app.createGroup('alice', ['erin', 'frank']);
    const alice = await connect(app, 'alice');
    const sent = await alice.groupText(group, 'for one', { receiverList: ['erin'] });
    await alice.groupText(group, 'for all');
    const [named, other] = await login('erin', 'frank');
    const both = await named.collect('onTextMessage', 2, { to: group });
    assert.deepEqual(
      both.map((message) => message.msg),
      ['for one', 'for all'],
    );
    await other.next('onTextMessage', { msg: 'for all', to: group });
    other.none('onTextMessage', { id: sent.serverMsgId });
  });

  test('a group message for online members only', async () => {
    const group = await app.createGroup('alice', ['bob', 'dave']);
    const [alice, bob] = await login('alice', 'bob');
    await alice.groupText(group, 'now or never', { deliverOnlineOnly: true });
    await bob.next('onTextMessage', { msg: 'now or never', to: group });
    await alice.groupText(group, 'kept');
    const dave = await connect(app, 'dave');
    await dave.next('onTextMessage', { msg: 'kept', to: group });
    dave.none('onTextMessage', { msg: 'now or never', to: group });
  });

  test('a group of sixty', async () => {
    const users = Array.from({ length: 59 }, (_, n) => `crowd-${n}`);
    await app.register(...users);
    const group = await app.createGroup('alice', users);
    const alice = await connect(app, 'alice');
    const some = await Promise.all(users.slice(0, 8).map((user) => connect(app, user)));
    const sent = await Promise.all(Array.from({ length: 20 }, (_, n) => alice.groupText(group, `to the crowd ${n}`)));
    for (const member of some) {
      const got = await member.collect('onTextMessage', sent.length, { to: group });
      assert.deepEqual(
        got.map((message) => message.id),
        sent.map((one) => one.serverMsgId),
      );
    }
    const late = await connect(app, 'crowd-58');
    assert.equal((await late.collect('onTextMessage', sent.length, { to: group })).length, sent.length);
  });
});
