// History as the SDK pages through it.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createApp } from '../lib/app.js';
import { connect, eventually, rejection } from '../lib/client.js';

const COUNT = 45;

describe('history', () => {
  let app, alice, ids;

  /** All pages in one direction, as a user scrolling sees them. */
  async function scroll(client, target, options) {
    const messages = [];
    let cursor = -1;
    for (let pages = 0; pages < 50; pages += 1) {
      const page = await client.history(target, { ...options, cursor });
      assert.ok(page.messages.length <= options.pageSize);
      messages.push(...page.messages);
      if (page.isLast) return messages;
      cursor = page.cursor;
      assert.ok(cursor, 'a page that is not the last has a cursor');
    }
    throw new Error('the history has no end');
  }

  before(async () => {
    app = await createApp('history');
    await app.register('alice', 'bob', 'carol', 'dave');
    ids = [];
    // Both sides write, so that "the conversation" is more than "what one sent".
    for (let n = 0; n < COUNT; n += 1) {
      const [from, to] = n % 3 === 0 ? ['bob', 'alice'] : ['alice', 'bob'];
      ids.push((await app.sendToUsers(from, [to], 'txt', { msg: `line ${n}` }))[to]);
    }
  });

  test('what was said to some of a group, and what the server keeps out, is not found', async () => {
    const own = await createApp('history-directed');
    await own.register('alice', 'bob', 'carol');
    const group = await own.createGroup('alice', ['bob', 'carol']);
    const [writer, bob, carol] = await Promise.all(['alice', 'bob', 'carol'].map((name) => connect(own, name)));
    const found = async (client) => {
      const { messages } = await client.history(group, { chatType: 'groupChat' });
      return messages.map((message) => message.msg).toReversed();
    };
    await writer.groupText(group, 'for all');
    await writer.groupText(group, 'for bob', { receiverList: ['bob'] });
    await own.sendToGroups('alice', [group], 'txt', { msg: 'not for bob' }, { roam_ignore_users: ['bob'] });
    // Both get what they are to get, and look for it later.
    const got = await bob.collect('onTextMessage', 3, { to: group });
    assert.deepEqual(
      got.map((message) => message.msg),
      ['for all', 'for bob', 'not for bob'],
    );
    await carol.collect('onTextMessage', 2, { to: group });
    assert.deepEqual(await found(bob), ['for all']);
    assert.deepEqual(await found(carol), ['for all', 'not for bob']);
    assert.deepEqual(await found(writer), ['for all', 'not for bob']);
    await own.feature('directed_roaming', 'on');
    await eventually(async () => assert.deepEqual(await found(bob), ['for all', 'for bob']));
    assert.deepEqual(await found(carol), ['for all', 'not for bob']);
    assert.deepEqual(await found(writer), ['for all', 'for bob', 'not for bob']);
  });

  const login = async () => (alice = await connect(app, 'alice'));

  test('newest first, page by page', async () => {
    await login();
    const messages = await scroll(alice, 'bob', { pageSize: 20, searchDirection: 'up' });
    assert.deepEqual(
      messages.map((message) => message.id),
      ids.toReversed(),
    );
  });

  test('oldest first, page by page', async () => {
    await login();
    const messages = await scroll(alice, 'bob', { pageSize: 20, searchDirection: 'down' });
    assert.deepEqual(
      messages.map((message) => message.id),
      ids,
    );
    assert.deepEqual(
      messages.slice(0, 3).map(({ msg, from, to }) => ({ msg, from, to })),
      [
        { msg: 'line 0', from: 'bob', to: 'alice' },
        { msg: 'line 1', from: 'alice', to: 'bob' },
        { msg: 'line 2', from: 'alice', to: 'bob' },
      ],
    );
    assert.ok(messages.every((message) => message.time > 0));
  });

  test('the other side has the same history', async () => {
    const bob = await connect(app, 'bob');
    const messages = await scroll(bob, 'alice', { pageSize: 50 });
    assert.deepEqual(
      messages.map((message) => message.id),
      ids.toReversed(),
    );
  });

  test('a page size that divides the history exactly', async () => {
    await login();
    const messages = await scroll(alice, 'bob', { pageSize: 15 });
    assert.equal(messages.length, COUNT);
  });

  test("the SDK's older call", async () => {
    await login();
    const messages = await alice.connection.fetchHistoryMessages({ queue: 'bob', count: 30, isGroup: false });
    assert.deepEqual(
      messages.map((message) => message.id),
      ids.slice(-30),
    );
  });

  test('a conversation that does not exist is empty', async () => {
    await login();
    const page = await alice.history('dave');
    assert.deepEqual(page.messages, []);
    assert.equal(page.isLast, true);
  });

  test('kinds and times may be chosen', async () => {
    const [carol, dave] = await Promise.all([connect(app, 'carol'), connect(app, 'dave')]);
    const text = await carol.text('dave', 'words');
    const place = await carol.send({ type: 'loc', to: 'dave', addr: 'a', buildingName: 'b', lat: 1, lng: 2 });
    const custom = await dave.send({ type: 'custom', to: 'carol', customEvent: 'e', customExts: { k: 'v' } });
    const idsOf = async (searchOptions) =>
      (await carol.history('dave', { searchDirection: 'down', searchOptions })).messages.map((message) => message.id);
    const [t, l, c] = [text, place, custom].map((sent) => sent.serverMsgId);
    assert.deepEqual(await idsOf({ msgTypes: ['txt'] }), [t]);
    assert.deepEqual(await idsOf({ msgTypes: ['loc', 'custom'] }), [l, c]);
    assert.deepEqual(await idsOf({ msgTypes: ['img'] }), []);
    assert.deepEqual(await idsOf({ startTime: text.message.time - 1, endTime: custom.message.time + 1 }), [t, l, c]);
    assert.deepEqual(await idsOf({ startTime: custom.message.time + 1000, endTime: custom.message.time + 2000 }), []);
  });

  test('recalled messages are missing, the pages stay whole', async () => {
    const [carol, dave] = await Promise.all([connect(app, 'carol'), connect(app, 'dave')]);
    const sent = [];
    for (let n = 0; n < 6; n += 1) sent.push((await carol.text('dave', `keep ${n}`)).serverMsgId);
    await carol.recall(sent[1], 'dave');
    await carol.recall(sent[4], 'dave');
    await dave.next('onRecallMessage', { mid: sent[4] });
    const kept = (await scroll(dave, 'carol', { pageSize: 2, searchOptions: { msgTypes: ['txt'] } }))
      .filter((message) => message.msg.startsWith('keep'))
      .map((message) => message.id);
    assert.deepEqual(kept, [sent[5], sent[3], sent[2], sent[0]]);
  });

  test("of a group, by one of its members' senders", async () => {
    const group = await app.createGroup('alice', ['bob', 'carol']);
    const [bob] = await Promise.all([connect(app, 'bob'), login()]);
    const own = await alice.groupText(group, 'from alice');
    const other = await bob.groupText(group, 'from bob');
    const all = await scroll(bob, group, { chatType: 'groupChat', pageSize: 1, searchDirection: 'down' });
    assert.deepEqual(
      all.map((message) => message.id),
      [own.serverMsgId, other.serverMsgId],
    );
    assert.ok(all.every((message) => message.chatType === 'groupChat' && message.to === group));
    const options = { chatType: 'groupChat', searchOptions: { from: 'bob' } };
    const fromBob = await alice.history(group, options);
    assert.deepEqual(
      fromBob.messages.map((message) => message.id),
      [other.serverMsgId],
    );
  });

  test('belongs to its two users alone', async () => {
    const token = await app.userToken('carol');
    const body = { queue: 'bob@easemob.com', start: -1, end: -1, pull_number: 20, is_positive: false };
    const answer = await app.call('POST', '/users/alice/messageroaming', body, token);
    assert.ok(answer.status === 401 || answer.status === 403, JSON.stringify(answer));
  });

  test('a cursor that is none is refused, not obeyed', async () => {
    await login();
    const outcome = await alice.history('bob', { cursor: 'nonsense' }).catch((error) => error);
    assert.ok(typeof outcome.type === 'number' || outcome.messages.length > 0);
    await rejection(
      alice.history('bob', { cursor: '../../etc' }).then((page) => {
        if (page.messages.length > 0) throw new Error('obeyed');
      }),
    );
  });

  test('a cursor may be the id of a message, as the typings say', async () => {
    const [alice] = await Promise.all([connect(app, 'alice'), connect(app, 'bob')]);
    const ids = [];
    for (const n of [0, 1, 2, 3, 4]) ids.push((await alice.text('bob', `page ${n}`)).serverMsgId);
    const texts = async (options) => (await alice.history('bob', { pageSize: 2, ...options })).messages.map(({ msg }) => msg);
    assert.deepEqual(await texts({ cursor: ids[3] }), ['page 2', 'page 1']);
    assert.deepEqual(await texts({ cursor: ids[1], searchDirection: 'down' }), ['page 2', 'page 3']);
  });
});
