// Files that groups and chat rooms share, with the SDK's own calls.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createApp } from '../lib/app.js';
import { connect, fileOf, rejection, within } from '../lib/client.js';

const PERMISSION_DENIED = 603;

describe('shared files', () => {
  let app;
  before(async () => {
    app = await createApp('shared-files');
    await app.register('alice', 'bob', 'carol', 'eve');
  });

  const login = (...users) => Promise.all(users.map((user) => connect(app, user)));
  const call = (client, method, options) => within(method, client.connection[method](options));

  /** Uploads with the SDK; it tells the outcome to callbacks alone. */
  const share = (client, method, options, bytes, name = '会议.txt') =>
    within(
      method,
      new Promise((resolve, reject) => {
        client.connection[method]({
          ...options,
          file: fileOf(bytes, name, 'text/plain'),
          onFileUploadComplete: resolve,
          onFileUploadError: reject,
          onFileUploadProgress: () => {},
        });
      }),
    );

  const download = (client, groupId, fileId) =>
    within(
      'downloadGroupSharedFile',
      new Promise((resolve, reject) => {
        client.connection.downloadGroupSharedFile({
          groupId,
          fileId,
          onFileDownloadComplete: async (blob) => resolve(Buffer.from(await blob.arrayBuffer())),
          onFileDownloadError: reject,
        });
      }),
    );

  test('of a group: shared, listed, read and deleted, and the members are told', async () => {
    const [alice, bob, carol, eve] = await login('alice', 'bob', 'carol', 'eve');
    const pad = await connect(app, 'bob', { device: 'pad' });
    const group = await app.createGroup('alice', ['bob', 'carol']);
    const bytes = Buffer.from('第一条：开会');
    const { data } = await share(bob, 'uploadGroupSharedFile', { groupId: group }, bytes);
    assert.deepEqual([data.file_name, data.file_size, data.group_id], ['会议.txt', bytes.length, group]);
    for (const client of [alice, carol, pad]) {
      await client.next('onGroupEvent', { operation: 'uploadFile', id: group, from: 'bob' });
    }
    bob.none('onGroupEvent', { operation: 'uploadFile', id: group });

    for (let n = 0; n < 2; n += 1) {
      await share(alice, 'uploadGroupSharedFile', { groupId: group }, bytes, `${n}.txt`);
    }
    const page = (pageNum) => call(carol, 'getGroupSharedFilelist', { groupId: group, pageNum, pageSize: 2 });
    const names = [...(await page(1)).data, ...(await page(2)).data].map((file) => file.file_name);
    assert.deepEqual(names.sort(), ['0.txt', '1.txt', '会议.txt']);
    const [row] = (await page(2)).data;
    assert.deepEqual([row.file_id, row.file_owner, row.file_size], [data.file_id, 'bob', bytes.length]);
    assert.deepEqual(await download(carol, group, data.file_id), bytes);
    await rejection(download(eve, group, data.file_id));
    await rejection(share(eve, 'uploadGroupSharedFile', { groupId: group }, bytes));

    const remove = (client) => call(client, 'deleteGroupSharedFile', { groupId: group, fileId: data.file_id });
    assert.equal((await rejection(remove(carol))).type, PERMISSION_DENIED);
    const removed = (await remove(bob)).data;
    assert.deepEqual([removed.result, removed.file_id, removed.group_id], [true, data.file_id, group]);
    for (const client of [alice, carol, pad]) {
      await client.next('onGroupEvent', { operation: 'deleteFile', id: group, from: 'bob' });
    }
    await rejection(download(carol, group, data.file_id));
  });

  test('of a chat room: shared, listed and deleted', async () => {
    const [alice, bob] = await login('alice', 'bob');
    const fields = { name: 'Lobby', description: 'd', owner: 'alice', members: ['bob'] };
    const room = (await app.ok('POST', '/chatrooms', fields)).data.id;
    const { data } = await share(bob, 'uploadChatRoomSharedFile', { roomId: room }, Buffer.from('hello'));
    assert.deepEqual([data.file_name, data.file_size, data.id], ['会议.txt', 5, room]);
    await alice.next('onChatroomEvent', { operation: 'uploadFile', id: room, from: 'bob' });
    const list = await call(alice, 'getChatRoomSharedFilelist', { roomId: room });
    assert.deepEqual(
      list.data.map((file) => [file.file_id, file.file_owner]),
      [[data.file_id, 'bob']],
    );
    const removed = await call(alice, 'deleteChatRoomSharedFile', { roomId: room, fileId: data.file_id });
    assert.equal(removed.data.result, true);
    await bob.next('onChatroomEvent', { operation: 'deleteFile', id: room, from: 'alice' });
  });

  test('a file that is too large is refused in the error callback', async () => {
    const [bob] = await login('bob');
    const group = await app.createGroup('alice', ['bob']);
    const large = Buffer.alloc(10 * 1024 * 1024 + 1);
    const refused = await rejection(share(bob, 'uploadGroupSharedFile', { groupId: group }, large));
    assert.equal(refused.type, 101);
    assert.deepEqual((await call(bob, 'getGroupSharedFilelist', { groupId: group })).data, []);
  });
});
