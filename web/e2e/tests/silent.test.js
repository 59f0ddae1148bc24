// Push settings: do-not-disturb, language, nickname, push tokens, by the SDK's own calls.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createApp } from '../lib/app.js';
import { connect, eventually, rejection, within } from '../lib/client.js';

const USER_NOT_FOUND = 204;
const MUC_NOT_FOUND = 705;

const call = (client, method, ...args) =>
  within(`${client.user} calls ${method}`, client.connection[method](...args));

describe('push settings', () => {
  let app;
  let count = 0;
  before(async () => {
    app = await createApp('silent');
  });

  /** A new user with two devices, its friend, and a group of both. */
  async function scene() {
    count += 1;
    const [user, friend] = [`alice${count}`, `bob${count}`];
    await app.register(user, friend);
    const group = await app.createGroup(user, [friend]);
    const [pc, pad] = await Promise.all([
      connect(app, user, { device: 'pc' }),
      connect(app, user, { device: 'pad' }),
    ]);
    return { user, friend, group, pc, pad };
  }

  const remind = (remindType) => ({ paramType: 0, remindType });
  const quietFor = (duration) => ({ paramType: 1, duration });
  const daily = (startTime, endTime) => ({ paramType: 2, startTime, endTime });
  const time = (hours, minutes) => ({ hours, minutes });
  const single = (conversationId) => ({ conversationId, type: 'singleChat' });
  const ofGroup = (conversationId) => ({ conversationId, type: 'groupChat' });
  const isSoon = (end, duration) => assert.ok(Math.abs(end - Date.now() - duration) < 60_000, String(end));

  test('in general: type, duration, interval', async () => {
    const { pc, pad } = await scene();
    const read = async () => (await call(pc, 'getSilentModeForAll')).data;
    assert.deepEqual(await read(), { type: 'ALL', ignoreDuration: 0, ignoreInterval: '' });

    const muted = await call(pc, 'setSilentModeForAll', { options: remind('NONE') });
    assert.equal(muted.data.type, 'NONE');
    const told = await pad.next('onMultiDeviceEvent', { operation: 'setSilentModeForUser' });
    assert.equal(told.resource, pc.connection.clientResource);
    assert.deepEqual(told.data, { type: 'NONE', ignoreInterval: '' });

    const quiet = await call(pc, 'setSilentModeForAll', { options: quietFor(3_600_000) });
    isSoon(quiet.data.ignoreDuration, 3_600_000);
    assert.equal(quiet.data.type, 'NONE', 'each stays as it is');
    await pad.next('onMultiDeviceEvent', (event) => event.data.ignoreDuration === quiet.data.ignoreDuration);

    const night = await call(pc, 'setSilentModeForAll', { options: daily(time(21, 30), time(8, 5)) });
    assert.equal(night.data.ignoreInterval, '21:30-08:05');
    const event = await pad.next('onMultiDeviceEvent', (e) => e.data.ignoreInterval === '21:30-08:05');
    assert.equal(event.operation, 'setSilentModeForUser');
    assert.deepEqual(await read(), night.data);
    pc.none('onMultiDeviceEvent');
  });

  test('what is not possible is refused, and what is over is over', async () => {
    const { user, friend, pc } = await scene();
    const general = `/users/${user}/notification/user/${user}`;
    const refused = async (path, body, name) => {
      const answer = await app.call('PUT', path, body);
      assert.deepEqual(
        [answer.status, answer.body.error_description],
        [400, `parameters is invalid : ${name}`],
        JSON.stringify(body),
      );
    };
    await refused(general, { type: 'DEFAULT' }, 'type');
    await refused(general, { type: 'SOME' }, 'type');
    await refused(general, {}, 'type');
    await refused(general, { ignoreDuration: 604_800_001 }, 'ignoreDuration');
    await refused(general, { ignoreInterval: '25:00-8:00' }, 'ignoreInterval');
    const withFriend = `/users/${user}/notification/user/${friend}`;
    await refused(withFriend, { ignoreInterval: '21:00-8:00' }, 'ignoreInterval');

    const read = async () => (await call(pc, 'getSilentModeForAll')).data;
    await app.ok('PUT', general, { ignoreInterval: '9:00-9:00' });
    assert.equal((await read()).ignoreInterval, '09:00-09:00', 'all day');
    await app.ok('PUT', general, { ignoreInterval: '0:0-0:0' });
    assert.equal((await read()).ignoreInterval, '');
    await call(pc, 'setSilentModeForAll', { options: quietFor(1) });
    await eventually(async () => assert.equal((await read()).ignoreDuration, 0));

    const nobody = call(pc, 'setSilentModeForConversation', { ...single('nobody-here'), options: remind('NONE') });
    assert.equal((await rejection(nobody)).type, USER_NOT_FOUND);
    const nowhere = call(pc, 'setSilentModeForConversation', { ...ofGroup('123'), options: remind('NONE') });
    assert.equal((await rejection(nowhere)).type, MUC_NOT_FOUND);
    const others = await app.userToken(friend);
    assert.equal((await app.call('PUT', general, { type: 'NONE' }, others)).status, 401);
    assert.equal((await app.call('GET', general, undefined, others)).status, 401);
  });

  test('of conversations: set, read, clear', async () => {
    const { friend, group, pc, pad } = await scene();
    const room = (await app.ok('POST', '/chatrooms', { name: 'r', description: 'd', owner: friend })).data.id;
    const read = async (conversation) => (await call(pc, 'getSilentModeForConversation', conversation)).data;
    const unset = { type: 'DEFAULT', ignoreDuration: 0, ignoreInterval: '' };
    assert.deepEqual(await read(single(friend)), unset);

    const set = await call(pc, 'setSilentModeForConversation', { ...single(friend), options: remind('NONE') });
    assert.equal(set.data.type, 'NONE');
    const told = await pad.next('onMultiDeviceEvent', { conversationId: friend });
    assert.equal(told.operation, 'setSilentModeForConversation');
    assert.equal(told.type, 'singleChat');
    assert.equal(told.resource, pc.connection.clientResource);
    assert.deepEqual(told.data, { type: 'NONE' });

    await call(pc, 'setSilentModeForConversation', { ...ofGroup(group), options: remind('AT') });
    const ofTheGroup = await pad.next('onMultiDeviceEvent', { conversationId: group });
    assert.equal(ofTheGroup.type, 'groupChat');
    assert.deepEqual(ofTheGroup.data, { type: 'AT' });
    await call(pc, 'setSilentModeForConversation', {
      conversationId: room,
      type: 'chatRoom',
      options: remind('NONE'),
    });
    await pad.next('onMultiDeviceEvent', { conversationId: room });

    const quiet = await call(pc, 'setSilentModeForConversation', { ...ofGroup(group), options: quietFor(60_000) });
    isSoon(quiet.data.ignoreDuration, 60_000);
    assert.equal(quiet.data.type, 'AT');
    await pad.next('onMultiDeviceEvent', { conversationId: group });

    const many = await call(pc, 'getSilentModeForConversations', {
      conversationList: [
        { id: friend, type: 'singleChat' },
        { id: 'nobody-here', type: 'singleChat' },
        { id: group, type: 'groupChat' },
      ],
    });
    assert.deepEqual(Object.keys(many.data.user), [friend]);
    assert.equal(many.data.user[friend].type, 'NONE');
    assert.deepEqual(many.data.group, { [group]: quiet.data });
    const ofFriend = await call(pc, 'getSilentModeForConversations', {
      conversationList: [{ id: friend, type: 'singleChat' }],
    });
    assert.deepEqual(ofFriend.data.group, {});

    const cleared = await call(pc, 'clearRemindTypeForConversation', single(friend));
    assert.equal(cleared.data.type, 'DEFAULT');
    const removed = await pad.next('onMultiDeviceEvent', { conversationId: friend });
    assert.equal(removed.operation, 'removeSilentModeForConversation');
    assert.deepEqual(removed.data, {});
    assert.deepEqual(await read(single(friend)), unset);
    // The duration of the group stays when its type is cleared.
    await call(pc, 'clearRemindTypeForConversation', ofGroup(group));
    const stays = await pad.next('onMultiDeviceEvent', { conversationId: group });
    assert.equal(stays.operation, 'setSilentModeForConversation');
    assert.deepEqual(await read(ofGroup(group)), { ...quiet.data, type: 'DEFAULT' });
    pc.none('onMultiDeviceEvent');
    pad.none('onError');
  });

  test('the conversations with a type of their own, page by page', async () => {
    const { user, friend, group, pc } = await scene();
    const others = ['c', 'd', 'e'].map((name) => `${name}-${user}`);
    await app.register(...others);
    for (const other of others) {
      await call(pc, 'setSilentModeForConversation', { ...single(other), options: remind('NONE') });
    }
    await call(pc, 'setSilentModeForConversation', { ...single(friend), options: quietFor(60_000) });
    await call(pc, 'setSilentModeForConversation', { ...ofGroup(group), options: remind('AT') });
    const list = async () => {
      const found = [];
      let cursor;
      do {
        const page = await call(pc, 'getSilentModeRemindTypeConversations', { pageSize: 2, cursor });
        assert.ok(page.data.conversations.length <= 2);
        found.push(...page.data.conversations);
        cursor = page.data.cursor;
      } while (cursor);
      return found;
    };
    const row = (conversationId, type, remindType) => ({ conversationId, type, remindType });
    assert.deepEqual(await list(), [
      ...others.map((other) => row(other, 'singleChat', 'NONE')),
      row(group, 'groupChat', 'AT'),
    ]);
    // They end with whom they are about.
    await app.ok('DELETE', `/users/${others[0]}`);
    await app.ok('DELETE', `/chatgroups/${group}`);
    assert.deepEqual(
      (await list()).map((found) => found.conversationId),
      others.slice(1),
    );
  });

  test('the language of notifications', async () => {
    const { pc, pad } = await scene();
    assert.equal((await call(pc, 'getPushPerformLanguage')).data.language, '');
    const set = await call(pc, 'setPushPerformLanguage', { language: 'zh-Hans' });
    assert.equal(set.data.language, 'zh-Hans');
    assert.equal((await call(pad, 'getPushPerformLanguage')).data.language, 'zh-Hans');
  });

  test('push tokens are bound and unbound', async () => {
    const { user, friend, pc } = await scene();
    const token = { deviceId: 'phone', deviceToken: `token-of-${user}`, notifierName: 'cert' };
    const bound = await call(pc, 'uploadPushToken', token);
    assert.equal(bound.data.username, user);
    const row = { device_id: 'phone', device_token: token.deviceToken, notifier_name: 'cert' };
    assert.deepEqual(bound.data.pushInfo, [row]);
    const bindings = async (of) => (await app.ok('GET', `/users/${of}/push/binding`)).entities;
    assert.deepEqual(await bindings(user), [row]);

    // The phone changes hands.
    const next = await connect(app, friend);
    await call(next, 'uploadToken', token);
    assert.deepEqual(await bindings(user), []);
    assert.deepEqual(await bindings(friend), [row]);

    // The SDK unbinds what it has bound for its own resource.
    await call(pc, 'uploadPushToken', { ...token, deviceId: pc.connection.clientResource });
    assert.equal((await bindings(user)).length, 1);
    const unbound = await call(pc, 'unbindPushToken');
    assert.deepEqual(unbound.data.pushInfo, []);
    assert.deepEqual(await bindings(user), []);
  });

  test('nickname and style by the older path', async () => {
    const { user, friend, pc } = await scene();
    const renamed = await call(pc, 'updateCurrentUserNick', 'Ally 爱丽丝');
    assert.equal(renamed.entities[0].nickname, 'Ally 爱丽丝');
    const style = await app.ok('PUT', `/users/${user}`, {
      notification_display_style: '1',
      notification_no_disturbing: true,
      notification_no_disturbing_start: '22',
      notification_no_disturbing_end: '7',
    });
    const { nickname, notification_display_style, notification_no_disturbing_start } = style.entities[0];
    assert.deepEqual([nickname, notification_display_style, notification_no_disturbing_start], ['Ally 爱丽丝', 1, 22]);
    const names = [user, friend].map((username) => ({ username, push_nickname: `push ${username}` }));
    const batch = await app.ok('PUT', '/push/nickname', names);
    assert.deepEqual(batch.entities.map((row) => row.push_nickname), names.map((row) => row.push_nickname));
  });
});
