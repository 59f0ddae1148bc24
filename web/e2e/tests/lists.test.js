// Owner, administrators, block list, mutes, allow list and announcement of groups and chat rooms, as members' devices
// see them.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createApp } from '../lib/app.js';
import { connect, rejection, within } from '../lib/client.js';

const ALL_MUTED = 506;
const MUTED = 507;
const NOT_JOINED = { group: 602, room: 702 };
const PERMISSION_DENIED = 603;
const SENDING_REFUSED = 602;
const FOREVER = 4638873600000;

// The SDK's words for the same thing in a group and in a room.
const KINDS = {
  group: {
    event: 'onGroupEvent',
    chatType: 'groupChat',
    key: 'groupId',
    setAdmin: 'setGroupAdmin',
    removeAdmin: 'removeGroupAdmin',
    admins: 'getGroupAdmin',
    mute: 'muteGroupMember',
    unmute: 'unmuteGroupMember',
    muted: 'getGroupMutelist',
    amMuted: 'isInGroupMutelist',
    muteAll: 'disableSendGroupMsg',
    unmuteAll: 'enableSendGroupMsg',
    block: 'blockGroupMember',
    blockMany: 'blockGroupMembers',
    unblock: 'unblockGroupMember',
    blocked: 'getGroupBlocklist',
    allow: 'addUsersToGroupAllowlist',
    disallow: 'removeGroupAllowlistMember',
    allowed: 'getGroupAllowlist',
    amAllowed: 'isInGroupAllowlist',
    path: 'chatgroups',
  },
  room: {
    event: 'onChatroomEvent',
    chatType: 'chatRoom',
    key: 'chatRoomId',
    setAdmin: 'setChatRoomAdmin',
    removeAdmin: 'removeChatRoomAdmin',
    admins: 'getChatRoomAdmin',
    mute: 'muteChatRoomMember',
    unmute: 'unmuteChatRoomMember',
    muted: 'getChatRoomMutelist',
    amMuted: 'isInChatRoomMutelist',
    muteAll: 'disableSendChatRoomMsg',
    unmuteAll: 'enableSendChatRoomMsg',
    block: 'blockChatRoomMember',
    blockMany: 'blockChatRoomMembers',
    unblock: 'unblockChatRoomMember',
    blocked: 'getChatRoomBlocklist',
    allow: 'addUsersToChatRoomAllowlist',
    disallow: 'removeChatRoomAllowlistMember',
    allowed: 'getChatRoomAllowlist',
    amAllowed: 'isInChatRoomAllowlist',
    path: 'chatrooms',
  },
};

