// Builds that are older than the current one or made for other surroundings: their users talk with everybody else's.
// What each of them is: docs/protocol.md, "Other builds".

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createApp, passwordOf } from '../lib/app.js';
import { Client, connect, eventually, rejection, within } from '../lib/client.js';
import { noting } from '../lib/coverage.js';
import { startProxy } from '../lib/proxy.js';
import { OVER_SOCKJS, SISTERS, askingAt, loadMiniCore, loadMiniProgram } from '../lib/sdk.js';

const USER_KICKED_BY_CHANGE_PASSWORD = 216;

for (const build of SISTERS) {
  describe(build, () => {
    let app, proxy;
    before(async () => {
      app = await createApp('builds');
      await app.register('old', 'bob', 'carol');
      proxy = await startProxy();
    });
    after(() => proxy.close());

    const pair = () => Promise.all([connect(app, 'old', { build, delivery: true }), connect(app, 'bob')]);

    test('login by password, and a refusal', async () => {
      const old = await connect(app, 'old', { build, pwd: passwordOf('old') });
      assert.ok(old.connection.isOpened());
      const client = new Client(app, 'old', { build });
      const error = await rejection(client.connection.open({ user: 'old', pwd: 'wrong' }));
      assert.ok(error);
    });

    test('a token that is refused', async () => {
      const client = new Client(app, 'old', { build, autoReconnectNumMax: 1 });
      const opened = client.connection.open({ user: 'old', accessToken: 'garbage' }).catch(() => {});
      // The oldest is only told by the end of its connection.
      await client.next('onDisconnected', undefined, 20_000);
      await opened;
      client.none('onConnected');
    });

    test('found by the file that says where the server is', async () => {
      const found = { isHttpDNS: true, url: undefined, apiUrl: undefined, patch: askingAt(app.baseUrl) };
      const [old, bob] = await Promise.all([connect(app, 'old', { build, ...found }), connect(app, 'bob')]);
      assert.equal(old.connection.apiUrl, app.baseUrl);
      await old.text('bob', 'found you');
      await bob.next('onTextMessage', { msg: 'found you' });
    });

    test('texts both ways, with receipts', async () => {
      const [old, bob] = await pair();
      const sent = await old.text('bob', 'from old', { ext: { n: 1, list: ['a'] } });
      const got = await bob.next('onTextMessage', { msg: 'from old' });
      assert.equal(got.id, sent.serverMsgId);
      assert.deepEqual(got.ext, { n: 1, list: ['a'] });
      const reply = await bob.text('old', 'from new', { ext: { m: 2 } });
      const seen = await old.next('onTextMessage', { msg: 'from new' });
      assert.equal(seen.id, reply.serverMsgId);
      assert.deepEqual(seen.ext, { m: 2 });
      await bob.next('onDeliveredMessage', (event) => event.mid === reply.serverMsgId || event.mid === reply.localMsgId);
      await old.send({ type: 'read', to: 'bob', id: reply.serverMsgId });
      await bob.next('onReadMessage', { mid: reply.serverMsgId });
      await bob.send({ type: 'read', to: 'old', id: sent.serverMsgId });
      await old.next('onReadMessage', { mid: sent.serverMsgId });
      await bob.recall(reply.serverMsgId, 'old');
      await old.next('onRecallMessage', { mid: reply.serverMsgId });
    });

    test('groups: made by either, written by both', async () => {
      const [old, bob] = await pair();
      const created = await within(
        'createGroup',
        old.connection.createGroup({
          data: { groupname: 'old made it', desc: 'd', members: ['bob'], public: true, approval: false, allowinvites: true, inviteNeedConfirm: false },
        }),
      );
      const group = created.data.groupid;
      await bob.next('onGroupEvent', { id: group });
      await old.groupText(group, 'to the group');
      await bob.next('onTextMessage', { msg: 'to the group', to: group });
      await bob.groupText(group, 'and back');
      await old.next('onTextMessage', { msg: 'and back', to: group });
      const info = await within('getGroupInfo', old.connection.getGroupInfo({ groupId: group }));
      assert.equal([info.data].flat()[0].name, 'old made it');
      const members = await within(
        'listGroupMembers',
        old.connection.listGroupMembers({ groupId: group, pageNum: 1, pageSize: 10 }),
      );
      assert.deepEqual(members.data.flatMap((row) => Object.values(row)).filter((id) => ['old', 'bob'].includes(id)).sort(), ['bob', 'old']);
      const joined = await within('getJoinedGroups', old.connection.getJoinedGroups({ pageNum: 1, pageSize: 20 }));
      const rows = [...(joined.entities ?? []), ...(joined.data ?? [])];
      assert.ok(rows.some((row) => (row.groupid ?? row.groupId) === group), JSON.stringify(rows));
      const muted = await within(
        'muteGroupMember',
        old.connection.muteGroupMember({ groupId: group, username: 'bob', muteDuration: 60_000 }),
      );
      assert.ok([muted.data].flat()[0].result);
      assert.equal(await within('isInGroupMutelist', bobsOwn(bob, group)), true);
      await within('destroyGroup', old.connection.destroyGroup({ groupId: group }));
      await bob.next('onGroupEvent', { id: group, operation: 'destroy' });
    });

    const bobsOwn = async (bob, group) => {
      // The same question by a client of this build.
      const old = await connect(app, 'bob', { build, device: 'second' });
      const answer = await old.connection.isInGroupMutelist({ groupId: group });
      const now = await bob.connection.isInGroupMutelist({ groupId: group });
      assert.deepEqual(answer.data ?? answer, now.data ?? now);
      return answer.data ?? answer;
    };

    test('chat rooms', async () => {
      const [old, bob] = await pair();
      await app.ok('POST', '/chatrooms/super_admin', { superadmin: 'old' });
      const made = await within(
        'createChatRoom',
        old.connection.createChatRoom({ name: 'r', description: 'd', maxusers: 10, members: [], token: await app.token() }),
      );
      const room = made.data.id;
      // The oldest would take a rich answer for messages and wait for ever.
      await within('joinChatRoom', old.connection.joinChatRoom({ roomId: room }));
      await within('joinChatRoom', bob.connection.joinChatRoom({ roomId: room }));
      await old.text(room, 'hello room', { chatType: 'chatRoom' });
      await bob.next('onTextMessage', { msg: 'hello room' });
      await bob.text(room, 'hello old', { chatType: 'chatRoom' });
      await old.next('onTextMessage', { msg: 'hello old' });
      const details = await within('getChatRoomDetails', old.connection.getChatRoomDetails({ chatRoomId: room }));
      assert.equal([details.data].flat()[0].name, 'r');
      const list = await within('getChatRooms', old.connection.getChatRooms({ pagenum: 1, pagesize: 20 }));
      assert.ok(list.data.some((row) => row.id === room));
      await within('quitChatRoom', (old.connection.leaveChatRoom ?? old.connection.quitChatRoom).call(old.connection, { roomId: room }));
      await within('destroyChatRoom', old.connection.destroyChatRoom({ chatRoomId: room, token: await app.token() }));
    });

    test('history', async () => {
      const [old, bob] = await pair();
      await app.register('teller');
      const teller = await connect(app, 'teller');
      for (const n of [1, 2, 3]) await teller.text('old', `story ${n}`);
      const page = await old.history('teller', { pageSize: 2 });
      assert.deepEqual(page.messages.map((message) => message.msg).sort(), ['story 2', 'story 3']);
      const rest = await old.history('teller', { pageSize: 2, cursor: page.cursor });
      assert.deepEqual(rest.messages.map((message) => message.msg), ['story 1']);
      bob.none('onError');
    });

    test('contacts and block lists', async () => {
      const [old, bob] = await pair();
      old.connection.addContact('bob', 'let us talk');
      await bob.next('onContactInvited', { from: 'old' });
      bob.connection.acceptContactInvite('old');
      await old.next('onContactAgreed', { from: 'bob' });
      const contacts = await within('getContacts', old.connection.getContacts());
      assert.ok(JSON.stringify(contacts).includes('bob'));
      // The oldest says it over the socket and hears no answer.
      await old.connection.addUsersToBlocklist({ name: ['carol'] });
      await eventually(async () => {
        const list = await within('getBlocklist', old.connection.getBlocklist());
        assert.ok(JSON.stringify(list).includes('carol'), JSON.stringify(list));
      });
    });

    test('a new token', async () => {
      const old = await connect(app, 'old', { build });
      const renewed = await within('renewToken', old.connection.renewToken(await app.userToken('old')));
      assert.equal(renewed.status, true);
      await old.text('bob', 'still here');
    });

    test('messages sent while the connection was lost', async () => {
      const address = OVER_SOCKJS.includes(build) ? proxy.socketUrl.replace('ws:', 'http:') : proxy.socketUrl;
      const [old, bob] = await Promise.all([connect(app, 'old', { build, url: address }), connect(app, 'bob')]);
      await bob.text('old', 'before');
      await old.next('onTextMessage', { msg: 'before' });
      // Behind the end of the queue: 4.7.0 does not forget a queue that a cut has left open, until its heartbeat.
      await old.text('bob', 'a fence');
      proxy.cut();
      await bob.text('old', 'meanwhile');
      await old.next('onTextMessage', { msg: 'meanwhile' }, 30_000);
      await bob.text('old', 'after');
      await old.next('onTextMessage', { msg: 'after' });
      assert.equal(old.seen('onTextMessage', { msg: 'meanwhile' }).length, 1);
    });

    test('logged out for good with a new password', async () => {
      await app.register('mallory');
      const old = await connect(app, 'mallory', { build });
      await app.ok('PUT', '/users/mallory/password', { newpassword: 'another' });
      await old.next('onError', { type: USER_KICKED_BY_CHANGE_PASSWORD });
      await old.next('onDisconnected');
      old.none('onReconnecting');
    });

    test('a long absence', async () => {
      const bob = await connect(app, 'bob');
      for (let n = 0; n < 60; n += 1) await bob.text('old', `waiting ${n}`);
      const old = await connect(app, 'old', { build });
      const got = await old.collect('onTextMessage', 60, (message) => message.msg.startsWith('waiting'));
      assert.deepEqual(
        got.map((message) => message.msg),
        Array.from({ length: 60 }, (_, n) => `waiting ${n}`),
      );
    });
  });
}

