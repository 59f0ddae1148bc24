// Settings of an app, changed at the console and felt at once.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createApp } from '../lib/app.js';
import { Client, connect, fileOf, rejection, within } from '../lib/client.js';
import { png, sizeOf } from '../lib/media.js';
import { Staff } from '../lib/staff.js';

const NEVER_SECONDS = 2 ** 31 - 1;

describe('settings of an app', () => {
  let staff;
  before(async () => {
    staff = await Staff.operator();
  });

  const set = (app, what, value) => staff.ok('PUT', `/apps/${app.org}/${app.name}/${what}`, value);

  test('registration is opened and closed', async () => {
    const app = await createApp('registration');
    const register = (username) =>
      within('registration', new Client(app, username).connection.registerUser({ username, password: 'pw' }));
    await rejection(register('early'));
    await set(app, 'settings/registration', { open: true });
    await register('guest');
    await connect(app, 'guest', { pwd: 'pw' });
    await set(app, 'settings/registration', { open: false });
    await rejection(register('late'));
    const users = await app.ok('GET', '/users');
    assert.deepEqual(
      users.entities.map((user) => user.username),
      ['guest'],
    );
  });

  test('tokens live as long as was set when they were made, or as was asked', async () => {
    const app = await createApp('lifetime');
    const issue = async (ttl) => {
      const grant = { grant_type: 'inherit', username: 'alice', autoCreateUser: true, ttl };
      return app.issueToken(grant, { authorization: `Bearer ${await app.token()}` });
    };
    // When the SDK believes its token to end, in seconds from now.
    const believes = async (token) => {
      const client = await connect(app, 'alice', { token });
      const { expirationTime } = client.connection;
      client.logout();
      return expirationTime && Math.round((expirationTime - Date.now()) / 1000);
    };
    const near = (seconds, expected) => assert.ok(Math.abs(seconds - expected) < 60, `${seconds}, not ${expected}`);

    const old = await issue();
    await set(app, 'token-ttl', { seconds: 3600 });
    const short = await issue();
    assert.equal(short.expires_in, 3600);
    near(await believes(short.access_token), 3600);
    near(await believes((await issue(7200)).access_token), 7200);
    near(await believes(old.access_token), 60 * 24 * 3600);
    await set(app, 'token-ttl', { seconds: 0 });
    const endless = await issue();
    assert.equal(endless.expires_in, NEVER_SECONDS);
    assert.equal(await believes(endless.access_token), 0, 'no timer is armed');
  });

  test('thumbnails have the size that was set when the image was sent', async () => {
    const app = await createApp('thumbnails');
    await app.register('alice', 'bob');
    const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob')]);
    const thumbnail = async () => {
      const file = fileOf(png(300, 200), 'photo.png', 'image/png');
      const sent = await alice.send({ type: 'img', to: 'bob', width: 300, height: 200, file });
      const got = await bob.next('onImageMessage', { id: sent.serverMsgId });
      const answer = await fetch(got.thumb);
      return sizeOf(Buffer.from(await answer.arrayBuffer()));
    };
    assert.deepEqual(await thumbnail(), [170, 113]);
    await set(app, 'settings/thumbnail', { fit: 'short_side', width: 100, height: 100 });
    assert.deepEqual(await thumbnail(), [150, 100]);
    await set(app, 'settings/thumbnail', { fit: 'long_side', width: 60, height: 60 });
    assert.deepEqual(await thumbnail(), [60, 40]);
    await set(app, 'settings/thumbnail', { fit: 'long_side', width: 400, height: 400 });
    assert.deepEqual(await thumbnail(), [300, 200], 'the image itself');
  });
});
