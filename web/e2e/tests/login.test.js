// Who gets in, and what the others are told (docs/protocol.md, "Provision reply").

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createApp, passwordOf } from '../lib/app.js';
import { Client, connect, rejection, within } from '../lib/client.js';

const AUTH_REFUSED = 1;
const TOKEN_NOT_ASSIGNED = 28;
const TOKEN_EXPIRED = 56;
const USER_NOT_FOUND = 204;

describe('login', () => {
  let app;
  before(async () => {
    app = await createApp('login');
    await app.register('alice', 'bob');
  });

  test('by password', async () => {
    const alice = await connect(app, 'alice', { pwd: passwordOf('alice') });
    assert.ok(alice.connection.isOpened());
    assert.equal(alice.seen('onConnected').length, 1);
    alice.none('onError');
  });

  test('by token', async () => {
    const alice = await connect(app, 'alice', { token: await app.userToken('alice') });
    assert.ok(alice.connection.isOpened());
    // A client with an empty resource could not tell its own devices apart.
    assert.match(alice.connection.context.jid.clientResource, /^webim_/);
  });

  test('a token that never expires', async () => {
    const alice = await connect(app, 'alice', { token: await app.userToken('alice', 0) });
    await alice.text('bob', 'still here');
    alice.none('onTokenWillExpire');
    alice.none('onTokenExpired');
  });

  test('a token that the app’s server made by itself', async () => {
    const made = Math.floor(Date.now() / 1000);
    const own = (user, secret) => {
      const signature = createHash('sha256').update(`${app.clientId}${app.key}${user}${made}600${secret}`).digest('hex');
      const claims = { signature, appkey: app.key, userId: user, curTime: made, ttl: 600 };
      return Buffer.from(`dt-${JSON.stringify(claims)}`).toString('base64url');
    };
    const alice = await connect(app, 'alice', { token: own('alice', app.clientSecret) });
    await alice.text('bob', 'by my own token');
    const error = await new Client(app, 'alice').refusal({ token: own('alice', 'guessed') });
    assert.equal(typeof error.type, 'number');
  });

  test('a user without backlog sees no offline phase', async () => {
    const fresh = await connect(app, 'fresh');
    await fresh.text('bob', 'one');
    await connect(app, 'bob').then((bob) => bob.text('fresh', 'two'));
    await fresh.next('onTextMessage', { msg: 'two' });
    fresh.none('onOfflineMessageSyncStart');
  });

  test('a wrong password is refused with its reason', async () => {
    const error = await new Client(app, 'alice').refusal({ pwd: 'wrong' });
    assert.equal(error.type, AUTH_REFUSED);
    assert.equal(error.message, 'invalid password');
  });

  test('an unknown user is refused with its reason', async () => {
    const error = await new Client(app, 'nobody').refusal({ pwd: 'any' });
    assert.equal(error.type, AUTH_REFUSED);
    assert.equal(error.message, 'user not found');
  });

  test('an expired token', async () => {
    const token = await app.userToken('alice', 1);
    await sleep(1100);
    const client = new Client(app, 'alice');
    const error = await client.refusal({ token });
    assert.equal(error.type, TOKEN_EXPIRED);
    // Trap 13: the client closes nothing after a failed login, so the server does.
    const end = await client.next('onDisconnected');
    assert.equal(end.type, TOKEN_EXPIRED);
    assert.equal(client.seen('onError', { type: TOKEN_EXPIRED }).length, 1);
  });

  for (const [what, token] of [
    ['garbage', 'garbage'],
    ['an empty token body', 'YWMt'],
    [
      'a token with a broken signature',
      'YWMtAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB',
    ],
    ['characters outside any alphabet', '令牌🔑 %00'],
  ]) {
    test(`${what} instead of a token`, async () => {
      const client = new Client(app, 'alice');
      const error = await client.refusal({ token });
      assert.equal(error.type, TOKEN_NOT_ASSIGNED);
      assert.equal(error.message, 'INVALID_TOKEN');
      await client.next('onDisconnected');
    });
  }

  test("another user's token", async () => {
    const token = await app.userToken('bob');
    const error = await new Client(app, 'alice').refusal({ token });
    assert.equal(error.type, TOKEN_NOT_ASSIGNED);
  });

  test("another app's token", async () => {
    const other = await createApp('login');
    const token = await other.userToken('alice');
    const error = await new Client(app, 'alice').refusal({ token });
    assert.equal(error.type, TOKEN_NOT_ASSIGNED);
  });

  test("the app's own token is no user's", async () => {
    const error = await new Client(app, 'alice').refusal({ token: await app.token() });
    assert.equal(error.type, TOKEN_NOT_ASSIGNED);
  });

  test('the token of a user who was deleted', async () => {
    const token = await app.userToken('gone');
    await app.ok('DELETE', '/users/gone');
    const error = await new Client(app, 'gone').refusal({ token });
    assert.equal(error.type, USER_NOT_FOUND);
  });

  test('the token of a user who was deleted and made again', async () => {
    const token = await app.userToken('phoenix');
    await app.ok('DELETE', '/users/phoenix');
    await app.register('phoenix');
    const error = await new Client(app, 'phoenix').refusal({ token });
    assert.equal(error.type, TOKEN_NOT_ASSIGNED);
  });

  test('an app that does not exist', async () => {
    const elsewhere = { ...app, key: 'nowhere#none', userToken: () => app.userToken('alice') };
    const error = await new Client(elsewhere, 'alice').refusal();
    assert.equal(typeof error.type, 'number');
  });

  test('user ids are read without regard to case', async () => {
    const alice = await connect(app, 'ALICE', { pwd: passwordOf('alice') });
    const bob = await connect(app, 'bob');
    const sent = await alice.text('BOB', 'capitals');
    const got = await bob.next('onTextMessage', { id: sent.serverMsgId });
    assert.equal(got.from, 'alice');
    assert.equal(got.msg, 'capitals');
    await bob.text('Alice', 'answer');
    const answer = await alice.next('onTextMessage', { msg: 'answer' });
    assert.equal(answer.from, 'bob');
  });

  test('after logging out, logging in again with the same client works', async () => {
    const alice = await connect(app, 'alice');
    const bob = await connect(app, 'bob');
    alice.connection.close();
    await alice.next('onDisconnected');
    await bob.text('alice', 'while out');
    await alice.login();
    await alice.next('onTextMessage', { msg: 'while out' });
  });

  test('a second login of a connection that is open is refused by the SDK', async () => {
    const alice = await connect(app, 'alice');
    const error = await rejection(alice.login());
    assert.equal(error.type, 208);
  });
});

