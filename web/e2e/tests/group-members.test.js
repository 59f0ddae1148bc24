// What members of groups have for themselves: attributes, silence, receipts, and events for the right ones.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createApp } from '../lib/app.js';
import { connect, eventually, rejection, within } from '../lib/client.js';

const NOT_JOINED = 602;
const PERMISSION_DENIED = 603;
const MAX_LIMIT = 50;
const NOT_ENABLED = 505;

describe('members of a group', () => {
  let app;
  before(async () => {
    app = await createApp('group-members');
    await app.register('alice', 'bob', 'carol', 'eve');
  });

  const login = (...users) => Promise.all(users.map((user) => connect(app, user)));
  const call = (client, method, options) => within(method, client.connection[method](options));

  test('attributes: set, read, told to members and to the own other device', async () => {
    const [alice, bob] = await login('alice', 'bob');
    const pad = await connect(app, 'bob', { device: 'pad' });
    const group = await app.createGroup('alice', ['bob', 'carol']);
    const set = (client, userId, memberAttributes) =>
      call(client, 'setGroupMemberAttributes', { groupId: group, userId, memberAttributes });
    await set(bob, 'bob', { nickname: '小鲍', colour: 'red' });
    const change = { operation: 'memberAttributesUpdate', id: group, from: 'bob', userId: 'bob' };
    const told = await alice.next('onGroupEvent', change);
    assert.deepEqual(told.attributes, { nickname: '小鲍', colour: 'red' });
    await pad.next('onMultiDeviceEvent', change);
    bob.none('onMultiDeviceEvent', change);
    bob.none('onGroupEvent', change);

    await set(bob, 'bob', { colour: '' });
    const one = await call(alice, 'getGroupMemberAttributes', { groupId: group, userId: 'bob' });
    assert.deepEqual(one.data, { nickname: '小鲍' });
    await set(alice, 'carol', { nickname: 'C', title: 'guest' });
    const some = { groupId: group, userIds: ['bob', 'carol'], keys: ['nickname'] };
    const read = await call(bob, 'getGroupMembersAttributes', some);
    assert.deepEqual(read.data, { bob: { nickname: '小鲍' }, carol: { nickname: 'C' } });
    // Who was away learns of it later.
    const carol = await connect(app, 'carol');
    await carol.next('onGroupEvent', { operation: 'memberAttributesUpdate', userId: 'carol', from: 'alice' });

    assert.equal((await rejection(set(bob, 'alice', { k: 'v' }))).type, PERMISSION_DENIED);
    assert.equal((await rejection(set(bob, 'bob', { ['k'.repeat(17)]: 'v' }))).type, MAX_LIMIT);
    assert.equal((await rejection(set(bob, 'bob', { k: 'v'.repeat(513) }))).type, MAX_LIMIT);
    const eve = await connect(app, 'eve');
    assert.equal((await rejection(set(eve, 'eve', { k: 'v' }))).type, NOT_JOINED);
    const outside = call(eve, 'getGroupMemberAttributes', { groupId: group, userId: 'bob' });
    assert.equal((await rejection(outside)).type, NOT_JOINED);
    const nowhere = call(eve, 'getGroupMemberAttributes', { groupId: '4711', userId: 'bob' });
    assert.equal((await rejection(nowhere)).type, NOT_JOINED);
    const many = { groupId: group, userIds: Array.from({ length: 11 }, (_, n) => `u${n}`), keys: [] };
    assert.equal((await rejection(call(bob, 'getGroupMembersAttributes', many))).type, MAX_LIMIT);
  });

  for (const [block, unblock] of [
    ['blockGroupMessage', 'unblockGroupMessage'],
    ['blockGroupMessages', 'unblockGroupMessage'],
  ]) {
    test(`${block}: a group is not heard until ${unblock}`, async () => {
      const [alice, bob, carol] = await login('alice', 'bob', 'carol');
      const pad = await connect(app, 'bob', { device: 'pad' });
      const group = await app.createGroup('alice', ['bob', 'carol']);
      await bob.next('onGroupEvent', { operation: 'directJoined', id: group });
      await call(bob, block, { groupId: group });
      await pad.next('onGroupChange', (event) => event.type === 'block' && event.gid === group);
      const [facts] = (await call(bob, 'getGroupInfo', { groupId: group })).data;
      assert.equal(facts.shieldgroup, true);
      const unheard = await alice.groupText(group, 'nobody tells bob');
      await carol.next('onTextMessage', { id: unheard.serverMsgId });
      // Also not a device that comes later; what comes behind it shows that nothing is missing.
      const late = await connect(app, 'bob', { device: 'late' });
      const fence = await alice.text('bob', 'fence');
      for (const client of [bob, pad, late]) {
        await client.next('onTextMessage', { id: fence.serverMsgId });
        client.none('onTextMessage', { id: unheard.serverMsgId });
      }
      const { messages } = await bob.history(group, { chatType: 'groupChat', pageSize: 1 });
      assert.equal(messages[0].id, unheard.serverMsgId);
      const { conversations } = (await call(bob, 'getServerConversations', { pageSize: 50 })).data;
      const listed = conversations.find((row) => row.conversationId === group);
      assert.deepEqual([listed.lastMessage.id, listed.unReadCount], [unheard.serverMsgId, 0]);

      await call(bob, unblock, { groupId: group });
      await pad.next('onGroupChange', (event) => event.type === 'unblock' && event.gid === group);
      const heard = await alice.groupText(group, 'hello again');
      for (const client of [bob, pad, late]) {
        await client.next('onTextMessage', { id: heard.serverMsgId });
        client.none('onTextMessage', { id: unheard.serverMsgId });
      }
      assert.equal((await rejection(call(alice, block, { groupId: group }))).type, PERMISSION_DENIED);
    });
  }

  test('who has read a message is listed', async () => {
    const [alice, bob, carol] = await login('alice', 'bob', 'carol');
    const group = await app.createGroup('alice', ['bob', 'carol']);
    await bob.next('onGroupEvent', { operation: 'directJoined', id: group });
    const sent = await alice.groupText(group, 'please confirm', { msgConfig: { allowGroupAck: true } });
    const readers = () => call(alice, 'getGroupMsgReadUser', { groupId: group, msgId: sent.serverMsgId });
    assert.deepEqual((await readers()).data.userlist, []);
    for (const client of [carol, bob]) {
      await client.next('onTextMessage', { id: sent.serverMsgId });
      await client.send({ type: 'read', chatType: 'groupChat', to: group, id: sent.serverMsgId, ackContent: '' });
      await alice.next('onReadMessage', { mid: sent.serverMsgId, from: client.user });
    }
    const { data } = await readers();
    assert.deepEqual(
      [data.ackmid, data.total, data.is_last, data.userlist],
      [sent.serverMsgId, 2, true, ['bob', 'carol']],
    );
    assert.ok(data.acks.every((ack) => ack.timestamp >= sent.message.time));
    const eve = await connect(app, 'eve');
    const outside = call(eve, 'getGroupMsgReadUser', { groupId: group, msgId: sent.serverMsgId });
    assert.equal((await rejection(outside)).type, NOT_JOINED);
  });

  test('a group larger than the limit has no receipts, an app without them refuses the list', async () => {
    const small = await createApp('group-acks');
    await small.register('alice', 'bob', 'carol');
    const [alice, bob] = await Promise.all(['alice', 'bob'].map((user) => connect(small, user)));
    const group = await small.createGroup('alice', ['bob', 'carol']);
    await bob.next('onGroupEvent', { operation: 'directJoined', id: group });
    await small.feature('group_ack_members_max', '2');
    await eventually(async () => {
      const sent = await alice.groupText(group, 'who reads?', { msgConfig: { allowGroupAck: true } });
      const got = await bob.next('onTextMessage', { id: sent.serverMsgId });
      assert.notEqual(got.msgConfig?.allowGroupAck, true);
    });
    await small.feature('group_read_ack', 'off');
    await eventually(async () => {
      const list = alice.connection.getGroupMsgReadUser({ groupId: group, msgId: '1' });
      assert.equal((await rejection(list)).type, NOT_ENABLED);
    });
  });

  test('what concerns one member is told to it, to the managers and to the acting user, not to others', async () => {
    const [alice, bob, carol, eve] = await login('alice', 'bob', 'carol', 'eve');
    const pad = await connect(app, 'alice', { device: 'pad' });
    const group = await app.createGroup('alice', ['bob', 'carol', 'eve']);
    await call(alice, 'setGroupAdmin', { groupId: group, username: 'bob' });
    const expected = [
      ['muteGroupMember', { username: 'carol', muteDuration: 60_000 }, 'muteMember'],
      ['unmuteGroupMember', { username: 'carol' }, 'unmuteMember'],
      ['addUsersToGroupAllowlist', { users: ['carol'] }, 'addUserToAllowlist'],
      ['removeGroupAllowlistMember', { userName: 'carol' }, 'removeAllowlistMember'],
      ['setGroupAdmin', { username: 'carol' }, 'setAdmin'],
    ];
    for (const [method, options, operation] of expected) {
      await call(alice, method, { groupId: group, ...options });
      for (const client of [carol, bob, pad]) {
        await client.next('onGroupEvent', { operation, id: group, from: 'alice', userId: 'carol' });
      }
      alice.none('onGroupEvent', { operation, id: group, userId: 'carol' });
      eve.none('onGroupEvent', { operation, id: group });
    }
    await call(alice, 'removeGroupAdmin', { groupId: group, username: 'carol' });
    // The event does not say whom it is about.
    await carol.next('onGroupEvent', { operation: 'removeAdmin', id: group, from: 'alice' });
    await call(alice, 'changeGroupOwner', { groupId: group, newOwner: 'bob' });
    for (const client of [bob, pad]) {
      await client.next('onGroupEvent', { operation: 'changeOwner', id: group });
      client.none('onGroupEvent', { operation: 'removeAdmin', id: group });
    }
    for (const client of [carol, eve]) client.none('onGroupEvent', { operation: 'changeOwner', id: group });
  });

  test('changes of the group are told to the members with their details', async () => {
    const [alice, bob] = await login('alice', 'bob');
    const pad = await connect(app, 'alice', { device: 'pad' });
    const group = await app.createGroup('alice', ['bob']);
    const change = { groupName: '新名', description: 'd2', avatar: 'http://a/b.png', ext: '{"n":1}' };
    const changed = await call(alice, 'modifyGroup', { groupId: group, ...change });
    assert.deepEqual(changed.data, { groupname: true, description: true, avatar: true, custom: true });
    for (const client of [bob, pad]) {
      const { detail } = await client.next('onGroupEvent', { operation: 'updateInfo', id: group });
      assert.deepEqual(
        [detail.name, detail.description, detail.avatar, detail.ext, detail.public],
        ['新名', 'd2', 'http://a/b.png', '{"n":1}', false],
      );
    }
    await call(alice, 'destroyGroup', { groupId: group });
    for (const client of [bob, pad]) await client.next('onGroupEvent', { operation: 'destroy', id: group });
    alice.none('onGroupEvent', { operation: 'destroy', id: group });
  });
});