// Without `version=v3` in its calls it hands what it gets to the app as it is.
describe('agora-chat, roles and lists in the older shape', () => {
  let app, owner;
  before(async () => {
    app = await createApp('agora');
    await app.register('owner', 'bob', 'carol');
  });

  test('of groups', async () => {
    owner = await connect(app, 'owner', { build: 'agora-chat' });
    const sdk = owner.connection;
    const groupId = await app.createGroup('owner', ['bob', 'carol'], { public: true });
    const told = async (name, options) => (await within(name, sdk[name]({ groupId, ...options }))).data;
    assert.deepEqual(await told('setGroupAdmin', { username: 'bob' }), { result: 'success', newadmin: 'bob' });
    assert.deepEqual(await told('getGroupAdmin'), ['bob']);
    assert.deepEqual(await told('removeGroupAdmin', { username: 'bob' }), { result: 'success', oldadmin: 'bob' });
    const [muted] = await told('muteGroupMember', { username: 'bob', muteDuration: 60_000 });
    assert.deepEqual([muted.result, muted.user], [true, 'bob']);
    assert.deepEqual((await told('getGroupMutelist')).map((row) => row.user), ['bob']);
    assert.equal((await told('unmuteGroupMember', { username: 'bob' }))[0].user, 'bob');
    const [white] = await told('addUsersToGroupAllowlist', { users: ['bob'] });
    assert.deepEqual([white.result, white.user], [true, 'bob']);
    assert.deepEqual((await told('getGroupAllowlist')).includes('bob'), true);
    const gone = await told('removeGroupAllowlistMember', { userName: 'bob' });
    assert.equal([gone].flat()[0].user, 'bob');
    const blocked = await told('blockGroupMember', { username: 'bob' });
    assert.deepEqual([blocked.result, blocked.action, blocked.user, blocked.groupid], [true, 'add_blocks', 'bob', groupId]);
    assert.deepEqual(await told('getGroupBlocklist'), ['bob']);
    const free = await told('unblockGroupMember', { username: 'bob' });
    assert.deepEqual([free.result, free.user], [true, 'bob']);
    const many = await told('blockGroupMembers', { usernames: ['carol'] });
    assert.deepEqual([many[0].result, many[0].action, many[0].groupid], [true, 'add_blocks', groupId]);
    await told('updateGroupAnnouncement', { announcement: 'hear' });
    assert.equal((await told('fetchGroupAnnouncement')).announcement, 'hear');
    const { data } = await within('getGroup', sdk.getGroup());
    assert.deepEqual(data.map((row) => [row.groupid, row.groupname]), [[groupId, 'g']]);
    assert.equal((await told('destroyGroup')).success, true);
  });

  test('of chat rooms', async () => {
    const { data } = await app.ok('POST', '/chatrooms', { name: 'r', description: 'd', owner: 'owner', maxusers: 10, members: ['bob'] });
    const sdk = owner.connection;
    const told = async (name, options) => (await within(name, sdk[name]({ chatRoomId: data.id, ...options }))).data;
    const blocked = await told('blockChatRoomMember', { username: 'bob' });
    assert.deepEqual([blocked.result, blocked.user], [true, 'bob']);
    const free = await told('unblockChatRoomMember', { username: 'bob' });
    assert.deepEqual([free.result, free.user], [true, 'bob']);
    const members = await told('listChatRoomMembers', { pageNum: 1, pageSize: 10 });
    assert.ok(members.some((row) => row.owner === 'owner'));
  });
});

