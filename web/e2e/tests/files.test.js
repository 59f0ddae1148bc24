// Attachments: what was uploaded with a message is what the receiver downloads.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { before, describe, test } from 'node:test';
import { createApp } from '../lib/app.js';
import { connect, eventually, fileOf, rejection } from '../lib/client.js';
import { gif, png } from '../lib/media.js';

const NO_PERMISSION = 222;
const DOWNLOAD_FAILED = 200;
const FILE_EXPIRED = 223;

describe('attachments', () => {
  let app;
  before(async () => {
    app = await createApp('files');
    await app.register('alice', 'bob');
  });

  const pair = () => Promise.all([connect(app, 'alice'), connect(app, 'bob')]);

  /** What a page element does: a GET of the URL without any header. */
  const plainGet = async (url) => {
    const answer = await fetch(url);
    return {
      status: answer.status,
      type: answer.headers.get('content-type'),
      bytes: Buffer.from(await answer.arrayBuffer()),
    };
  };

  test('image: original by its URL, and a thumbnail', async () => {
    const [alice, bob] = await pair();
    const bytes = png(240, 180);
    const sent = await alice.send({
      type: 'img',
      to: 'bob',
      width: 240,
      height: 180,
      file: fileOf(bytes, 'photo 照片.png', 'image/png'),
      ext: { album: 'summer' },
    });
    const got = await bob.next('onImageMessage', { id: sent.serverMsgId });
    assert.equal(got.file_length, bytes.length);
    assert.equal(got.width, 240);
    assert.equal(got.height, 180);
    assert.deepEqual(got.ext, { album: 'summer' });
    // Trap 20: the path is that of the receiver's own API address.
    assert.ok(got.url.startsWith(`${app.url}/chatfiles/`), got.url);

    const original = await plainGet(got.url);
    assert.equal(original.status, 200);
    assert.ok(original.bytes.equals(bytes), 'the image came back changed');
    assert.equal(original.type, 'image/png');
    const thumbnail = await plainGet(got.thumb);
    assert.equal(thumbnail.status, 200);
    assert.match(thumbnail.type, /^image\//);
    assert.ok(thumbnail.bytes.length > 0 && thumbnail.bytes.length < bytes.length);
  });

  test('GIF keeps its kind', async () => {
    const [alice, bob] = await pair();
    const file = fileOf(gif, 'dot.gif', 'image/gif');
    const sent = await alice.send({ type: 'img', to: 'bob', isGif: true, file });
    const got = await bob.next('onImageMessage', { id: sent.serverMsgId });
    assert.equal(got.isGif, true);
    assert.ok((await plainGet(got.url)).bytes.equals(gif));
  });

  test('voice', async () => {
    const [alice, bob] = await pair();
    const bytes = randomBytes(4000);
    const file = fileOf(bytes, 'voice.amr', 'audio/amr');
    const sent = await alice.send({ type: 'audio', to: 'bob', filename: 'voice.amr', length: 7, file });
    const got = await bob.next('onAudioMessage', { id: sent.serverMsgId });
    assert.equal(got.length, 7);
    assert.equal(got.filename, 'voice.amr');
    assert.ok((await bob.download(got.url, got.secret)).equals(bytes));
  });

  test('video', async () => {
    const [alice, bob] = await pair();
    const bytes = randomBytes(50_000);
    const file = fileOf(bytes, 'clip.mp4', 'video/mp4');
    const sent = await alice.send({ type: 'video', to: 'bob', filename: 'clip.mp4', length: 12, file });
    const got = await bob.next('onVideoMessage', { id: sent.serverMsgId });
    assert.equal(got.length, 12);
    assert.equal(got.file_length, bytes.length);
    assert.ok((await bob.download(got.url, got.secret)).equals(bytes));
  });

  test("file, byte for byte, with the SDK's download", async () => {
    const [alice, bob] = await pair();
    const bytes = randomBytes(1_500_000);
    const file = fileOf(bytes, '报告 report.bin', 'application/octet-stream');
    const sent = await alice.send({ type: 'file', to: 'bob', filename: file.filename, file });
    const got = await bob.next('onFileMessage', { id: sent.serverMsgId });
    assert.equal(got.filename, '报告 report.bin');
    assert.equal(got.file_length, bytes.length);
    assert.ok((await bob.download(got.url, got.secret)).equals(bytes));
  });

  test('a file above the size from which the SDK tries to upload in parts', async () => {
    const [alice, bob] = await pair();
    const bytes = randomBytes(8_500_000);
    const file = fileOf(bytes, 'large.bin', 'application/octet-stream');
    const sent = await alice.send({ type: 'file', to: 'bob', filename: 'large.bin', file });
    const got = await bob.next('onFileMessage', { id: sent.serverMsgId });
    assert.ok((await bob.download(got.url, got.secret)).equals(bytes));
  });

  test('a file that is too large fails at the sender and nothing is sent', async () => {
    const [alice, bob] = await pair();
    const file = fileOf(Buffer.alloc(11_000_000), 'huge.bin', 'application/octet-stream');
    const error = await rejection(alice.send({ type: 'file', to: 'bob', filename: 'huge.bin', file }));
    assert.equal(error.type, 101);
    await alice.text('bob', 'fence');
    await bob.next('onTextMessage', { msg: 'fence' });
    bob.none('onFileMessage', { filename: 'huge.bin' });
  });

  test('without the secret, and with a wrong one, the bytes stay private', async () => {
    const [alice, bob] = await pair();
    const file = fileOf(Buffer.from('secret plans'), 'plans.txt', 'text/plain');
    const sent = await alice.send({ type: 'file', to: 'bob', filename: 'plans.txt', file });
    const got = await bob.next('onFileMessage', { id: sent.serverMsgId });
    const bare = got.url.split('?')[0];
    for (const url of [bare, `${bare}?share-secret=wrong`, `${bare}?share-secret=`]) {
      const answer = await plainGet(url);
      assert.ok(answer.status === 401 || answer.status === 403, `${url}: ${answer.status}`);
      assert.ok(!answer.bytes.includes('secret plans'));
    }
    const byHeader = await fetch(bare, { headers: { 'share-secret': got.secret } });
    assert.equal(await byHeader.text(), 'secret plans');
    // A user of the app may also show a token instead of the secret (client REST, J).
    const byToken = await fetch(bare, { headers: { authorization: `Bearer ${await app.userToken('bob')}` } });
    assert.equal(await byToken.text(), 'secret plans');
  });

  test("another app's user gets nothing, not even with the secret", async () => {
    const [alice, bob] = await pair();
    const file = fileOf(Buffer.from('ours'), 'ours.txt', 'text/plain');
    const sent = await alice.send({ type: 'file', to: 'bob', filename: 'ours.txt', file });
    const got = await bob.next('onFileMessage', { id: sent.serverMsgId });
    const other = await createApp('files');
    const stranger = await connect(other, 'bob');
    const refused = await rejection(stranger.download(got.url, got.secret));
    assert.equal(refused.type, NO_PERMISSION);
    // The same id under the stranger's own app is no file at all.
    const moved = got.url.replace(app.url, other.url);
    const missing = await rejection(stranger.download(moved, got.secret));
    assert.equal(missing.type, DOWNLOAD_FAILED);
  });

  test('a file whose time is over', async () => {
    const short = await createApp('files');
    await short.register('alice', 'bob');
    await short.feature('attachment_storage_days', '0');
    const [alice, bob] = await Promise.all([connect(short, 'alice'), connect(short, 'bob')]);
    const got = await eventually(async () => {
      const file = fileOf(Buffer.from('gone'), 'gone.txt', 'text/plain');
      const sent = await alice.send({ type: 'file', to: 'bob', filename: 'gone.txt', file });
      const received = await bob.next('onFileMessage', { id: sent.serverMsgId });
      assert.equal((await rejection(bob.download(received.url, received.secret))).type, FILE_EXPIRED);
      return received;
    });
    assert.equal((await plainGet(got.url)).status, 404);
  });

  test('a player asks for a piece', async () => {
    const [alice, bob] = await pair();
    const bytes = randomBytes(100_000);
    const file = fileOf(bytes, 'clip.mp4', 'video/mp4');
    const sent = await alice.send({ type: 'video', to: 'bob', filename: 'clip.mp4', length: 1, file });
    const got = await bob.next('onVideoMessage', { id: sent.serverMsgId });
    const answer = await fetch(got.url, { headers: { range: 'bytes=50000-' } });
    assert.equal(answer.status, 206);
    assert.equal(answer.headers.get('content-range'), 'bytes 50000-99999/100000');
    assert.ok(Buffer.from(await answer.arrayBuffer()).equals(bytes.subarray(50_000)));
    // No picture is taken out of it.
    assert.equal((await plainGet(got.thumb)).status, 404);
  });

  test('a file that does not exist', async () => {
    const bob = await connect(app, 'bob');
    for (const id of ['00000000-0000-0000-0000-000000000000', 'nonsense', '..%2f..%2fetc%2fpasswd']) {
      const error = await rejection(bob.download(`${app.url}/chatfiles/${id}`, 'x'));
      assert.equal(error.type, DOWNLOAD_FAILED);
    }
  });

  // Trap 4: `subType` 0 present is a combined message, absent is plain text.
  test('combined messages can be opened by the receiver', async () => {
    const [alice, bob] = await pair();
    const first = await alice.text('bob', 'first of three', { ext: { n: 1 } });
    const second = await bob.text('alice', 'second of three');
    const third = await alice.send({ type: 'loc', to: 'bob', addr: 'here', buildingName: 'b', lat: 1.5, lng: 2.5 });
    const messageList = [first.message, second.message, third.message];
    const sent = await alice.send({
      type: 'combine',
      to: 'bob',
      compatibleText: 'your version cannot show this',
      title: 'Chat history',
      summary: 'three messages',
      messageList,
    });
    const got = await bob.next('onCombineMessage', { id: sent.serverMsgId });
    assert.equal(got.title, 'Chat history');
    assert.equal(got.summary, 'three messages');
    assert.equal(got.compatibleText, 'your version cannot show this');
    bob.none('onTextMessage', { id: sent.serverMsgId });

    const inside = await bob.connection.downloadAndParseCombineMessage({ url: got.url, secret: got.secret });
    assert.deepEqual(
      inside.map((message) => message.type),
      ['txt', 'txt', 'loc'],
    );
    assert.deepEqual(
      inside.map((message) => message.id),
      messageList.map((message) => message.id),
    );
    assert.equal(inside[0].msg, 'first of three');
    assert.deepEqual(inside[0].ext, { n: 1 });
    assert.equal(inside[2].lat, 1.5);

    const page = await bob.history('alice', { pageSize: 1 });
    assert.equal(page.messages[0].type, 'combine');
    assert.equal(page.messages[0].title, 'Chat history');
  });

  test('a combined message may hold combined messages', async () => {
    const [alice, bob] = await pair();
    const combine = (title, messageList) =>
      alice.send({ type: 'combine', to: 'bob', compatibleText: 'old', title, summary: 's', messageList });
    const text = await alice.text('bob', 'at the bottom');
    const inner = await combine('inner', [text.message]);
    const sent = await combine('outer', [inner.message, text.message]);
    const got = await bob.next('onCombineMessage', { id: sent.serverMsgId });
    assert.equal(got.combineLevel, inner.message.combineLevel + 1);
    const open = ({ url, secret }) => bob.connection.downloadAndParseCombineMessage({ url, secret });
    const [first, second] = await open(got);
    assert.deepEqual([first.type, first.title, second.type], ['combine', 'inner', 'txt']);
    const [bottom] = await open(first);
    assert.equal(bottom.msg, 'at the bottom');
  });

  test('browsers on another origin may upload and download', async () => {
    const preflight = await fetch(`${app.url}/chatfiles`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://chat.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,restrict-access,share-secret,x-requested-with,content-type',
      },
    });
    assert.ok(preflight.ok);
    assert.match(preflight.headers.get('access-control-allow-origin'), /^(\*|https:\/\/chat\.example)$/);
    const allowed = preflight.headers.get('access-control-allow-headers').toLowerCase();
    for (const header of ['authorization', 'restrict-access', 'share-secret', 'x-requested-with', 'content-type']) {
      assert.ok(allowed === '*' || allowed.includes(header), `${header} in ${allowed}`);
    }
    const refused = await fetch(`${app.url}/chatfiles/none`, {
      headers: { origin: 'https://chat.example' },
    });
    // Without the header the SDK would report a network failure in place of the error.
    assert.ok(refused.headers.get('access-control-allow-origin'));
  });

  test('a file uploaded by itself, without a message', async () => {
    const [alice] = await pair();
    const bytes = randomBytes(3000);
    const uploaded = await alice.upload(fileOf(bytes, 'notes.bin', 'application/octet-stream'));
    const [{ uuid, 'share-secret': secret }] = uploaded.entities;
    const read = await alice.download(`${app.url}/chatfiles/${uuid}`, secret);
    assert.ok(read.equals(bytes));
  });
});