for (const [kind, words] of Object.entries(KINDS)) {
  describe(`lists of a ${kind}`, () => {
    let app;
    before(async () => {
      app = await createApp(`lists-${kind}`);
      await app.register('alice', 'bob', 'carol');
    });

    /** Alice's group or room, with everybody in it and online. */
    const place = async () => {
      const everybody = await Promise.all(['alice', 'bob', 'carol'].map((user) => connect(app, user)));
      if (kind === 'group') return [await app.createGroup('alice', ['bob', 'carol']), ...everybody];
      const fields = { name: 'Lobby', description: 'd', owner: 'alice', members: ['bob', 'carol'] };
      const made = await app.ok('POST', '/chatrooms', fields);
      return [made.data.id, ...everybody];
    };
    const call = (client, method, id, fields = {}) =>
      within(method, client.connection[words[method]]({ [words.key]: id, ...fields }));
    const say = (client, id, text) => client.text(id, text, { chatType: words.chatType });
    const hears = (client, id, operation, fields = {}) => client.next(words.event, { id, operation, ...fields });

    test('an administrator is named and dismissed', async () => {
      const [id, alice, bob, carol] = await place();
      await call(alice, 'setAdmin', id, { username: 'bob' });
      await hears(bob, id, 'setAdmin', { from: 'alice', userId: 'bob' });
      assert.deepEqual((await call(alice, 'admins', id)).data, ['bob']);
      await call(bob, 'mute', id, { username: 'carol', muteDuration: 60_000 });
      const refused = await rejection(call(carol, 'mute', id, { username: 'bob', muteDuration: 1 }));
      assert.equal(refused.type, PERMISSION_DENIED);
      await call(alice, 'removeAdmin', id, { username: 'bob' });
      await hears(bob, id, 'removeAdmin', { from: 'alice' });
      assert.deepEqual((await call(alice, 'admins', id)).data, []);
    });

    test('the muted are refused with 507 until they are unmuted', async () => {
      const [id, alice, bob, carol] = await place();
      const muted = (await call(alice, 'mute', id, { username: 'bob', muteDuration: 60_000 })).data;
      const { expire } = [muted].flat()[0];
      assert.ok(expire > Date.now() && expire < Date.now() + 70_000, JSON.stringify(muted));
      const event = await hears(bob, id, 'muteMember', { from: 'alice', userId: 'bob' });
      assert.deepEqual(event.muteTimestamp, { bob: expire });
      const refused = await rejection(say(bob, id, 'let me speak'));
      assert.equal(refused.type, MUTED);
      assert.equal(refused.reason, 'you were muted');
      assert.equal((await call(bob, 'amMuted', id)).data, true);
      assert.equal((await call(carol, 'amMuted', id)).data, false);
      assert.deepEqual((await call(alice, 'muted', id)).data, [{ user: 'bob', expire }]);
      const heard = await say(carol, id, 'others are free');
      await bob.next('onTextMessage', { id: heard.serverMsgId });

      await call(alice, 'unmute', id, { username: 'bob' });
      await hears(bob, id, 'unmuteMember', { userId: 'bob' });
      const sent = await say(bob, id, 'thank you');
      await alice.next('onTextMessage', { id: sent.serverMsgId });
      alice.none('onTextMessage', { msg: 'let me speak' });

      const body = { usernames: ['bob'], mute_duration: -1 };
      const forever = await app.ok('POST', `/${words.path}/${id}/mute`, body);
      assert.deepEqual(forever.data, [{ result: true, expire: FOREVER, user: 'bob' }]);
      assert.equal((await rejection(say(bob, id, 'for ever?'))).type, MUTED);
    });

    test('while all are muted only the allowed write, the others are refused with 506', async () => {
      const [id, alice, bob, carol] = await place();
      await call(alice, 'muteAll', id);
      for (const client of [bob, carol]) await hears(client, id, 'muteAllMembers');
      assert.equal((await rejection(say(bob, id, 'hello?'))).type, ALL_MUTED);
      const fromOwner = await say(alice, id, 'silence, please');
      await bob.next('onTextMessage', { id: fromOwner.serverMsgId });
      const detail = await app.ok('GET', `/${words.path}/${id}`);
      assert.equal(detail.data[0].mute, true);

      await call(alice, 'allow', id, { users: ['bob'] });
      await hears(bob, id, 'addUserToAllowlist', { userId: 'bob' });
      assert.deepEqual((await call(alice, 'allowed', id)).data, ['bob']);
      const own = (await call(bob, 'amAllowed', id, { userName: 'bob' })).data;
      assert.deepEqual(own, { white: true, member: 'bob' });
      const allowed = await say(bob, id, 'may I?');
      await carol.next('onTextMessage', { id: allowed.serverMsgId });
      await call(alice, 'disallow', id, { userName: 'bob' });
      await hears(bob, id, 'removeAllowlistMember', { userId: 'bob' });
      assert.equal((await rejection(say(bob, id, 'no more?'))).type, ALL_MUTED);

      await call(alice, 'unmuteAll', id);
      await hears(carol, id, 'unmuteAllMembers');
      await say(carol, id, 'at last');
    });

    test('the blocked are out and cannot come back', async () => {
      const [id, alice, bob, carol] = await place();
      const blocked = await call(alice, 'block', id, { username: 'bob' });
      assert.equal([blocked.data].flat()[0].result, true);
      await hears(bob, id, 'removeMember', { from: 'alice' });
      await hears(carol, id, 'memberAbsence');
      assert.deepEqual((await call(alice, 'blocked', id)).data, ['bob']);
      assert.equal((await rejection(say(bob, id, 'hello?'))).type, SENDING_REFUSED);
      const added = await app.call('POST', `/${words.path}/${id}/users/bob`);
      assert.equal(added.status, 403);
      if (kind === 'room') {
        const join = bob.connection.joinChatRoom({ roomId: id });
        assert.equal((await rejection(within('join', join))).type, PERMISSION_DENIED);
      }
      const stranger = await rejection(call(alice, 'block', id, { username: 'nobody-here' }));
      assert.equal(stranger.type, NOT_JOINED[kind]);

      await call(alice, 'unblock', id, { username: 'bob' });
      await hears(bob, id, 'unblockMember');
      await app.ok('POST', `/${words.path}/${id}/users/bob`);
      await say(bob, id, 'back again');
      const many = (await call(alice, 'blockMany', id, { usernames: ['bob', 'carol'] })).data;
      assert.deepEqual(
        many.map((row) => [row.user, row.result]),
        [
          ['bob', true],
          ['carol', true],
        ],
      );
    });

    test('an announcement reaches everybody', async () => {
      const [id, alice, bob] = await place();
      const [set, fetch, key] =
        kind === 'group'
          ? ['updateGroupAnnouncement', 'fetchGroupAnnouncement', 'groupId']
          : ['updateChatRoomAnnouncement', 'fetchChatRoomAnnouncement', 'roomId'];
      await within(set, alice.connection[set]({ [key]: id, announcement: '周五放假' }));
      await hears(bob, id, 'updateAnnouncement', { announcement: '周五放假' });
      const read = await within(fetch, bob.connection[fetch]({ [key]: id }));
      assert.equal(read.data.announcement, '周五放假');
      const refused = await rejection(bob.connection[set]({ [key]: id, announcement: 'mine' }));
      assert.equal(refused.type, PERMISSION_DENIED);
    });

    test('it changes hands', async () => {
      const [id, alice, bob, carol] = await place();
      const pad = await connect(app, 'alice', { device: 'pad' });
      if (kind === 'group') {
        await within('transfer', alice.connection.changeGroupOwner({ groupId: id, newOwner: 'bob' }));
      } else {
        await app.ok('PUT', `/chatrooms/${id}`, { newowner: 'bob' });
      }
      // The device that did it knows.
      for (const client of [pad, bob]) await hears(client, id, 'changeOwner');
      await call(bob, 'mute', id, { username: 'alice', muteDuration: 60_000 });
      assert.equal((await rejection(say(alice, id, 'I was the owner'))).type, MUTED);
      assert.equal((await rejection(call(alice, 'setAdmin', id, { username: 'carol' }))).type, PERMISSION_DENIED);
      carol.none(words.event, { id, operation: 'changeOwner' });
    });
  });
}
