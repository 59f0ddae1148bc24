// Contacts and block lists, by the SDK's own calls.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createApp } from '../lib/app.js';
import { connect, eventually, rejection, within } from '../lib/client.js';
import { RawDevice, encode } from '../lib/raw.js';

const MAX_LIMIT = 50;
const USER_NOT_FOUND = 204;
const USER_NOT_FRIEND = 221;
const PERMISSION_DENIED = 603;
const ROSTER = { ns: 3, ADD: 2, ACCEPT: 4, BAN: 6 };

describe('contacts', () => {
  let app;
  let count = 0;
  before(async () => {
    app = await createApp('contacts');
  });

  /** New users, so that no test meets the contacts of another. */
  async function people(...names) {
    count += 1;
    const users = names.map((name) => `${name}${count}`);
    await app.register(...users);
    return users;
  }

  const call = (client, method, ...args) =>
    within(`${client.user} calls ${method}`, client.connection[method](...args));
  const ids = async (client) => (await call(client, 'getContacts')).data;
  const befriend = (user, contact) => app.ok('POST', `/users/${user}/contacts/users/${contact}`);

  test('an invitation is accepted, and both are told', async () => {
    const [a, b] = await people('alice', 'bob');
    const [alice, bob] = await Promise.all([connect(app, a), connect(app, b)]);
    await call(alice, 'addContact', b, 'it is me');
    const invited = await bob.next('onContactInvited', { from: a });
    assert.equal(invited.to, b);
    assert.equal(invited.status, 'it is me');
    await call(bob, 'acceptContactInvite', a);
    await alice.next('onContactAgreed', { from: b, to: a });
    await bob.next('onContactAdded', { from: a, to: b });
    assert.deepEqual(await ids(alice), [b]);
    assert.deepEqual(await ids(bob), [a]);
    alice.none('onContactInvited');
    alice.none('onContactAdded');
  });

  test('an invitation is declined', async () => {
    const [a, b] = await people('alice', 'bob');
    const [alice, bob] = await Promise.all([connect(app, a), connect(app, b)]);
    await call(alice, 'addContact', b);
    await bob.next('onContactInvited', { from: a });
    await call(bob, 'declineContactInvite', a);
    await alice.next('onContactRefuse', { from: b });
    assert.deepEqual(await ids(alice), []);
    const late = await rejection(call(bob, 'acceptContactInvite', a));
    assert.equal(late.type, PERMISSION_DENIED);
  });

  test('who was away is told later', async () => {
    const [a, b] = await people('alice', 'bob');
    let alice = await connect(app, a);
    await call(alice, 'addContact', b, 'are you there?');
    alice.discard();
    const bob = await connect(app, b);
    await bob.next('onContactInvited', { from: a, status: 'are you there?' });
    await call(bob, 'acceptContactInvite', a);
    alice = await connect(app, a);
    await alice.next('onContactAgreed', { from: b });
    bob.discard();
    await call(alice, 'deleteContact', b);
    const later = await connect(app, b);
    await later.next('onContactDeleted', { from: a });
    assert.deepEqual(await ids(later), []);
    assert.deepEqual(await ids(alice), []);
    alice.none('onContactDeleted');
  });

  test('remarks and lists', async () => {
    const [a, b, c] = await people('alice', 'bob', 'carol');
    const alice = await connect(app, a);
    await befriend(a, b);
    await befriend(a, c);
    await alice.next('onContactAdded', { from: b });
    await call(alice, 'setContactRemark', { userId: b, remark: '鲍勃' });
    const all = (await call(alice, 'getAllContacts')).data;
    const byName = (rows) => [...rows].sort((x, y) => x.userId.localeCompare(y.userId));
    const expected = [
      { userId: b, remark: '鲍勃' },
      { userId: c, remark: '' },
    ];
    assert.deepEqual(byName(all), expected);
    const paged = [];
    let cursor = '';
    do {
      const page = (await call(alice, 'getContactsWithCursor', { pageSize: 1, cursor })).data;
      paged.push(...page.contacts);
      cursor = page.cursor;
    } while (cursor);
    assert.deepEqual(byName(paged), expected);

    const long = await rejection(call(alice, 'setContactRemark', { userId: b, remark: 'x'.repeat(101) }));
    assert.equal(long.type, MAX_LIMIT);
    const [stranger] = await people('dave');
    const refused = await rejection(call(alice, 'setContactRemark', { userId: stranger, remark: 'x' }));
    assert.equal(refused.type, USER_NOT_FRIEND);
    assert.equal((await rejection(call(alice, 'addContact', 'nobody-here'))).type, USER_NOT_FOUND);
  });

  test('the blocked cannot write or invite, and do so again when unblocked', async () => {
    const [a, b] = await people('alice', 'bob');
    const [alice, bob] = await Promise.all([connect(app, a), connect(app, b, { delivery: true })]);
    await befriend(a, b);
    const blocked = await call(alice, 'addUsersToBlocklist', { name: b });
    assert.deepEqual(blocked.data.userIds, [b]);
    assert.deepEqual((await call(alice, 'getBlocklist')).data, [b]);
    assert.deepEqual(await ids(alice), [b], 'a blocked contact stays one');

    assert.equal((await rejection(bob.text(a, 'hello?'))).type, PERMISSION_DENIED);
    assert.equal((await rejection(call(bob, 'addContact', a))).type, PERMISSION_DENIED);
    // The other direction is open; the receipt of it stays with bob.
    const sent = await alice.text(b, 'I still write');
    await bob.next('onTextMessage', { id: sent.serverMsgId });

    await call(alice, 'removeUserFromBlocklist', { name: [b] });
    assert.deepEqual((await call(alice, 'getBlocklist')).data, []);
    const again = await bob.text(a, 'hello again');
    await alice.next('onTextMessage', { id: again.serverMsgId });
    alice.none('onTextMessage', { msg: 'hello?' });
    alice.none('onDeliveredMessage', { mid: sent.serverMsgId });

    const unknown = await rejection(call(alice, 'addUsersToBlocklist', { name: ['nobody-here'] }));
    assert.equal(unknown.type, USER_NOT_FOUND);
  });

  test('a deleted user is gone from the lists', async () => {
    const [a, b] = await people('alice', 'bob');
    const alice = await connect(app, a);
    await befriend(a, b);
    await call(alice, 'addUsersToBlocklist', { name: b });
    await app.ok('DELETE', `/users/${b}`);
    await alice.next('onContactDeleted', { from: b });
    assert.deepEqual(await ids(alice), []);
    assert.deepEqual((await call(alice, 'getBlocklist')).data, []);
  });

  test('what the app ends is told to both', async () => {
    const [a, b, c] = await people('alice', 'bob', 'carol');
    const [alice, bob] = await Promise.all([connect(app, a), connect(app, b)]);
    for (const other of [b, c]) await befriend(a, other);
    await app.ok('DELETE', `/users/${a}/contacts/users/${b}`);
    await alice.next('onContactDeleted', { from: b });
    await bob.next('onContactDeleted', { from: a });
    assert.deepEqual(await ids(alice), [c]);
    await app.ok('DELETE', `/contacts/users/${a}`);
    await alice.next('onContactDeleted', { from: c });
    assert.deepEqual(await ids(alice), []);
  });

  test('old builds change contacts over the socket', async () => {
    const [a, b] = await people('alice', 'bob');
    const [alice, bob] = await Promise.all([connect(app, a), RawDevice.login(app, b)]);
    const post = (operation) => {
      const payload = encode('RosterBody', { operation, to: [{ name: a }], reason: 'old' });
      bob.postMeta(bob.jid(a), {}, { ns: ROSTER.ns, payload });
    };
    post(ROSTER.ADD);
    await alice.next('onContactInvited', { from: b, status: 'old' });
    await call(alice, 'acceptContactInvite', b);
    assert.deepEqual(await ids(alice), [b]);
    post(ROSTER.BAN);
    const list = async () => (await app.ok('GET', `/users/${b}/blocks/users`)).data;
    // A message of the same connection comes after it.
    await bob.sendText(a, 'fence');
    assert.deepEqual(await list(), [a]);
    assert.equal((await rejection(alice.text(b, 'hello?'))).type, PERMISSION_DENIED);
  });

  test('older names of the calls do the same', async () => {
    const [a, b, c] = await people('alice', 'bob', 'carol');
    const [alice, bob] = await Promise.all([connect(app, a), connect(app, b)]);
    await call(alice, 'addContact', b);
    await bob.next('onContactInvited', { from: a });
    await call(bob, 'acceptInvitation', a);
    await alice.next('onContactAgreed', { from: b });
    await call(bob, 'addContact', a, 'already');
    alice.none('onContactInvited');
    assert.deepEqual((await call(alice, 'getRoster')).data, [b]);
    await call(alice, 'removeRoster', b);
    await bob.next('onContactDeleted', { from: a });
    await call(bob, 'addContact', c);
    const carol = await connect(app, c);
    await carol.next('onContactInvited', { from: b });
    await call(carol, 'declineInvitation', b);
    await bob.next('onContactRefuse', { from: c });
    assert.deepEqual((await call(alice, 'addUsersToBlacklist', { name: [b, c] })).data.userIds, [b, c]);
    assert.deepEqual((await call(alice, 'getBlacklist')).data, [c, b]);
    await call(alice, 'removeUserFromBlackList', { name: b });
    await call(alice, 'removeFromBlackList', { name: [b, 'nobody-here', c] });
    await call(alice, 'addToBlackList', { name: b });
    assert.deepEqual((await call(alice, 'getBlocklist')).data, [b]);
  });

  test('of an active device nothing is shown on the others', async () => {
    const [a, b] = await people('alice', 'bob');
    const [pc, pad, bob] = await Promise.all([
      connect(app, a, { device: 'pc' }),
      connect(app, a, { device: 'pad' }),
      connect(app, b),
    ]);
    await call(pc, 'addContact', b);
    await bob.next('onContactInvited', { from: a });
    await call(bob, 'acceptContactInvite', a);
    for (const device of [pc, pad]) await device.next('onContactAgreed', { from: b });
    await call(pc, 'setContactRemark', { userId: b, remark: 'r' });
    await call(pc, 'addUsersToBlocklist', { name: b });
    await call(pc, 'removeUserFromBlocklist', { name: b });
    await call(pc, 'deleteContact', b);
    await bob.next('onContactDeleted', { from: a });
    await app.ok('POST', `/users/${a}/contacts/users/${b}`);
    await pad.next('onContactAdded', { from: b });
    // The SDK would show its own user's invitation as one to it.
    for (const name of ['onContactInvited', 'onContactDeleted', 'onMultiDeviceEvent']) pad.none(name);
  });

  test('limits of the app, in the codes of the SDK', async () => {
    const small = await createApp('contacts-small');
    await small.register('alice', 'bob', 'carol', 'dave');
    const [alice, bob, carol] = await Promise.all(['alice', 'bob', 'carol'].map((user) => connect(small, user)));
    await small.ok('POST', '/users/alice/contacts/users/bob');
    await call(alice, 'addUsersToBlocklist', { name: ['carol'] });
    await small.feature('friends_per_user_max', '1');
    await small.feature('user_blocklist_max', '1');
    await eventually(async () => {
      await call(alice, 'removeUserFromBlocklist', { name: ['dave'] });
      const full = await rejection(call(alice, 'addUsersToBlocklist', { name: ['dave'] }));
      assert.equal(full.type, MAX_LIMIT, JSON.stringify(full));
      assert.match(full.message, /quantity has exceeded/);
    });
    assert.deepEqual((await call(alice, 'getBlocklist')).data, ['carol']);
    // Who has no place invites nobody, and is not accepted by anybody.
    assert.equal((await rejection(call(bob, 'addContact', 'dave'))).type, MAX_LIMIT);
    await call(carol, 'addContact', 'bob');
    await bob.next('onContactInvited', { from: 'carol' });
    assert.equal((await rejection(call(bob, 'acceptContactInvite', 'carol'))).type, MAX_LIMIT);
    carol.none('onContactAgreed');
    await call(bob, 'deleteContact', 'alice');
    await call(bob, 'acceptContactInvite', 'carol');
    await carol.next('onContactAgreed', { from: 'bob' });
  });

  test('another app has neither', async () => {
    const [a, b] = await people('alice', 'bob');
    const theirs = await createApp('contacts', 't2');
    await theirs.register(a, b);
    const [alice, otherAlice, otherBob] = await Promise.all([
      connect(app, a),
      connect(theirs, a),
      connect(theirs, b),
    ]);
    await call(alice, 'addContact', b);
    await call(alice, 'addUsersToBlocklist', { name: b });
    assert.deepEqual((await call(otherAlice, 'getBlocklist')).data, []);
    await otherBob.text(a, 'not blocked here');
    await otherAlice.next('onTextMessage', { msg: 'not blocked here' });
    otherBob.none('onContactInvited');
    assert.equal((await rejection(call(otherBob, 'acceptContactInvite', a))).type, PERMISSION_DENIED);
    const token = await app.userToken(a);
    for (const path of [`/users/${a}/contacts/users`, `/users/${a}/blocks/users`]) {
      assert.equal((await theirs.call('GET', path, undefined, token)).status, 401);
    }
  });
});
