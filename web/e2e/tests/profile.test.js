// Users and what they say about themselves, by the SDK's own calls.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createApp } from '../lib/app.js';
import { Client, connect, rejection, within } from '../lib/client.js';

describe('profiles', () => {
  let app;
  before(async () => {
    app = await createApp('profile');
    await app.register('alice', 'bob');
  });

  test('attributes are written by their user and read by others', async () => {
    const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob')]);
    const profile = {
      nickname: 'Alice 爱丽丝 & Co.',
      avatarurl: 'https://cdn.example/a.png?x=1&y=2',
      mail: 'a+b@example.org',
      gender: 2,
      sign: '100% = "done"',
      ext: JSON.stringify({ deep: ['值'] }),
    };
    const written = await alice.connection.updateUserInfo(profile);
    const texts = { ...profile, gender: '2' };
    assert.deepEqual(written.data, texts);
    const read = await bob.connection.fetchUserInfoById(['alice', 'bob', 'no-such-user']);
    assert.deepEqual(read.data.alice, texts);
    assert.deepEqual(read.data.bob ?? {}, {});
    const some = await bob.connection.fetchUserInfoById('alice', ['nickname', 'mail']);
    assert.deepEqual(some.data.alice, { nickname: texts.nickname, mail: texts.mail });
  });

  test('one attribute at a time leaves the others', async () => {
    const bob = await connect(app, 'bob');
    await bob.connection.updateUserInfo({ nickname: 'Bob', sign: 'hi' });
    const written = await bob.connection.updateUserInfo('nickname', 'Robert');
    assert.equal(written.data.nickname, 'Robert');
    assert.equal(written.data.sign, 'hi');
  });

  test('by the older name, for many, and what is too large', async () => {
    const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob')]);
    const written = await alice.connection.updateOwnUserInfo({ birth: '1990-01-01', phone: 12345 });
    assert.equal(written.data.phone, '12345');
    await alice.connection.updateOwnUserInfo('sign', 'a b&c');
    const read = await bob.connection.fetchUserInfoById('ALICE', 'sign');
    assert.deepEqual(read.data, { alice: { sign: 'a b&c' } });
    const large = await rejection(alice.connection.updateUserInfo({ ext: 'x'.repeat(2048) }));
    assert.equal(large.type, 50, JSON.stringify(large));
    const long = await rejection(alice.connection.updateUserInfo({ nickname: 'x'.repeat(65) }));
    assert.equal(long.type, 50, JSON.stringify(long));
    const word = await alice.connection.updateUserInfo({ gender: 'female', nickname: 'A' });
    assert.deepEqual([word.data.gender, word.data.nickname], ['2', 'A'], 'words are in the samples of the documents');
    const many = Array.from({ length: 101 }, (_, n) => `u${n}`);
    const tooMany = await rejection(bob.connection.fetchUserInfoById(many));
    assert.match(tooMany.message, /exceed allowed batch size 100/);
    assert.equal((await bob.connection.fetchUserInfoById('alice', 'birth')).data.alice.birth, '1990-01-01');
  });

  test("nobody writes another user's attributes", async () => {
    const answer = await fetch(`${app.url}/metadata/user/alice`, {
      method: 'PUT',
      headers: {
        authorization: `Bearer ${await app.userToken('bob')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: 'nickname=Mallory',
    });
    assert.ok(answer.status === 401 || answer.status === 403, String(answer.status));
  });

  test('the nickname for notifications', async () => {
    const alice = await connect(app, 'alice');
    const changed = await alice.connection.updateCurrentUserNick('Ally');
    assert.equal(changed.entities[0].username, 'alice');
    assert.equal(changed.entities[0].nickname, 'Ally');
  });

  test('registration by the SDK is refused while the app is closed to it', async () => {
    const guest = new Client(app, 'guest');
    const registering = guest.connection.registerUser({ username: 'guest', password: 'pw', nickname: '' });
    const error = await rejection(within('the refusal', registering));
    assert.equal(typeof error.type, 'number');
    assert.equal((await app.call('GET', '/users/guest')).status, 404);
  });
});
