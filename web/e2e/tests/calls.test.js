// What clients need for audio and video calls: a token of the carrier, and who has which number there.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { inflateSync } from 'node:zlib';
import { createApp } from '../lib/app.js';
import { connect, eventually, rejection, within } from '../lib/client.js';

const SERVICE_NOT_ENABLED = 505;
const PROJECT = '970ca35de60c44645bbae8a215061b33';

describe('calls', () => {
  let app;
  before(async () => {
    app = await createApp('calls');
    await app.calls(PROJECT, '5cfd2fd1755d40ecb72977518be15d3b');
    await app.register('alice', 'bob');
  });

  const token = (client, ...channel) => within('a token', client.connection.getRTCToken(...channel));
  const users = (client, uids) => within('the users', client.connection.getUserIdByRTCUIds(uids));

  test('a token names project, channel and user', async () => {
    const alice = await connect(app, 'alice');
    const { data } = await token(alice, 'room-7');
    assert.equal(data.appId, PROJECT);
    assert.equal(data.channelName, 'room-7');
    assert.equal(data.expire, 24 * 3600);
    assert.equal(typeof data.RTCUId, 'number');
    assert.ok(data.RTCToken.startsWith('007'));
    const inside = inflateSync(Buffer.from(data.RTCToken.slice(3), 'base64')).toString('latin1');
    for (const part of [PROJECT, 'room-7', String(data.RTCUId)]) assert.ok(inside.includes(part), part);
    const any = await token(alice);
    assert.equal(any.data.channelName, '*');
    assert.equal(any.data.RTCUId, data.RTCUId, 'a user keeps its number');
  });

  test('numbers lead back to users, of this app only', async () => {
    const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob')]);
    const a = (await token(alice)).data.RTCUId;
    const b = (await token(bob)).data.RTCUId;
    assert.notEqual(a, b);
    const { data } = await users(alice, [a, b, 999_999]);
    assert.deepEqual(data, { [a]: 'alice', [b]: 'bob' });
  });

  test('an app without a project is told that calls are not enabled', async () => {
    const other = await createApp('no-calls');
    await other.register('carol');
    const carol = await connect(other, 'carol');
    assert.equal((await rejection(token(carol, 'x'))).type, SERVICE_NOT_ENABLED);
    assert.equal((await rejection(users(carol, [1]))).type, SERVICE_NOT_ENABLED);
    await other.calls(PROJECT, 'abc');
    await token(carol, 'x');
    await other.calls();
    await eventually(async () => assert.equal((await rejection(token(carol, 'x'))).type, SERVICE_NOT_ENABLED));
  });
});
