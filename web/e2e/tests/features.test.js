// Switches, limits and settings of an app, changed beside the running server and felt by devices that are connected
// all the while.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createApp, passwordOf, server } from '../lib/app.js';
import { Client, connect, eventually, rejection, within } from '../lib/client.js';

// Errors of the SDK.
const MAX_LIMIT = 50;
const SERVING_DISABLED = 57;
const OTHER_DEVICE = 206;
const TOO_MANY_DEVICES = 214;
const NOT_FRIEND = 221;
const RECALL_TOO_LATE = 504;
const NOT_ENABLED = 505;
const PERMISSION_DENIED = 603;
const GROUP_MEMBERS_LIMIT = 607;

/** An app with alice, bob and others. */
async function appWith(purpose, ...others) {
  const app = await createApp(purpose);
  await app.register('alice', 'bob', ...others);
  return app;
}

const both = (app) => Promise.all([connect(app, 'alice'), connect(app, 'bob')]);

/** One call of the SDK. */
const call = (client, method, ...args) => within(method, client.connection[method](...args));

/** Waits until an attempt is refused with this SDK error. */
const refusedWith = (type, attempt) =>
  eventually(async () => {
    const error = await rejection(attempt());
    assert.equal(error.type, type, JSON.stringify(error));
    return error;
  });

