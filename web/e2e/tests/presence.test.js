// Presence: publishing, following, and what followers are told, by the SDK's own calls.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createApp } from '../lib/app.js';
import { connect, eventually, rejection, within } from '../lib/client.js';
import { Command, RawDevice } from '../lib/raw.js';

const MAX_LIMIT = 50;
const NOT_ENABLED = 505;
const PRESENCE_PARAM_EXCEED = 1100;
const DAY = 24 * 3600;

const call = (client, method, ...args) =>
  within(`${client.user} calls ${method}`, client.connection[method](...args));

describe('presence', () => {
  let app;
  let count = 0;
  before(async () => {
    app = await createApp('presence');
  });

  /** New users, so that no test meets the followers of another. */
  async function people(...names) {
    count += 1;
    const users = names.map((name) => `${name}${count}`);
    await app.register(...users);
    return users;
  }

  const follow = async (client, usernames, expiry = DAY) =>
    (await call(client, 'subscribePresence', { usernames, expiry })).data.result;
  const states = async (client, ...usernames) =>
    (await call(client, 'getPresenceStatus', { usernames })).data.result;
  const publish = (client, description) => call(client, 'publishPresence', { description });

  /** The next presence of `user` that satisfies `wanted`. */
  const change = async (client, user, wanted = () => true) => {
    const [presence] = await client.next(
      'onPresenceStatusChange',
      (events) => events.length === 1 && events[0].userId === user && wanted(events[0]),
    );
    return presence;
  };
  const shows = (device, status) => (presence) =>
    presence.statusDetails.some((detail) => detail.device === device && detail.status === status);

  test('a follower sees a user come, say something, and go', async () => {
    const [a, b] = await people('alice', 'bob');
    const alice = await connect(app, a);
    const [followed] = await follow(alice, [b]);
    assert.equal(followed.uid, b);
    assert.equal(followed.ext, '');
    assert.ok(Math.abs(Number(followed.expiry) - Date.now() / 1000 - DAY) < 60, followed.expiry);
    assert.equal(typeof followed.last_time, 'string');

    const bob = await connect(app, b, { device: 'pc' });
    const online = await change(alice, b, shows('webim_web_pc', 1));
    assert.equal(online.statusDetails.length, 1);
    assert.equal(online.expire, Number(followed.expiry));
    assert.ok(Math.abs(online.lastTime - Date.now() / 1000) < 60);

    await publish(bob, 'in a meeting, 会议\n"quoted"');
    const busy = await change(alice, b, (presence) => presence.ext !== '');
    assert.equal(busy.ext, 'in a meeting, 会议\n"quoted"');
    assert.deepEqual(busy.statusDetails, [{ device: 'webim_web_pc', status: 1 }]);

    bob.logout();
    const gone = await change(alice, b, shows('webim_web_pc', 0));
    assert.equal(gone.ext, busy.ext, 'the words stay');
    alice.none('onError');
  });

  test('each device has a status of its own', async () => {
    const [a, b] = await people('alice', 'bob');
    const alice = await connect(app, a);
    await follow(alice, [b]);
    const pc = await connect(app, b, { device: 'pc' });
    const tv = await connect(app, b, { device: 'tv', customOSPlatform: 7, customDeviceName: 'TV' });
    const resource = tv.connection.clientResource;
    const both = await change(alice, b, (presence) => presence.statusDetails.length === 2);
    assert.ok(shows('webim_web_pc', 1)(both) && shows(resource, 1)(both), JSON.stringify(both));
    tv.logout();
    const one = await change(alice, b, shows(resource, 0));
    assert.ok(shows('webim_web_pc', 1)(one));
    const [now] = await states(alice, b);
    assert.deepEqual(now.status, { webim_web_pc: '1' });

    // The app's own server says something else of a device.
    await app.ok('POST', `/users/${b}/presence/webim_web_pc/102`, { ext: 'driving' });
    const driving = await change(alice, b, shows('webim_web_pc', 102));
    assert.equal(driving.ext, 'driving');
    pc.none('onPresenceStatusChange');
  });

  test('asking needs no following', async () => {
    const [a, b, c] = await people('alice', 'bob', 'carol');
    const [alice, bob] = await Promise.all([connect(app, a), connect(app, b)]);
    await publish(bob, 'hi');
    const found = await states(alice, c, b, 'nobody-here', b);
    assert.deepEqual(
      found.map(({ uid, ext, status }) => ({ uid, ext, status })),
      [
        { uid: c, ext: '', status: {} },
        { uid: b, ext: 'hi', status: { webim_web_main: '1' } },
      ],
    );
    assert.ok(Math.abs(Number(found[1].last_time) - Date.now() / 1000) < 60);
    bob.logout();
    await eventually(async () => {
      const [presence] = await states(alice, b);
      assert.deepEqual(presence.status, { webim_web_main: '0' });
    });
  });

  test('every device of the follower is told, and nobody who comes later', async () => {
    const [a, b] = await people('alice', 'bob');
    const [pc, pad] = await Promise.all([
      connect(app, a, { device: 'pc' }),
      connect(app, a, { device: 'pad' }),
    ]);
    await follow(pc, [b]);
    pad.logout();
    const bob = await connect(app, b);
    await change(pc, b, shows('webim_web_main', 1));
    const back = await connect(app, a, { device: 'pad' });
    // A message of the same queue comes after whatever waited in it.
    await app.ok('POST', `/users/${a}/contacts/users/${b}`);
    await back.next('onContactAdded', { from: b });
    back.none('onPresenceStatusChange');
    await publish(bob, 'both of you');
    for (const device of [pc, back]) await change(device, b, (presence) => presence.ext === 'both of you');
  });

  test('who has stopped following, or never did, is told nothing', async () => {
    const [a, b, c] = await people('alice', 'bob', 'carol');
    const [alice, carol] = await Promise.all([connect(app, a), connect(app, c)]);
    await follow(alice, [b, c]);
    await call(alice, 'unsubscribePresence', { usernames: [b, 'nobody-here'] });
    const bob = await connect(app, b);
    await publish(bob, 'anybody?');
    await publish(carol, 'fence');
    await change(alice, c, (presence) => presence.ext === 'fence');
    assert.deepEqual(
      alice.seen('onPresenceStatusChange').filter(([presence]) => presence.userId === b),
      [],
    );
    carol.none('onPresenceStatusChange');
  });

  test('a subscription ends by itself, and can be renewed', async () => {
    const [a, b, c] = await people('alice', 'bob', 'carol');
    const [alice, bob, carol] = await Promise.all([connect(app, a), connect(app, b), connect(app, c)]);
    await follow(alice, [b, c], 1);
    const [renewed] = await follow(alice, [c], 100 * DAY);
    assert.ok(Number(renewed.expiry) - Date.now() / 1000 <= 30 * DAY, 'for 30 days at most');
    await eventually(async () => {
      const { result } = await call(alice, 'getSubscribedPresencelist', { pageNum: 1, pageSize: 10 });
      assert.deepEqual(result.sublist.map((row) => row.uid), [c]);
    });
    await publish(bob, 'too late');
    await publish(carol, 'fence');
    await change(alice, c, (presence) => presence.ext === 'fence');
    assert.ok(alice.seen('onPresenceStatusChange').every(([presence]) => presence.ext !== 'too late'));
  });

  test('the list of those who are followed', async () => {
    const [a, b, c, d] = await people('alice', 'bob', 'carol', 'dave');
    const alice = await connect(app, a);
    await follow(alice, [d, b, c]);
    const page = async (pageNum, pageSize) =>
      (await call(alice, 'getSubscribedPresencelist', { pageNum, pageSize })).data.result;
    const first = await page(1, 2);
    assert.equal(first.totalnum, '3');
    assert.deepEqual(first.sublist.map((row) => row.uid), [b, c]);
    assert.ok(Number(first.sublist[0].expiry) > Date.now() / 1000);
    assert.deepEqual((await page(2, 2)).sublist.map((row) => row.uid), [d]);
    assert.deepEqual((await page(0, 2)).sublist, first.sublist, 'some count from 0');
    const older = await call(alice, 'getSubscribedPresenceList', { pageNum: 1, pageSize: 500 });
    assert.equal(older.data.result.sublist.length, 3);
    await app.ok('DELETE', `/users/${b}`);
    assert.equal((await page(1, 10)).totalnum, '2', 'a deleted user is followed no longer');
  });

  test('one change after another comes as the newest', async () => {
    const [a, b] = await people('alice', 'bob');
    const [alice, bob] = await Promise.all([connect(app, a), connect(app, b)]);
    await follow(alice, [b]);
    const times = 30;
    for (let n = 1; n <= times; n += 1) await publish(bob, `status ${n}`);
    await change(alice, b, (presence) => presence.ext === `status ${times}`);
    const told = alice.seen('onPresenceStatusChange').length;
    assert.ok(told < times, `${told} events for ${times} changes`);
  });

  test('what is refused, in the codes of the SDK', async () => {
    const [a, b] = await people('alice', 'bob');
    const alice = await connect(app, a);
    const long = await rejection(publish(alice, 'x'.repeat(1025)));
    assert.equal(long.type, PRESENCE_PARAM_EXCEED);
    await publish(alice, '汉'.repeat(341));
    const own = await rejection(follow(alice, [a]));
    assert.match(own.message, /you can't sub yourself/);
    const many = Array.from({ length: 101 }, (_, n) => `u${n}`);
    assert.match((await rejection(follow(alice, many))).message, /too many sub presence/);
    assert.match((await rejection(states(alice, ...many))).message, /too many get presences/);
    const unsubscribing = rejection(call(alice, 'unsubscribePresence', { usernames: many }));
    assert.match((await unsubscribing).message, /too many unsub presences/);
    assert.deepEqual(await follow(alice, ['nobody-here', 'no such id']), []);

    // Nobody acts for somebody else, not even another app's user of the same name.
    const body = { usernames: [b] };
    const bobs = await app.userToken(b);
    assert.equal((await app.call('POST', `/users/${a}/presence/600`, body, bobs)).status, 401);
    const theirs = await createApp('presence', 't2');
    const foreign = await theirs.userToken(a);
    assert.equal((await app.call('POST', `/users/${a}/presence/600`, body, foreign)).status, 401);
  });

  test('users of another app with the same names see nothing', async () => {
    const [a, b] = await people('alice', 'bob');
    const theirs = await createApp('presence', 't2');
    await theirs.register(a, b);
    const [alice, stranger] = await Promise.all([connect(app, a), connect(theirs, a)]);
    await follow(alice, [b]);
    await follow(stranger, [b]);
    const bob = await connect(app, b);
    await publish(bob, 'for my own app');
    await change(alice, b, (presence) => presence.ext === 'for my own app');
    assert.deepEqual((await states(stranger, b)).map(({ ext, status }) => ({ ext, status })), [
      { ext: '', status: {} },
    ]);
    stranger.none('onPresenceStatusChange');
  });
});

describe('states of others on the wire', () => {
  const NOTIFY = 5;
  const ROSTER = 3;
  const system = (device) => ({ appKey: device.app.key, domain: 'easemob.com' });

  /** What the notifications of a batch say. */
  const presences = (batch) =>
    (batch.metas ?? [])
      .filter((meta) => meta.ns === NOTIFY)
      .map((meta) => {
        // Trap 12: nothing below 0x10.
        assert.ok(meta.payload.every((byte) => byte >= 0x10));
        return JSON.parse(Buffer.from(meta.payload).toString()).data.values[0];
      });

  test('are announced, listed until they are pulled, and acknowledged without moving anything', async () => {
    const app = await createApp('presence-wire');
    await app.register('alice', 'bob', 'carol');
    await app.ok('POST', '/users/alice/presence/600', { usernames: ['bob'] });
    const alice = await RawDevice.login(app, 'alice');
    assert.deepEqual((await alice.unread()).unread ?? [], []);
    const bob = await connect(app, 'bob');
    const notice = await alice.next(Command.NOTICE);
    assert.equal(notice.queue.name ?? '', '');
    assert.equal((await alice.unread()).unread.length, 1, 'missed notices do not matter');

    // An event of the log in the same queue, not yet acknowledged.
    await app.ok('POST', '/users/alice/contacts/users/carol');
    await call(bob, 'publishPresence', { description: 'line\nbreak' });
    const states = await alice.pull(system(alice));
    assert.equal(states.isLast, false);
    assert.equal(presences(states)[0].uid, 'bob');
    const seen = [...presences(states)];
    const keys = [states.nextKey];
    let batch = await alice.pull(system(alice), states.nextKey);
    while (!batch.metas?.some((meta) => meta.ns === ROSTER)) {
      seen.push(...presences(batch));
      if (batch.isLast) {
        // Delivery may follow the answer to the call.
        await alice.next(Command.NOTICE);
        batch = await alice.pull(system(alice));
      } else {
        keys.push(batch.nextKey);
        batch = await alice.pull(system(alice), batch.nextKey);
      }
    }
    keys.push(batch.nextKey);
    assert.equal(new Set(keys).size, keys.length, 'no key twice');
    assert.ok(seen.every(({ uid, status }) => uid === 'bob' && status.webim_web_main === '1'));
    await alice.close();

    // The event comes again, the states do not.
    const again = await RawDevice.login(app, 'alice');
    assert.equal((await again.unread()).unread.length, 1);
    const [first, ...rest] = await again.drain(system(again));
    assert.deepEqual(first.metas.map((meta) => meta.ns), [ROSTER]);
    assert.ok(rest.every((one) => (one.metas ?? []).length === 0));
  });
});

describe('presence of an app', () => {
  test('can be switched off', async () => {
    const app = await createApp('presence-off');
    await app.register('alice', 'bob');
    const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob')]);
    await call(alice, 'subscribePresence', { usernames: ['bob'], expiry: DAY });
    await app.feature('presence', 'off');
    await eventually(async () => {
      const error = await rejection(call(bob, 'publishPresence', { description: 'x' }));
      assert.equal(error.type, NOT_ENABLED, JSON.stringify(error));
    });
    const calls = [
      ['subscribePresence', { usernames: ['bob'], expiry: DAY }],
      ['unsubscribePresence', { usernames: ['bob'] }],
      ['getPresenceStatus', { usernames: ['bob'] }],
      ['getSubscribedPresencelist', { pageNum: 1, pageSize: 1 }],
    ];
    for (const [method, params] of calls) {
      assert.equal((await rejection(call(alice, method, params))).type, NOT_ENABLED, method);
    }
    await app.feature('presence', 'on');
    await eventually(() => call(bob, 'publishPresence', { description: 'again' }));
    await alice.next('onPresenceStatusChange', ([presence]) => presence.ext === 'again');
  });

  test('has limits', async () => {
    const app = await createApp('presence-limits');
    await app.register('alice', 'bob', 'carol', 'dave');
    const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob')]);
    const follow = (client, usernames, expiry) => call(client, 'subscribePresence', { usernames, expiry });
    await app.feature('presence_followed_max', '2');
    await app.feature('presence_followers_max', '1');
    await app.feature('presence_ext_bytes_max', '4');
    await eventually(async () => {
      const error = await rejection(call(alice, 'publishPresence', { description: 'abcde' }));
      assert.equal(error.type, PRESENCE_PARAM_EXCEED);
    });
    await follow(alice, ['bob'], 1000);
    await follow(alice, ['carol'], 500);
    // The one that would end first gives way.
    await follow(alice, ['dave'], 100);
    const list = await call(alice, 'getSubscribedPresencelist', { pageNum: 1, pageSize: 10 });
    assert.deepEqual(list.data.result.sublist.map((row) => row.uid), ['bob', 'dave']);
    assert.equal((await rejection(follow(bob, ['carol', 'dave'], 100))).type, MAX_LIMIT);
    const none = await call(bob, 'getSubscribedPresencelist', { pageNum: 1, pageSize: 10 });
    assert.equal(none.data.result.totalnum, '0', 'all or none');
    await follow(bob, ['carol'], 100);
  });
});
