// Large attachments, which the SDK uploads in parts.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { createApp, server } from '../lib/app.js';
import { connect, eventually, fileOf, rejection } from '../lib/client.js';
import { png, sizeOf } from '../lib/media.js';
import { freshDatabase } from '../lib/postgres.js';
import { startServer } from '../lib/server.js';

const MiB = 1024 * 1024;
const digest = (bytes) => createHash('sha256').update(bytes).digest('hex');

describe('uploads in parts', () => {
  const label = `${server.label}-parts`;
  let database, running, app;

  before(async () => {
    if (server.database) database = await freshDatabase(process.env.HONGYAN_TEST_POSTGRES);
    running = await startServer({ label, database: database?.url });
    app = await createApp('parts', 't1', running.facts);
    await app.register('alice', 'bob');
    await app.feature('file_bytes_max', String(30 * MiB));
    const upload = () => app.ok('POST', '/sdk/chatfiles/part-upload');
    await eventually(async () => assert.equal((await upload()).entities[0].file_upper_limit, 30 * MiB));
  });
  after(async () => {
    await running.stop();
    await database?.drop();
  });

  const pair = () => Promise.all([connect(app, 'alice'), connect(app, 'bob')]);
  const partRequests = (client) => client.tab.requests.filter(({ url }) => url.includes('/part-upload'));

  test('a file of several parts arrives as it was', async () => {
    const [alice, bob] = await pair();
    const bytes = randomBytes(22 * MiB + 12_345);
    const file = fileOf(bytes, 'large.bin', 'application/octet-stream');
    const sent = await alice.send({ type: 'file', to: 'bob', filename: 'large.bin', file });
    const got = await bob.next('onFileMessage', { id: sent.serverMsgId });
    assert.equal(got.file_length, bytes.length);
    assert.equal(got.filename, 'large.bin');
    assert.equal(digest(await bob.download(got.url, got.secret)), digest(bytes));
    const methods = partRequests(alice).map(({ method }) => method);
    assert.deepEqual(methods, ['POST', 'PUT', 'PUT', 'PUT', 'PUT', 'PUT', 'POST']);
    assert.equal(alice.tab.requests.filter(({ url }) => url.endsWith('/chatfiles')).length, 0);
    // The secret holds for it as for any other file.
    const bare = got.url.split('?')[0];
    assert.equal((await fetch(bare)).status, 403);
  });

  test('a large image has its thumbnail', async () => {
    const [alice, bob] = await pair();
    const bytes = png(1800, 1600);
    assert.ok(bytes.length > 7.5 * MiB, 'too small to come in parts');
    const file = fileOf(bytes, 'photo.png', 'image/png');
    const sent = await alice.send({ type: 'img', to: 'bob', width: 1800, height: 1600, file });
    const got = await bob.next('onImageMessage', { id: sent.serverMsgId });
    const original = await fetch(got.url);
    assert.equal(original.headers.get('content-type'), 'image/png');
    assert.equal(digest(Buffer.from(await original.arrayBuffer())), digest(bytes));
    const thumbnail = Buffer.from(await (await fetch(got.thumb)).arrayBuffer());
    assert.ok(Math.max(...sizeOf(thumbnail)) <= 170);
    assert.equal(partRequests(alice).at(-1).method, 'POST');
  });

  test('a file beyond the limit is given up before its parts', async () => {
    const [alice, bob] = await pair();
    const file = fileOf(Buffer.alloc(31 * MiB), 'huge.bin', 'application/octet-stream');
    const error = await rejection(alice.send({ type: 'file', to: 'bob', filename: 'huge.bin', file }));
    assert.equal(error.type, 101);
    const methods = partRequests(alice).map(({ method }) => method);
    assert.ok(!methods.includes('PUT'), String(methods));
    await alice.text('bob', 'fence');
    await bob.next('onTextMessage', { msg: 'fence' });
    bob.none('onFileMessage', { filename: 'huge.bin' });
  });

  test('an upload goes on after a restart, its parts in any order', async () => {
    const token = await app.userToken('alice');
    const begun = await app.ok('POST', '/sdk/chatfiles/part-upload', undefined, token);
    const [{ uuid, part_lower_limit: size }] = begun.entities;
    const bytes = randomBytes(2 * size + 999);
    const path = `/sdk/chatfiles/part-upload/${uuid}`;
    const put = async (number) => {
      const form = new FormData();
      form.append('part_file', new Blob([bytes.subarray((number - 1) * size, number * size)]));
      form.append('part_number', String(number));
      const answer = await fetch(app.url + path, { method: 'PUT', headers: { authorization: `Bearer ${token}` }, body: form });
      assert.equal(answer.status, 200, await answer.text());
    };
    await put(3);
    await put(1);
    const end = await running.stop({ keepData: true });
    assert.equal(end.code, 0);
    running = await startServer({ label, database: database?.url, facts: running.facts });
    const early = await app.call('POST', path, undefined, token);
    assert.equal(early.status, 400, 'the second part is missing');
    await put(2);
    const { entities } = await app.ok('POST', `${path}?restrict-access=true`, undefined, token);
    const file = await fetch(`${app.url}/chatfiles/${entities[0].uuid}?share-secret=${entities[0]['share-secret']}`);
    assert.equal(digest(Buffer.from(await file.arrayBuffer())), digest(bytes));
  });
});