describe('miniCore with its plug-ins', () => {
  let app;
  before(async () => {
    app = await createApp('minicore');
    await app.register('mini', 'bob', 'carol');
  });

  /** A client of this build. Its constructor wants other names, and its functions stand below their plug-in's. */
  const connectMini = async (user, options = {}) => {
    const { MiniCore, plugins, tab } = loadMiniCore();
    class connection extends MiniCore {
      constructor(given) {
        super(given);
        sdk.WebIM.message = this.Message;
        for (const [name, plugin] of plugins) {
          this.usePlugin(plugin, name);
          this[name] = noting('miniCore', this[name]);
        }
      }
    }
    const sdk = { WebIM: { connection }, tab, name: 'miniCore' };
    const client = new Client(app, user, { sdk, ...options });
    await within('login', client.connection.open({ username: user, accessToken: await app.userToken(user) }));
    return client;
  };

  test('texts both ways', async () => {
    const [mini, bob] = await Promise.all([connectMini('mini'), connect(app, 'bob')]);
    const sent = await mini.text('bob', 'small');
    await bob.next('onTextMessage', { id: sent.serverMsgId, msg: 'small' });
    await bob.text('mini', 'large');
    await mini.next('onTextMessage', { msg: 'large' });
  });

  test('contacts, history and the list of conversations', async () => {
    const [mini, bob] = await Promise.all([connectMini('mini'), connect(app, 'bob')]);
    const { contact } = mini.connection;
    await contact.addContact('bob', 'hello');
    await bob.next('onContactInvited', { from: 'mini' });
    await bob.connection.acceptContactInvite('mini');
    await mini.next('onContactAgreed', { from: 'bob' });
    const list = await within('getContacts', contact.getContacts());
    assert.deepEqual(list.data, ['bob']);
    await mini.text('bob', 'for history');
    const page = await within('history', contact.getHistoryMessages({ targetId: 'bob', chatType: 'singleChat', pageSize: 1 }));
    assert.equal(page.messages[0].msg, 'for history');
  });

  test('groups', async () => {
    const [mini, bob] = await Promise.all([connectMini('mini'), connect(app, 'bob')]);
    const { group } = mini.connection;
    const data = { groupname: 'g', desc: 'd', members: ['bob'], public: false, approval: false, allowinvites: true, inviteNeedConfirm: false };
    const { groupid } = (await within('createGroup', group.createGroup({ data }))).data;
    await bob.next('onGroupEvent', { id: groupid });
    await mini.groupText(groupid, 'in the group');
    await bob.next('onTextMessage', { msg: 'in the group', to: groupid });
    await within('setGroupAdmin', group.setGroupAdmin({ groupId: groupid, username: 'bob' }));
    const admins = await within('getGroupAdmin', group.getGroupAdmin({ groupId: groupid }));
    assert.deepEqual(admins.data, ['bob']);
  });

  test('chat rooms', async () => {
    const mini = await connectMini('mini');
    const { data } = await app.ok('POST', '/chatrooms', { name: 'r', description: 'd', owner: 'bob', maxusers: 10 });
    await within('joinChatRoom', mini.connection.chatroom.joinChatRoom({ roomId: data.id }));
    await mini.text(data.id, 'hello', { chatType: 'chatRoom' });
    const joined = await within('members', mini.connection.chatroom.listChatRoomMembers({ chatRoomId: data.id, pageNum: 1, pageSize: 10 }));
    assert.ok(JSON.stringify(joined.data).includes('mini'));
  });

  test('presence', async () => {
    const [mini, bob] = await Promise.all([connectMini('mini'), connect(app, 'bob')]);
    const { presence } = mini.connection;
    await within('subscribePresence', presence.subscribePresence({ usernames: ['bob'], expiry: 86_400 }));
    await within('publishPresence', bob.connection.publishPresence({ description: 'at lunch' }));
    await mini.next('onPresenceStatusChange', (events) => events.some(({ userId, ext }) => userId === 'bob' && ext === 'at lunch'));
    const { data } = await within('getPresenceStatus', presence.getPresenceStatus({ usernames: ['bob'] }));
    assert.equal(data.result[0].ext, 'at lunch');
    await within('unsubscribePresence', presence.unsubscribePresence({ usernames: ['bob'] }));
  });

  test('do not disturb', async () => {
    const mini = await connectMini('mini');
    const bob = { conversationId: 'bob', type: 'singleChat' };
    const options = { paramType: 0, remindType: 'NONE' };
    await within('setSilentMode', mini.connection.silent.setSilentModeForConversation({ ...bob, options }));
    const { data } = await within('getSilentMode', mini.connection.silent.getSilentModeForConversation(bob));
    assert.equal(data.type, 'NONE');
  });

  test('threads', async () => {
    const [mini, bob] = await Promise.all([connectMini('mini'), connect(app, 'bob')]);
    const group = await app.createGroup('bob', ['mini']);
    const { serverMsgId } = await bob.groupText(group, 'the beginning');
    await mini.next('onTextMessage', { id: serverMsgId });
    const { thread } = mini.connection;
    const made = await within('createChatThread', thread.createChatThread({ parentId: group, name: 't', messageId: serverMsgId }));
    const id = made.data.chatThreadId;
    await bob.next('onChatThreadChange', { id, operation: 'create' });
    await within('joinChatThread', bob.connection.joinChatThread({ chatThreadId: id }));
    await mini.groupText(id, 'in the thread', { isChatThread: true });
    await bob.next('onTextMessage', { msg: 'in the thread' });
    const detail = await within('getChatThreadDetail', thread.getChatThreadDetail({ chatThreadId: id }));
    assert.equal(detail.data.parentId, group);
  });

  test('translation', async () => {
    await app.feature('translation', 'on');
    const mini = await connectMini('mini');
    const translate = () => mini.connection.translation.translateMessage({ text: 'hello', languages: ['en'] });
    const { data } = await eventually(() => within('translateMessage', translate()));
    assert.equal(data[0].translations[0].text, 'en: hello');
  });
});