describe('token expiry', () => {
  const WARNING_SECONDS = 20;
  const PATIENCE = 2 * WARNING_SECONDS * 1000;
  let app;
  before(async () => {
    app = await createApp('expiry');
    await app.register('alice', 'bob', 'carol');
  });

  // Trap 3: `expires_in` of the login reply is an absolute time in milliseconds.
  test('is announced, and ends the session unless the token is renewed', async () => {
    const [idle, renewing, witness] = await Promise.all([
      connect(app, 'alice', { token: await app.userToken('alice', WARNING_SECONDS) }),
      connect(app, 'bob', { token: await app.userToken('bob', WARNING_SECONDS) }),
      connect(app, 'carol'),
    ]);
    const warned = [idle, renewing].map((client) => client.next('onTokenWillExpire', undefined, PATIENCE));
    await Promise.all(warned);
    idle.none('onTokenExpired');
    const renewed = await renewing.connection.renewToken(await app.userToken('bob', 3600));
    assert.ok(renewed.expire > Date.now() + 3_000_000, JSON.stringify(renewed));

    await idle.next('onTokenExpired');
    await idle.next('onDisconnected');
    assert.equal(idle.connection.isOpened(), false);

    const sent = await renewing.text('carol', 'renewed');
    await witness.next('onTextMessage', { id: sent.serverMsgId });
    renewing.none('onTokenExpired');
    renewing.none('onDisconnected');
  });

  test('what a token says of its end', async () => {
    const alice = await connect(app, 'alice');
    const asked = alice.connection.getTokenExpireTimestamp(await app.userToken('alice', 3600));
    const { expire_timestamp: end } = await within('the end of a token', asked);
    assert.ok(Math.abs(end - Date.now() - 3_600_000) < 60_000, String(end));
    const foreign = await rejection(alice.connection.getTokenExpireTimestamp(await app.userToken('bob')));
    assert.equal(typeof foreign.type, 'number');
    await rejection(alice.connection.renewToken(await app.userToken('bob')));
    await alice.text('bob', 'with my own token');
  });

  test('renewing with a token that is not one keeps the session and the old token', async () => {
    const alice = await connect(app, 'alice');
    await rejection(alice.connection.renewToken('garbage'));
    await alice.text('bob', 'still in');
  });
});
