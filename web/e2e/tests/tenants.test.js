// Two apps with users of the same names never meet.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createApp } from '../lib/app.js';
import { connect, rejection } from '../lib/client.js';
import { RawDevice } from '../lib/raw.js';

describe('two apps', () => {
  let ours, theirs;
  before(async () => {
    [ours, theirs] = await Promise.all([createApp('tenant', 't1'), createApp('tenant', 't2')]);
    for (const app of [ours, theirs]) await app.register('alice', 'bob');
  });

  test('messages stay in their app', async () => {
    const [alice, bob, otherAlice, otherBob] = await Promise.all([
      connect(ours, 'alice'),
      connect(ours, 'bob'),
      connect(theirs, 'alice'),
      connect(theirs, 'bob'),
    ]);
    const sent = await alice.text('bob', 'between us');
    await bob.next('onTextMessage', { id: sent.serverMsgId });
    await otherAlice.text('bob', 'fence');
    await otherBob.next('onTextMessage', { msg: 'fence' });
    for (const stranger of [otherAlice, otherBob]) stranger.none('onTextMessage', { msg: 'between us' });
    bob.none('onTextMessage', { msg: 'fence' });
    const { messages } = await otherAlice.history('bob');
    assert.ok(messages.every((message) => message.msg !== 'between us'));
    await rejection(otherAlice.recall(sent.serverMsgId, 'bob'));
    bob.none('onRecallMessage');
  });

  test('offline messages stay in their app', async () => {
    const alice = await connect(ours, 'alice');
    await alice.text('bob', 'for our bob');
    const otherAlice = await connect(theirs, 'alice');
    await otherAlice.text('bob', 'for their bob');
    const [bob, otherBob] = await Promise.all([connect(ours, 'bob'), connect(theirs, 'bob')]);
    await bob.next('onTextMessage', { msg: 'for our bob' });
    await otherBob.next('onTextMessage', { msg: 'for their bob' });
    bob.none('onTextMessage', { msg: 'for their bob' });
    otherBob.none('onTextMessage', { msg: 'for our bob' });
  });

  test('tokens open their own app only', async () => {
    const appToken = await ours.token();
    const userToken = await ours.userToken('alice');
    for (const token of [appToken, userToken]) {
      const answer = await theirs.call('GET', '/users/alice', undefined, token);
      assert.equal(answer.status, 401, JSON.stringify(answer.body));
      assert.equal(typeof answer.body.error_description, 'string');
    }
    const body = { queue: 'bob@easemob.com', start: -1, end: -1, pull_number: 20, is_positive: false };
    const history = await theirs.call('POST', '/users/alice/messageroaming', body, userToken);
    assert.equal(history.status, 401, JSON.stringify(history.body));
  });

  test('groups stay in their app', async () => {
    const group = await ours.createGroup('alice', ['bob']);
    const otherAlice = await connect(theirs, 'alice');
    assert.equal((await rejection(otherAlice.groupText(group, 'hello?'))).type, 605);
    const answer = await theirs.call('GET', `/chatgroups/${group}`);
    assert.equal(answer.status, 404);
  });

  test("an app key in a frame does not lead out of the session's app", async () => {
    const bob = await connect(theirs, 'bob');
    const spy = await RawDevice.login(ours, 'alice');
    const foreign = { appKey: theirs.key, name: 'bob', domain: 'easemob.com' };
    const body = { type: 1, contents: [{ type: 0, text: 'from another app' }] };
    await spy.sendMeta(foreign, body);
    const batches = await spy.drain(foreign);
    assert.ok(batches.flatMap((batch) => batch.metas ?? []).every((meta) => meta.from?.appKey !== theirs.key));
    const alice = await connect(theirs, 'alice');
    await alice.text('bob', 'fence');
    await bob.next('onTextMessage', { msg: 'fence' });
    bob.none('onTextMessage', { msg: 'from another app' });
  });

  test('an account of one app does not open the other', async () => {
    await ours.register('only-ours');
    const answer = await theirs.call('GET', '/users/only-ours');
    assert.equal(answer.status, 404);
    const listed = await theirs.ok('GET', '/users?limit=100');
    assert.deepEqual(listed.entities.map((user) => user.username).sort(), ['alice', 'bob']);
  });
});