for (const [platform, build, what] of [
  ['wx', 'miniProgram', 'a WeChat mini-program'],
  ['my', 'miniProgram', 'an Alipay mini-program, which sends base64 as text'],
  ['uni', 'uniApp', 'a uni-app'],
]) {
  describe(what, () => {
    let app;
    before(async () => {
      app = await createApp('mini-program');
      await app.register('mini', 'bob');
    });

    test('texts both ways, groups and history', async () => {
      const sdk = loadMiniProgram(platform, build);
      const [mini, bob] = await Promise.all([
        connect(app, 'mini', { sdk, pwd: passwordOf('mini') }),
        connect(app, 'bob'),
      ]);
      const sent = await mini.text('bob', 'from a phone 手机');
      await bob.next('onTextMessage', { id: sent.serverMsgId, msg: 'from a phone 手机' });
      await bob.text('mini', 'x'.repeat(20_000));
      await mini.next('onTextMessage', (message) => message.msg.length === 20_000);
      const group = await app.createGroup('mini', ['bob']);
      await mini.groupText(group, 'all');
      await bob.next('onTextMessage', { msg: 'all', to: group });
      const page = await mini.history('bob', { pageSize: 1 });
      assert.equal(page.messages[0].msg.length, 20_000);
      assert.equal(sdk.tab.texts.length > 0, platform === 'my', 'answered in kind');
      mini.none('onError');
    });

    test('offline messages', async () => {
      const bob = await connect(app, 'bob');
      for (const n of [1, 2, 3]) await bob.text('mini', `waits ${n}`);
      const mini = await connect(app, 'mini', { sdk: loadMiniProgram(platform, build) });
      const got = await mini.collect('onTextMessage', 3, (message) => message.msg.startsWith('waits'));
      assert.deepEqual(got.map((message) => message.msg), ['waits 1', 'waits 2', 'waits 3']);
    });
  });
}