describe('features of an app', () => {
  test('friend check: strangers get 221 from then on, contacts do not', async () => {
    const app = await appWith('friends');
    const [alice, bob] = await both(app);
    await alice.text('bob', 'a stranger still may');
    await app.feature('friend_check', 'on');
    await refusedWith(NOT_FRIEND, () => alice.text('bob', 'may I?'));
    assert.equal((await rejection(alice.text('bob', 'refused'))).type, NOT_FRIEND);
    await app.ok('POST', '/users/alice/contacts/users/bob');
    const sent = await alice.text('bob', 'as a contact');
    await bob.next('onTextMessage', { id: sent.serverMsgId });
    bob.none('onTextMessage', { msg: 'refused' });
    await app.ok('DELETE', '/users/alice/contacts/users/bob');
    await refusedWith(NOT_FRIEND, () => bob.text('alice', 'no more'));
    await app.feature('friend_check', 'off');
    await eventually(() => bob.text('alice', 'strangers again'));
  });

  test('recall by clients: off is 505, too late is 504, and the window can be widened again', async () => {
    const app = await appWith('recall');
    const [alice, bob] = await both(app);
    const sent = await alice.text('bob', 'take me back');
    await bob.next('onTextMessage', { id: sent.serverMsgId });
    await app.feature('message_recall', 'off');
    await refusedWith(NOT_ENABLED, async () => {
      const probe = await alice.text('bob', 'probe');
      await alice.recall(probe.serverMsgId, 'bob');
    });
    await app.feature('message_recall', 'client=1s');
    await app.feature('message_recall', 'on');
    await refusedWith(RECALL_TOO_LATE, async () => {
      assert.ok(Date.now() > sent.message.time + 1000);
      await alice.recall(sent.serverMsgId, 'bob');
    });
    bob.none('onRecallMessage', { mid: sent.serverMsgId });
    await app.feature('message_recall', 'client=1h');
    await eventually(() => alice.recall(sent.serverMsgId, 'bob'));
    await bob.next('onRecallMessage', { mid: sent.serverMsgId, from: 'alice' });
  });

  test('recall by the server has a window and a switch of its own', async () => {
    const app = await appWith('rest-recall');
    const [alice, bob] = await both(app);
    const sent = await alice.text('bob', 'by whom?');
    await bob.next('onTextMessage', { id: sent.serverMsgId });
    const recall = (message, fields) =>
      app.call('POST', '/messages/msg_recall', { msg_id: message.serverMsgId, to: 'bob', chat_type: 'chat', ...fields });
    const refused = async (message, text) => {
      const { status, body } = await recall(message);
      assert.deepEqual([status, body.error_description], [403, text]);
    };

    await app.feature('message_recall', 'off');
    await eventually(async () => refused(await alice.text('bob', 'probe'), 'message recall service is unopened'));
    await app.feature('message_recall', 'rest=1s');
    await app.feature('message_recall', 'on');
    await eventually(() => assert.ok(Date.now() > sent.message.time + 1000));
    await eventually(() => refused(sent, 'exceed recall time limit'));
    const forced = await recall(sent, { force: true });
    assert.equal(forced.body.data.recalled, 'yes');
    await bob.next('onRecallMessage', { mid: sent.serverMsgId, from: 'admin' });
    // Clients go by their own window.
    const own = await alice.text('bob', 'by me');
    await eventually(() => alice.recall(own.serverMsgId, 'bob'));
  });

  test('multiple devices: off leaves one in all, 0 keeps a platform out', async () => {
    const app = await appWith('devices', 'carol');
    const pc = await connect(app, 'alice', { device: 'pc' });
    const tv = await connect(app, 'alice', { device: null, customOSPlatform: 7, customDeviceName: 'TV' });
    const bob = await connect(app, 'bob');
    await app.feature('multi_device', 'off');
    // Nothing happens to those who are here; the next login counts.
    const stays = await pc.text('bob', 'both are still here');
    await tv.next('onTextMessage', { id: stays.serverMsgId });
    await bob.next('onTextMessage', { id: stays.serverMsgId });
    const sentAway = { type: OTHER_DEVICE };
    const pad = await eventually(async () => {
      const pad = await connect(app, 'alice', { device: 'pad' });
      try {
        await Promise.all([pc, tv].map((gone) => eventually(() => assert.ok(gone.seen('onDisconnected', sentAway).length), 1000)));
        return pad;
      } catch (error) {
        pad.logout();
        throw error;
      }
    });
    await pad.text('bob', 'the only one');

    await app.feature('multi_device', 'on', 'webim=0');
    await eventually(async () => {
      const client = new Client(app, 'carol');
      try {
        assert.equal((await client.refusal()).type, TOO_MANY_DEVICES);
      } finally {
        client.discard();
      }
    });
    const allowed = await connect(app, 'alice', { device: null, customOSPlatform: 8, customDeviceName: 'car' });
    await allowed.text('bob', 'another platform');
    await bob.next('onTextMessage', { msg: 'another platform' });
    await app.feature('multi_device', 'webim=1');
    await eventually(() => connect(app, 'bob', { device: 'pc' }));
    await bob.next('onDisconnected', { type: OTHER_DEVICE });
  });

  test('block lists can be switched off, and are there again afterwards', async () => {
    const app = await appWith('blocklist');
    const [alice, bob] = await both(app);
    await call(alice, 'addUsersToBlocklist', { name: ['bob'] });
    await refusedWith(PERMISSION_DENIED, () => bob.text('alice', 'blocked'));
    await app.feature('user_blocklist', 'off');
    const sent = await eventually(() => bob.text('alice', 'not any more'));
    await alice.next('onTextMessage', { id: sent.serverMsgId });
    await refusedWith(NOT_ENABLED, () => call(alice, 'addUsersToBlocklist', { name: ['bob'] }));
    await refusedWith(NOT_ENABLED, () => call(alice, 'getBlocklist'));
    await app.feature('user_blocklist', 'on');
    await refusedWith(PERMISSION_DENIED, () => bob.text('alice', 'blocked again'));
    const list = await eventually(() => call(alice, 'getBlocklist'));
    assert.deepEqual(list.data, ['bob']);
  });

  test('group read receipts: without them nobody is asked, and whoever answers gets 505', async () => {
    const app = await appWith('acks');
    const group = await app.createGroup('alice', ['bob']);
    const [alice, bob] = await both(app);
    const ask = () => alice.groupText(group, 'please confirm', { msgConfig: { allowGroupAck: true } });
    const confirm = (id) => bob.send({ type: 'read', chatType: 'groupChat', to: group, id });
    const asked = await ask();
    const seen = await bob.next('onTextMessage', { id: asked.serverMsgId });
    assert.equal(seen.msgConfig.allowGroupAck, true);

    await app.feature('group_read_ack', 'off');
    await refusedWith(NOT_ENABLED, () => confirm(asked.serverMsgId));
    const unasked = await ask();
    const plain = await bob.next('onTextMessage', { id: unasked.serverMsgId });
    assert.ok(!plain.msgConfig?.allowGroupAck, JSON.stringify(plain.msgConfig));
    await eventually(async () => {
      const text = { msg: 'from the server' };
      const byRest = await app.sendToGroups('alice', [group], 'txt', text, { need_group_ack: true });
      const served = await bob.next('onTextMessage', { id: byRest[group] });
      assert.ok(!served.msgConfig?.allowGroupAck, JSON.stringify(served.msgConfig));
    });
    await app.feature('group_read_ack', 'on');
    await eventually(() => confirm(asked.serverMsgId));
    await alice.next('onReadMessage', { mid: asked.serverMsgId, from: 'bob' });
  });

  test('history reaches back as many days as messages are kept', async () => {
    const app = await appWith('days');
    const [alice, bob] = await both(app);
    const sent = await alice.text('bob', 'kept');
    await bob.next('onTextMessage', { id: sent.serverMsgId });
    const count = async (client, peer) => (await client.history(peer)).messages.length;
    assert.equal(await count(bob, 'alice'), 1);
    await app.feature('msg_storage_days', '0');
    await eventually(async () => assert.equal(await count(bob, 'alice'), 0));
    assert.equal(await count(alice, 'bob'), 0);
    await app.feature('msg_storage_days', 'plan');
    await eventually(async () => assert.equal(await count(bob, 'alice'), 1));
  });

  test('registration: a closed app refuses, an open one registers up to its limit', async () => {
    const closed = await createApp('closed');
    const open = await createApp('open', undefined, undefined, ['--open-registration']);
    const register = (app, username) =>
      within('registration', new Client(app, username).connection.registerUser({ username, password: 'pw' }));
    assert.equal(typeof (await rejection(register(closed, 'guest'))).type, 'number');
    await register(open, 'first');
    await open.feature('registered_users_max', '2');
    await register(open, 'second');
    // By another way, until the limit is felt; then by the SDK.
    await eventually(async () => {
      const { status, body } = await open.call('POST', '/users', { username: 'third', password: 'pw' });
      if (status === 200) await open.ok('DELETE', '/users/third');
      assert.deepEqual([status, body.error], [429, 'resource_limited']);
    });
    assert.equal(typeof (await rejection(register(open, 'third'))).type, 'number');
    assert.equal((await open.call('GET', '/users/third')).status, 404);
    const rows = ['first', 'third', 'fourth'].map((username) => ({ username, password: 'pw' }));
    await open.feature('registered_users_max', '3');
    await eventually(async () => {
      const batch = await open.ok('POST', '/users', rows);
      assert.deepEqual(
        batch.entities.map((user) => user.username),
        ['third'],
      );
      assert.deepEqual(
        batch.data.map((row) => row.username),
        ['first', 'fourth'],
      );
    });
    await connect(open, 'first', { pwd: 'pw' });
  });

  test('limits of groups and contacts, in the errors that the SDK knows', async () => {
    const app = await appWith('limits', 'carol', 'dave');
    const [alice, bob] = await both(app);
    const create = (maxMemberCount, members = []) =>
      call(alice, 'createGroupVNext', { groupName: 'g', maxMemberCount, members });
    await app.feature('group_members_max', '2');
    await refusedWith(GROUP_MEMBERS_LIMIT, () => create(3));
    const group = await create(2, ['bob']);
    await app.feature('group_members_max', '1');
    await app.ok('DELETE', `/chatgroups/${group.data.groupId}/users/bob`);
    await eventually(async () => {
      const { status, body } = await app.call('POST', `/chatgroups/${group.data.groupId}/users/carol`);
      if (status === 200) await app.ok('DELETE', `/chatgroups/${group.data.groupId}/users/carol`);
      assert.deepEqual([status, body.error], [403, 'exceed_limit']);
    });
    await app.feature('group_members_max', '2');
    await app.feature('groups_max', '1');
    await refusedWith(MAX_LIMIT, () => create(2));
    await app.feature('groups_max', 'plan');
    await app.feature('groups_per_user_max', '1');
    await eventually(async () => {
      const wish = { owner: 'carol', public: true, groupname: 'g', maxusers: 2, members: ['alice'] };
      const { status, body } = await app.call('POST', '/chatgroups', wish);
      if (status === 200) await app.ok('DELETE', `/chatgroups/${body.data.groupid}`);
      assert.deepEqual([status, body.error_description], [403, 'user alice has joined too many groups!']);
    });
    await app.createGroup('carol', ['dave'], { maxusers: 2 });

    await app.feature('friends_per_user_max', '1');
    await app.ok('POST', '/users/alice/contacts/users/bob');
    await eventually(async () => {
      const { status, body } = await app.call('POST', '/users/alice/contacts/users/carol');
      if (status === 200) await app.ok('DELETE', '/users/alice/contacts/users/carol');
      assert.deepEqual([status, body.error], [403, 'exceed_limit']);
    });
    assert.equal((await rejection(call(bob, 'addContact', 'carol', 'hi'))).type, MAX_LIMIT);
  });

  test('a suspended app: sessions end, logins get 57, REST 403, until it is resumed', async () => {
    const app = await appWith('suspended');
    const token = await app.userToken('alice');
    const alice = await connect(app, 'alice', { token });
    await app.suspend();
    await alice.next('onReconnecting');
    await alice.next('onError', { type: SERVING_DISABLED });
    const byToken = await new Client(app, 'bob').refusal({ token });
    assert.equal(byToken.type, SERVING_DISABLED);
    const byPassword = await new Client(app, 'bob').refusal({ pwd: passwordOf('bob') });
    assert.equal(typeof byPassword.type, 'number');
    const rest = await app.call('GET', '/users/alice', undefined, token);
    assert.deepEqual([rest.status, rest.body.error], [403, 'forbidden_service_operation']);
    alice.discard();
    await app.resume();
    const back = await eventually(() => connect(app, 'alice', { token }));
    await back.text('bob', 'here again');
  });

  test('an app on the free plan has the small limits', async () => {
    const app = await createApp('free', undefined, server, ['--plan', 'free']);
    await app.register('alice', 'bob');
    const first = await connect(app, 'alice', { device: 'pc' });
    await connect(app, 'alice', { device: 'pad' });
    await first.next('onDisconnected', { type: OTHER_DEVICE });
    const group = await app.ok('POST', '/chatgroups', { owner: 'alice', public: true, groupname: 'g', members: ['bob'] });
    const details = await app.ok('GET', `/chatgroups/${group.data.groupid}`);
    assert.equal(details.data[0].maxusers, 100);
    const tooMany = { owner: 'alice', public: true, groupname: 'g', maxusers: 101 };
    const { status, body } = await app.call('POST', '/chatgroups', tooMany);
    assert.deepEqual([status, body.error_description], [403, 'maxUsers cannot exceed 100']);
  });
});
