// The limits of the registry as an app of the SDK meets them: each can be changed for one app, and is refused with the
// SDK's own error.

import assert from 'node:assert/strict';
import { afterEach, before, beforeEach, describe, test } from 'node:test';
import { createApp } from '../lib/app.js';
import { connect, rejection, within } from '../lib/client.js';

// Errors of the SDK.
const UPLOAD_FAILED = 101;
const MAX_LIMIT = 50;
const MESSAGE_TOO_LARGE = 511;
const GROUP_MEMBERS_FULL = 606;
const GROUP_MEMBERS_LIMIT = 607;
const ROOM_MEMBERS_FULL = 704;
const PRESENCE_TOO_LONG = 1100;

/** What the app allows; everything else follows its plan. */
const LIMITS = {
  announcement_chars_max: 3,
  chatroom_attribute_name_bytes_max: 4,
  chatroom_attribute_value_bytes_max: 4,
  chatroom_members_max: 2,
  chatrooms_per_user_max: 4,
  contact_requests_max: 1,
  conversation_marks_max: 1,
  directed_users_max: 1,
  file_bytes_max: 10,
  group_avatar_chars_max: 3,
  group_members_max: 4,
  group_requests_max: 1,
  groups_per_user_max: 3,
  member_attribute_bytes_max: 8,
  member_attribute_name_bytes_max: 4,
  member_attribute_value_bytes_max: 4,
  message_bytes_max: 600,
  message_edits_max: 1,
  muc_admins_max: 1,
  muc_custom_bytes_max: 3,
  muc_description_chars_max: 3,
  muc_list_max: 1,
  muc_name_chars_max: 3,
  nickname_chars_max: 3,
  pinned_conversations_max: 1,
  pinned_messages_max: 1,
  presence_ext_bytes_max: 3,
  presence_followers_max: 1,
  reaction_bytes_max: 4,
  reactions_max: 1,
  remark_chars_max: 3,
  thread_name_chars_max: 3,
  threads_per_user_max: 1,
  user_attribute_bytes_max: 10,
  user_blocklist_max: 1,
};

