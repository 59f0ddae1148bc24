// What the members of a chat room set for each other.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createApp } from '../lib/app.js';
import { connect, rejection, within } from '../lib/client.js';

const REQUEST_PARAMETER_ERROR = -3;
const MAX_LIMIT = 50;
const NO_PERMISSION = 52;
const CHATROOM_NOT_JOINED = 702;
const CHATROOM_NOT_EXIST = 705;

describe('attributes of chat rooms', () => {
  let app;
  before(async () => {
    app = await createApp('attributes');
    await app.register('alice', 'bob', 'carol', 'dave');
  });

  async function room() {
    const body = { name: 'Lobby', description: 'd', owner: 'alice' };
    return (await app.ok('POST', '/chatrooms', body)).data.id;
  }

  /** Users in a new room; the room comes first. */
  async function gather(...users) {
    const chatRoomId = await room();
    const clients = await Promise.all(users.map((user) => connect(app, user)));
    for (const client of clients) await enter(client, chatRoomId);
    return [chatRoomId, ...clients];
  }

  const enter = (client, roomId) => within(`${client.user} joins`, client.connection.joinChatRoom({ roomId }));
  const read = async (client, chatRoomId, attributeKeys) =>
    (await client.connection.getChatRoomAttributes({ chatRoomId, attributeKeys })).data;

  test('all members hear of what is set and removed', async () => {
    const [chatRoomId, bob, carol] = await gather('bob', 'carol');
    const phone = await connect(app, 'bob', { device: 'phone' });
    const set = await bob.connection.setChatRoomAttributes({ chatRoomId, attributes: { song: 'one', seat: '2' } });
    assert.deepEqual(set.data, { status: 'success', errorKeys: {}, successKeys: ['song', 'seat'] });
    for (const client of [carol, phone]) {
      const event = await client.next('onChatroomEvent', { operation: 'updateChatRoomAttributes', id: chatRoomId });
      assert.deepEqual([event.from, event.attributes], ['bob', { song: 'one', seat: '2' }]);
    }
    assert.deepEqual(await read(carol, chatRoomId), { song: 'one', seat: '2' });
    assert.deepEqual(await read(carol, chatRoomId, ['song', 'none']), { song: 'one' });

    await bob.connection.setChatRoomAttribute({ chatRoomId, attributeKey: 'song', attributeValue: 'two' });
    await carol.next('onChatroomEvent', (event) => event.attributes?.song === 'two');
    await bob.connection.removeChatRoomAttribute({ chatRoomId, attributeKey: 'song' });
    const gone = await carol.next('onChatroomEvent', { operation: 'removeChatRoomAttributes', id: chatRoomId });
    assert.deepEqual([gone.from, gone.attributes], ['bob', ['song']]);
    const rest = await bob.connection.removeChatRoomAttributes({ chatRoomId, attributeKeys: ['seat', 'song'] });
    assert.equal(rest.data.status, 'success');
    assert.deepEqual(await read(carol, chatRoomId), {});
  });

  test('what others have set is theirs, unless by force', async () => {
    const [chatRoomId, bob, carol] = await gather('bob', 'carol');
    const one = { chatRoomId, attributeKey: 'seat', attributeValue: 'bob' };
    await bob.connection.setChatRoomAttribute(one);
    const mine = { ...one, attributeValue: 'carol' };
    assert.equal((await rejection(carol.connection.setChatRoomAttribute(mine))).type, NO_PERMISSION);
    assert.equal((await rejection(carol.connection.removeChatRoomAttribute(mine))).type, NO_PERMISSION);
    const both = await carol.connection.setChatRoomAttributes({ chatRoomId, attributes: { seat: 'x', own: 'y' } });
    assert.equal(both.data.status, 'fail');
    assert.deepEqual(both.data.successKeys, ['own']);
    assert.match(both.data.errorKeys.seat, /is not part of you/);
    await carol.connection.setChatRoomAttribute({ ...mine, isForced: true });
    assert.equal((await read(bob, chatRoomId)).seat, 'carol');
    assert.equal((await rejection(bob.connection.removeChatRoomAttribute(one))).type, NO_PERMISSION);
    await bob.connection.removeChatRoomAttribute({ ...one, isForced: true });
    await carol.connection.setChatRoomAttributes({ chatRoomId, attributes: { a: '1' }, isForced: true });
    await bob.connection.removeChatRoomAttributes({ chatRoomId, attributeKeys: ['a', 'own'], isForced: true });
    assert.deepEqual(await read(bob, chatRoomId), {});
  });

  test('what is too long, too many or not legal says so', async () => {
    const [chatRoomId, bob, dave] = [await room(), ...(await Promise.all(['bob', 'dave'].map((u) => connect(app, u))))];
    const set = (attributeKey, attributeValue = 'v') =>
      bob.connection.setChatRoomAttribute({ chatRoomId, attributeKey, attributeValue });
    const outside = await rejection(set('a'));
    assert.deepEqual([outside.type, outside.message], [CHATROOM_NOT_JOINED, 'user is not in chatroom']);
    await enter(bob, chatRoomId);
    assert.equal((await rejection(set('k'.repeat(129)))).type, MAX_LIMIT);
    assert.equal((await rejection(set('a', 'v'.repeat(4097)))).type, MAX_LIMIT);
    assert.equal((await rejection(set('with space'))).type, REQUEST_PARAMETER_ERROR);
    await set('k'.repeat(128), 'v'.repeat(4096));
    const eleven = Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`k${n}`, 'v']));
    const many = bob.connection.setChatRoomAttributes({ chatRoomId, attributes: eleven });
    assert.equal((await rejection(many)).type, MAX_LIMIT);
    const keys = bob.connection.removeChatRoomAttributes({ chatRoomId, attributeKeys: Object.keys(eleven) });
    assert.equal((await rejection(keys)).type, MAX_LIMIT);
    assert.equal((await rejection(dave.connection.getChatRoomAttributes({ chatRoomId }))).type, CHATROOM_NOT_JOINED);
    const nowhere = { chatRoomId: '7', attributeKey: 'a', attributeValue: 'b' };
    assert.equal((await rejection(bob.connection.setChatRoomAttribute(nowhere))).type, CHATROOM_NOT_EXIST);
  });

  test('a room has so many', async () => {
    const own = await createApp('few');
    await own.feature('chatroom_attributes_max', '2');
    await own.register('alice');
    const chatRoomId = (await own.ok('POST', '/chatrooms', { name: 'r', description: 'd', owner: 'alice' })).data.id;
    const { connection } = await connect(own, 'alice');
    const { data } = await connection.setChatRoomAttributes({ chatRoomId, attributes: { a: '1', b: '2', c: '3' } });
    assert.deepEqual([data.status, data.successKeys, Object.keys(data.errorKeys)], ['fail', ['a', 'b'], ['c']]);
    const one = connection.setChatRoomAttribute({ chatRoomId, attributeKey: 'd', attributeValue: '4' });
    assert.equal((await rejection(one)).type, MAX_LIMIT);
    await connection.setChatRoomAttribute({ chatRoomId, attributeKey: 'a', attributeValue: '5' });
  });

  test('they go when their setter leaves, unless they are to stay', async () => {
    const [chatRoomId, bob, carol] = await gather('bob', 'carol');
    await bob.connection.setChatRoomAttributes({ chatRoomId, attributes: { goes: '1', too: '2' } });
    await bob.connection.setChatRoomAttribute({
      chatRoomId,
      attributeKey: 'stays',
      attributeValue: '3',
      autoDelete: false,
    });
    await within('bob leaves', bob.connection.leaveChatRoom({ roomId: chatRoomId }));
    const gone = await carol.next('onChatroomEvent', { operation: 'removeChatRoomAttributes', id: chatRoomId });
    assert.deepEqual([gone.from, gone.attributes], ['bob', ['goes', 'too']]);
    assert.deepEqual(await read(carol, chatRoomId), { stays: '3' });

    await carol.connection.setChatRoomAttribute({ chatRoomId, attributeKey: 'carols', attributeValue: '1' });
    const alice = await connect(app, 'alice');
    await alice.connection.removeChatRoomMember({ chatRoomId, username: 'carol' });
    await alice.next('onChatroomEvent', { operation: 'removeChatRoomAttributes', from: 'carol' });
  });

  test("the app's server sets them for anybody", async () => {
    const [chatRoomId, bob] = await gather('bob');
    const path = `/metadata/chatroom/${chatRoomId}`;
    await app.ok('PUT', `${path}/user/bob`, { metaData: { a: '1' } });
    await bob.next('onChatroomEvent', { operation: 'updateChatRoomAttributes', from: 'bob' });
    await app.ok('PUT', `${path}/user/admin/forced`, { metaData: { a: '2' }, autoDelete: 'NO_DELETE' });
    await bob.next('onChatroomEvent', { operation: 'updateChatRoomAttributes', from: 'admin' });
    assert.deepEqual((await app.ok('POST', path, { keys: ['a'] })).data, { a: '2' });
    const stranger = await app.call('PUT', `${path}/user/dave`, { metaData: { a: '1' } });
    assert.deepEqual([stranger.status, stranger.body.error_description], [401, 'user is not in chatroom']);
  });
});