describe('limits', () => {
  let app, alice, bob, carol;
  before(async () => {
    app = await createApp('limits');
    await app.register('alice', 'bob', 'carol', 'dave', 'erin', 'frank');
    for (const [key, most] of Object.entries(LIMITS)) await app.feature(key, String(most));
  });
  beforeEach(async () => {
    [alice, bob, carol] = await Promise.all(['alice', 'bob', 'carol'].map((user) => connect(app, user)));
  });

  const call = (client, method, ...args) => within(method, client.connection[method](...args));
  const refused = async (type, client, method, ...args) => {
    const error = await rejection(call(client, method, ...args));
    assert.equal(error.type, type, `${method}: ${JSON.stringify(error)}`);
  };
  /** Groups that a test has made, to make place for others. */
  const groups = [];
  afterEach(async () => {
    for (const id of groups.splice(0)) await app.ok('DELETE', `/chatgroups/${id}`);
  });
  const room = async (fields = {}) => {
    const wish = { name: 'r', description: 'd', owner: 'alice', ...fields };
    return (await app.ok('POST', '/chatrooms', wish)).data.id;
  };
  const group = async (members = [], fields = {}, owner = 'alice') => {
    const id = await app.createGroup(owner, members, { maxusers: 4, public: true, membersonly: true, ...fields });
    groups.push(id);
    return id;
  };

  test('texts of groups and rooms', async () => {
    const long = 'long';
    for (const field of ['groupName', 'description', 'avatar', 'extension']) {
      const wish = { groupName: 'g', description: 'd', maxMemberCount: 4, members: [], [field]: long };
      await refused(MAX_LIMIT, alice, 'createGroupVNext', wish);
    }
    const groupId = await group(['bob']);
    await refused(MAX_LIMIT, alice, 'modifyGroup', { groupId, groupName: long });
    await refused(MAX_LIMIT, alice, 'updateGroupAnnouncement', { groupId, announcement: long });
    const chatRoomId = await room();
    await refused(MAX_LIMIT, alice, 'modifyChatRoom', { chatRoomId, chatRoomName: long, description: 'd', maxusers: 2 });
    await refused(MAX_LIMIT, alice, 'updateChatRoomAnnouncement', { roomId: chatRoomId, announcement: long });
  });

  test('members, lists and requests', async () => {
    await refused(GROUP_MEMBERS_LIMIT, alice, 'createGroupVNext', { groupName: 'g', maxMemberCount: 5, members: [] });
    const groupId = await group(['bob', 'carol'], { maxusers: 3 });
    await refused(GROUP_MEMBERS_FULL, alice, 'inviteUsersToGroup', { groupId, users: ['dave'] });
    const dave = await connect(app, 'dave');
    await refused(GROUP_MEMBERS_FULL, dave, 'joinGroup', { groupId, message: 'let me in' });
    await call(alice, 'setGroupAdmin', { groupId, username: 'bob' });
    await refused(MAX_LIMIT, alice, 'setGroupAdmin', { groupId, username: 'carol' });
    await call(alice, 'muteGroupMember', { groupId, username: 'bob', muteDuration: 60_000 });
    await refused(MAX_LIMIT, alice, 'muteGroupMember', { groupId, username: 'carol', muteDuration: 60_000 });
    await call(alice, 'addUsersToGroupAllowlist', { groupId, users: ['bob'] });
    await refused(MAX_LIMIT, alice, 'addUsersToGroupAllowlist', { groupId, users: ['carol'] });

    const asked = await group([]);
    const erin = await connect(app, 'erin');
    await call(dave, 'joinGroup', { groupId: asked, message: 'me' });
    await refused(MAX_LIMIT, erin, 'joinGroup', { groupId: asked, message: 'me' });
    for (let n = 0; n < 3; n += 1) await group([], {}, 'frank');
    await refused(MAX_LIMIT, await connect(app, 'frank'), 'createGroupVNext', { groupName: 'g', maxMemberCount: 4 });

    const chatRoomId = await room();
    await call(bob, 'joinChatRoom', { roomId: chatRoomId });
    await refused(ROOM_MEMBERS_FULL, carol, 'joinChatRoom', { roomId: chatRoomId });
  });

  test('attributes', async () => {
    await refused(MAX_LIMIT, alice, 'updateUserInfo', { ext: 'x'.repeat(11) });
    const groupId = await group(['bob']);
    const set = (memberAttributes) => [alice, 'setGroupMemberAttributes', { groupId, userId: 'alice', memberAttributes }];
    await refused(MAX_LIMIT, ...set({ k: 'value' }));
    await refused(MAX_LIMIT, ...set({ names: 'v' }));
    await call(...set({ a: 'four' }));
    await refused(MAX_LIMIT, ...set({ b: 'four' }));

    const chatRoomId = await room();
    for (const [attributeKey, attributeValue] of [
      ['names', 'v'],
      ['k', 'value'],
    ]) {
      const wish = { chatRoomId, attributeKey, attributeValue };
      const error = await rejection(alice.connection.setChatRoomAttribute(wish));
      assert.match(error.message, /exceeds|exceed/, JSON.stringify(error));
    }
  });

  test('messages and what belongs to them', async () => {
    const sent = await alice.text('bob', 'short');
    assert.equal((await rejection(alice.text('bob', 'x'.repeat(601)))).type, MESSAGE_TOO_LARGE);
    const messageId = sent.serverMsgId;
    await refused(MAX_LIMIT, bob, 'addReaction', { messageId, reaction: 'hello' });
    await call(bob, 'addReaction', { messageId, reaction: 'a' });
    await refused(MAX_LIMIT, bob, 'addReaction', { messageId, reaction: 'b' });
    const place = { conversationType: 'singleChat', conversationId: 'bob' };
    await call(alice, 'pinMessage', { ...place, messageId });
    const second = await alice.text('bob', 'second');
    await refused(MAX_LIMIT, alice, 'pinMessage', { ...place, messageId: second.serverMsgId });

    const groupId = await group(['bob', 'carol']);
    const said = await alice.text(groupId, 'topic', { chatType: 'groupChat' });
    const thread = (name, id) => ({ parentId: groupId, name, messageId: id });
    await refused(MAX_LIMIT, bob, 'createChatThread', thread('long', said.serverMsgId));
    await call(bob, 'createChatThread', thread('t', said.serverMsgId));
    const other = await alice.text(groupId, 'other', { chatType: 'groupChat' });
    await refused(MAX_LIMIT, bob, 'createChatThread', thread('u', other.serverMsgId));
    const directed = { chatType: 'groupChat', receiverList: ['bob', 'carol'] };
    assert.equal((await rejection(alice.text(groupId, 'you two', directed))).type, MAX_LIMIT);
  });

  test('contacts, conversations, presence and files', async () => {
    await call(alice, 'addContact', 'carol', 'hi');
    await refused(MAX_LIMIT, alice, 'addContact', 'dave', 'hi');
    await app.ok('POST', '/users/alice/contacts/users/bob');
    await refused(MAX_LIMIT, alice, 'setContactRemark', { userId: 'bob', remark: 'long' });
    await call(alice, 'addUsersToBlocklist', { name: ['dave'] });
    await refused(MAX_LIMIT, alice, 'addUsersToBlocklist', { name: ['erin'] });

    await alice.text('bob', 'one');
    await alice.text('carol', 'two');
    await call(alice, 'pinConversation', { conversationType: 'singleChat', conversationId: 'bob', isPinned: true });
    const second = { conversationType: 'singleChat', conversationId: 'carol', isPinned: true };
    await refused(MAX_LIMIT, alice, 'pinConversation', second);
    const conversations = [{ conversationType: 'singleChat', conversationId: 'bob' }];
    await call(alice, 'addConversationMark', { conversations, mark: 1 });
    await refused(MAX_LIMIT, alice, 'addConversationMark', { conversations, mark: 2 });

    await refused(PRESENCE_TOO_LONG, alice, 'publishPresence', { description: 'long' });
    await call(alice, 'subscribePresence', { usernames: ['bob'], expiry: 60 });
    await refused(MAX_LIMIT, carol, 'subscribePresence', { usernames: ['bob'], expiry: 60 });
    await refused(MAX_LIMIT, alice, 'updateCurrentUserNick', 'long');

    const groupId = await group(['bob']);
    const file = { data: new Blob(['more than ten bytes']), filename: 'f.txt' };
    const failed = await new Promise((resolve, reject) => {
      const { connection } = alice;
      const done = () => reject(new Error('uploaded'));
      connection.uploadGroupSharedFile({ groupId, file, onFileUploadError: resolve, onFileUploadComplete: done });
    });
    assert.equal(failed.type, UPLOAD_FAILED);
  });
});
