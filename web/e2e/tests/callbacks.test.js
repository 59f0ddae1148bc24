// Callbacks as the customer's server gets them, and as the SDK's users feel them.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createApp, server } from '../lib/app.js';
import { connect, eventually, rejection, within } from '../lib/client.js';
import { FORM, Receiver } from '../lib/receiver.js';
import { startServer } from '../lib/server.js';
import { Staff } from '../lib/staff.js';

// Errors of the SDK.
const ILLEGAL_CONTENT = 501;
const BLOCKED = 502;

let staff;
const receivers = [];
before(async () => {
  staff = await Staff.operator();
});
after(() => Promise.all(receivers.map((receiver) => receiver.stop())));

const path = (app, below = '') => `/apps/${app.org}/${app.name}/callbacks${below}`;

/** An app whose server listens by a rule with these fields. */
async function listening(purpose, fields, users = ['alice', 'bob']) {
  const app = await createApp(purpose);
  await app.register(...users);
  const receiver = await Receiver.start();
  receivers.push(receiver);
  const rule = await staff.ok('POST', path(app), { ...FORM, name: 'rule', url: receiver.url, ...fields });
  receiver.secret = rule.hx_secret;
  // The server looks every second for apps that have got rules.
  return { app, receiver, rule };
}

const call = (client, method, ...args) => within(method, client.connection[method](...args));

/** Waits until the server asks or tells by a rule. */
const ruleIsKnown = (alice, receiver, to = 'bob') =>
  eventually(async () => {
    await alice.text(to, 'are you there?');
    assert.ok(receiver.calls.length > 0);
  });

describe('callbacks before sending', () => {
  const pre = (purpose, fields, users) => listening(purpose, { kind: 'pre', ...fields }, users);

  test('a message is allowed, blocked with words, blocked silently, or rewritten', async () => {
    const { app, receiver, rule } = await pre('pre', { report_error: true });
    const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob')]);
    await ruleIsKnown(alice, receiver);
    receiver.answer = ({ body }) => {
      const { msg } = body.payload.bodies[0];
      if (msg === 'bad') return { body: { valid: false, code: 'not here' } };
      if (msg === 'worse') return { body: { valid: false } };
      if (msg === 'old') {
        const payload = { ...body.payload, bodies: [{ type: 'txt', msg: 'new' }], ext: { by: 'server' } };
        return { body: { valid: true, payload } };
      }
      return { body: { valid: true, code: 'HX:10000' } };
    };
    const sent = await alice.text('bob', 'good', { ext: { k: 1 } });
    await bob.next('onTextMessage', { id: sent.serverMsgId, msg: 'good' });
    const [question] = receiver.seen((body) => body.payload.bodies[0].msg === 'good').map((body) => body);
    receiver.verify(question);
    const { body } = question;
    assert.deepEqual(
      [body.chat_type, body.from, body.to, body.appkey, body.securityVersion, body.payload.ext],
      ['chat', 'alice', 'bob', app.key, '1.0.0', { k: 1 }],
    );
    const refused = await rejection(alice.text('bob', 'bad'));
    assert.deepEqual([refused.type, refused.message], [BLOCKED, 'not here']);
    assert.equal((await rejection(alice.text('bob', 'worse'))).message, 'custom logic denied');
    const rewritten = await alice.text('bob', 'old');
    const got = await bob.next('onTextMessage', { id: rewritten.serverMsgId });
    assert.deepEqual([got.msg, got.ext], ['new', { by: 'server' }]);
    bob.none('onTextMessage', (message) => ['bad', 'worse', 'old'].includes(message.msg));

    await staff.ok('PUT', path(app, `/${rule.id}`), { ...rule, report_error: false });
    await eventually(() => alice.text('bob', 'worse'));
    await alice.text('bob', 'the end');
    await bob.next('onTextMessage', { msg: 'the end' });
    bob.none('onTextMessage', { msg: 'worse' });
    const { messages } = await bob.history('alice');
    assert.ok(messages.every((message) => message.msg !== 'worse'));

    // What the app's own server sends is not asked about.
    const asked = receiver.calls.length;
    await app.sendToUsers('alice', ['bob'], 'txt', { msg: 'by rest' });
    await bob.next('onTextMessage', { msg: 'by rest' });
    assert.equal(receiver.calls.length, asked);
  });

  test('groups, rooms, edits, and kinds that nobody asks about', async () => {
    const { app, receiver } = await pre('pre-kinds', { chat_types: ['groupchat', 'chatroom', 'edit'], msg_types: ['TEXT'] });
    const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob')]);
    const group = await app.createGroup('alice', ['bob']);
    receiver.answer = () => ({ body: { valid: true } });
    await eventually(async () => {
      await alice.groupText(group, 'in a group');
      assert.ok(receiver.seen({ group_id: group }).length > 0);
    });
    const { body } = receiver.seen({ group_id: group })[0];
    assert.deepEqual([body.chat_type, body.is_chatroom, body.to], ['groupchat', false, group]);
    const single = await alice.text('bob', 'only us');
    await bob.next('onTextMessage', { id: single.serverMsgId });
    receiver.none({ to: 'bob' });
    await alice.send({ type: 'cmd', to: group, chatType: 'groupChat', action: 'x' });
    receiver.none((asked) => asked.payload.bodies[0].type === 'cmd');

    const room = (await app.ok('POST', '/chatrooms', { name: 'r', description: 'd', owner: 'alice' })).data.id;
    await alice.text(room, 'in a room', { chatType: 'chatRoom' });
    assert.equal((await receiver.next({ to: room })).is_chatroom, true);

    const message = alice.WebIM.message.create({ type: 'txt', chatType: 'singleChat', to: 'bob', msg: 'edited' });
    await call(alice, 'modifyMessage', { messageId: single.serverMsgId, modifiedMessage: message });
    const asked = await receiver.next({ edit_message_id: single.serverMsgId });
    assert.equal(asked.payload.bodies[0].msg, 'edited');
  });

  test('no answer: the rule says what becomes of the message', async () => {
    const { app, receiver, rule } = await pre('pre-fail', { timeout_ms: 200, report_error: true });
    const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob')]);
    receiver.answer = () => ({ delay: 1000, body: { valid: false } });
    await ruleIsKnown(alice, receiver);
    await alice.text('bob', 'passes');
    await bob.next('onTextMessage', { msg: 'passes' });
    await staff.ok('PUT', path(app, `/${rule.id}`), { ...rule, on_failure: 'block' });
    for (const answer of [
      { delay: 1000, body: { valid: true } },
      { status: 500 },
      { body: 'no json' },
      { body: { valid: 'true' } },
      { status: 302, headers: { location: receiver.url } },
      { body: { valid: true, code: 'x'.repeat(1000) } },
    ]) {
      receiver.answer = () => answer;
      await eventually(async () => {
        const refused = await rejection(alice.text('bob', 'stopped'));
        assert.deepEqual([refused.type, refused.message], [BLOCKED, 'custom internal error'], JSON.stringify(answer));
      });
    }
    receiver.answer = () => ({ body: { valid: true } });
    // A rule that failed again and again is left alone for a moment.
    await eventually(() => alice.text('bob', 'again'), 15_000);
  });

  test('where a rule may not lead, nobody is called', async () => {
    const { app } = await pre('pre-guard', { url: 'http://169.254.169.254/latest/meta-data', on_failure: 'block', report_error: true });
    const alice = await connect(app, 'alice');
    await eventually(async () => {
      assert.equal((await rejection(alice.text('bob', 'out'))).message, 'custom internal error');
    });
    const [rule] = (await staff.ok('GET', path(app))).rules;
    const tried = await staff.ok('POST', path(app, `/${rule.id}/test`), { event: '' });
    assert.deepEqual([tried.status, tried.verdict], [null, 'failed']);
    assert.match(tried.error, /not allowed/);
  });
});

describe('callbacks after sending', () => {
  const post = (purpose, fields, users) => listening(purpose, { kind: 'post', ...fields }, users);

  test('messages of clients and of the server, receipts, recalls, edits', async () => {
    const { app, receiver } = await post('post', { event_classes: ['chat', 'chat_offline'] }, ['alice', 'bob', 'carol']);
    const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob')]);
    const sent = await alice.text('bob', 'hello', { ext: { k: 'v' } });
    const [told] = await receiver.wait({ msg_id: sent.serverMsgId, eventType: 'chat' });
    receiver.verify(told);
    assert.equal(told.body.callId, `${app.key}_${sent.serverMsgId}`);
    assert.deepEqual(told.body.payload.bodies, [{ type: 'txt', msg: 'hello' }]);
    assert.deepEqual(
      [told.body.chat_type, told.body.content_type, told.body.from, told.body.to, told.body.payload.ext],
      ['chat', 'chat:user:text', 'alice', 'bob', { k: 'v' }],
    );
    assert.ok(Math.abs(told.body.timestamp - Date.now()) < 60_000);

    const [id] = Object.values(await app.sendToUsers('carol', ['bob'], 'txt', { msg: 'by rest' }));
    assert.equal((await receiver.next({ msg_id: String(id) })).from, 'carol');

    const away = await alice.text('carol', 'are you there?');
    const [offline] = await receiver.wait({ msg_id: away.serverMsgId, eventType: 'chat_offline' });
    assert.equal(offline.body.to, 'carol');
    receiver.none({ msg_id: sent.serverMsgId, eventType: 'chat_offline' });
    const group = await app.createGroup('alice', ['bob', 'carol']);
    const said = await alice.groupText(group, 'all');
    const inGroup = await receiver.next({ msg_id: said.serverMsgId, eventType: 'chat' });
    assert.deepEqual([inGroup.chat_type, inGroup.group_id, inGroup.to], ['groupchat', group, group]);
    const absent = await receiver.next({ msg_id: said.serverMsgId, eventType: 'chat_offline' });
    assert.deepEqual([absent.to, absent.group_id], ['carol', group]);

    await bob.send({ type: 'read', to: 'alice', id: sent.serverMsgId, msg: '' });
    assert.equal((await receiver.next({ chat_type: 'read_ack' })).payload.ack_message_id, sent.serverMsgId);
    const modified = alice.WebIM.message.create({ type: 'txt', chatType: 'singleChat', to: 'bob', msg: 'hello!' });
    await call(alice, 'modifyMessage', { messageId: sent.serverMsgId, modifiedMessage: modified });
    const edit = await receiver.next({ chat_type: 'edit' });
    assert.deepEqual(
      [edit.payload.edit_message_id, edit.payload.bodies[0].msg, edit.payload.meta.edit_msg.operator],
      [sent.serverMsgId, 'hello!', 'alice'],
    );
    await alice.recall(sent.serverMsgId, 'bob');
    assert.equal((await receiver.next({ chat_type: 'recall' })).recall_id, sent.serverMsgId);
    await call(bob, 'addReaction', { messageId: said.serverMsgId, reaction: '👍' });
    const reaction = await receiver.next({ chat_type: 'notify' });
    assert.deepEqual([reaction.payload.type, reaction.group_id], ['reaction', group]);
  });

  test('reactions are told once, and what becomes of threads', async () => {
    const { app, receiver } = await post('notify', { events: ['chat:txt', 'groupchat:txt'] }, ['alice', 'bob']);
    const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob')]);
    const sent = await alice.text('bob', 'hello');
    await bob.next('onTextMessage', { id: sent.serverMsgId });
    await call(bob, 'addReaction', { messageId: sent.serverMsgId, reaction: 'ok' });
    const { from, to, payload } = await receiver.next({ chat_type: 'notify' });
    assert.deepEqual([from, to, payload.type, payload.channel_type, payload.num], ['bob', 'alice', 'reaction', 'chat', 1]);
    const [{ reactions, messageId }] = payload.data;
    assert.equal(messageId, sent.serverMsgId);
    assert.deepEqual([reactions[0].reaction, reactions[0].userList, 'state' in reactions[0]], ['ok', ['bob'], false]);

    const group = await app.createGroup('alice', ['bob']);
    const below = await alice.groupText(group, 'let us talk');
    const made = await call(alice, 'createChatThread', { parentId: group, name: 'talk', messageId: below.serverMsgId });
    const thread = made.data.chatThreadId;
    const ofThread = (operation) => (body) => body.payload?.type === 'thread' && body.payload.data.operation === operation;
    assert.equal((await receiver.next(ofThread('create'))).payload.data.id, thread);
    await call(bob, 'joinChatThread', { chatThreadId: thread });
    const joined = await receiver.next(ofThread('join'));
    assert.deepEqual([joined.payload.data.id, joined.payload.data.from, joined.group_id], [thread, 'bob', group]);
    const said = await bob.send({ type: 'txt', to: thread, chatType: 'groupChat', isChatThread: true, msg: 'in it' });
    const update = await receiver.next(ofThread('update_msg'));
    const { data } = update.payload;
    assert.deepEqual([data.id, data.from, data.muc_parent_id, data.message_count], [thread, 'bob', group, 1]);
    assert.deepEqual([update.msg_id, data.last_message.payload.bodies[0].msg], [said.serverMsgId, 'in it']);
    assert.equal(update.callId, `${app.key}_${said.serverMsgId}_thread`);
    await call(bob, 'leaveChatThread', { chatThreadId: thread });
    assert.equal((await receiver.next(ofThread('leave'))).payload.data.from, 'bob');
    // What was told before is told in the order of the log: nothing comes after this.
    const last = await alice.text('bob', 'the end');
    await receiver.wait({ msg_id: last.serverMsgId });
    assert.equal(receiver.seen((body) => body.payload?.type === 'reaction').length, 1);
  });

  test('operations on groups, contacts, and who comes and goes', async () => {
    const { app, receiver } = await post('events', { group_event_format: 'both' }, ['alice', 'bob', 'carol']);
    const alice = await connect(app, 'alice');
    const login = await receiver.next({ reason: 'login', status: 'online' });
    assert.match(login.user, new RegExp(`^${app.key}_alice@easemob.com/`));
    const made = await call(alice, 'createGroupVNext', { groupName: 'g', description: 'd', maxMemberCount: 10, members: ['bob'] });
    const group = made.data.groupId;
    const created = await receiver.next((body) => body.payload?.operation === 'create');
    assert.deepEqual([created.group_id, created.payload.is_chatroom], [group, false]);
    assert.match(created.payload.muc_id, new RegExp(`_${group}@conference.easemob.com$`));
    const direct = await receiver.next((body) => body.payload?.operation === 'direct_joined');
    assert.equal(direct.to, 'bob');
    const newer = await receiver.next((body) => body.event === 'group_op_event' && body.operation === 'CREATE');
    assert.deepEqual([newer.type, newer.id, newer.operator, newer.payload.member], ['GROUP', group, 'alice', ['alice', 'bob']]);
    assert.deepEqual([newer.payload.info.title, newer.payload.info.max_users], ['g', '10']);
    await call(alice, 'muteGroupMember', { groupId: group, username: 'bob', muteDuration: 60_000 });
    const muted = await receiver.next((body) => body.operation === 'MUTE');
    assert.ok(muted.payload.expire_timestamp > Date.now());
    await call(alice, 'updateGroupAnnouncement', { groupId: group, announcement: 'news' });
    assert.equal((await receiver.next((body) => body.payload?.operation === 'update_announcement')).payload.reason, 'news');
    await call(alice, 'removeGroupMember', { groupId: group, username: 'bob' });
    assert.equal((await receiver.next((body) => body.payload?.operation === 'kick')).to, 'bob');
    await call(alice, 'inviteUsersToGroup', { groupId: group, users: ['carol'] });
    await receiver.next((body) => body.payload?.operation === 'direct_joined' && body.to === 'carol');
    await call(alice, 'blockGroupMember', { groupId: group, username: 'carol' });
    assert.equal((await receiver.next((body) => body.payload?.operation === 'ban')).to, 'carol');
    const blocked = await receiver.next((body) => body.operation === 'LEAVE' && body.payload.type === 'BLOCK');
    assert.deepEqual([blocked.operator, blocked.member_count, blocked.payload.member], ['alice', 1, ['carol']]);
    receiver.none((body) => body.payload?.operation === 'kick' && body.to === 'carol');
    await call(alice, 'destroyGroup', { groupId: group });
    await receiver.next((body) => body.payload?.operation === 'destroy');

    await call(alice, 'addContact', 'carol', 'hi');
    const asked = await receiver.next((body) => body.chat_type === 'roster' && body.payload.operation === 'add');
    assert.deepEqual([asked.from, asked.to, asked.payload.reason], ['alice', 'carol', 'hi']);
    await call(alice, 'addUsersToBlocklist', { name: ['carol'] });
    const shut = await receiver.next((body) => body.chat_type === 'roster' && body.payload.operation === 'ban');
    assert.deepEqual([shut.from, shut.to, shut.payload.status], ['alice', 'carol', { error_code: 'ok' }]);
    await call(alice, 'removeUserFromBlocklist', { name: ['carol'] });
    const allowed = await receiver.next((body) => body.chat_type === 'roster' && body.payload.operation === 'allow');
    assert.deepEqual([allowed.from, allowed.to], ['alice', 'carol']);
    alice.connection.close();
    assert.equal((await receiver.next({ status: 'offline' })).reason, 'logout');
  });

  test('a rule tells only what it selects', async () => {
    const fields = { events: ['chat:txt'], from_ids: ['Alice'], to_ids: ['bob'], ext_keys: ['tell'], rest_messages: false };
    const { app, receiver } = await post('filter', fields, ['alice', 'bob', 'carol']);
    const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob')]);
    const told = { ext: { tell: 1 } };
    await bob.text('alice', 'other sender', told);
    await alice.text('carol', 'other receiver', told);
    await alice.text('bob', 'no key');
    await alice.send({ type: 'cmd', to: 'bob', action: 'other kind', ...told });
    await app.sendToUsers('alice', ['bob'], 'txt', { msg: 'by rest' }, told);
    await alice.text('bob', 'this', told);
    await receiver.next((body) => body.payload.bodies[0].msg === 'this');
    assert.equal(receiver.calls.length, 1);
  });

  test('what fails is tried twice, kept, and sent again when somebody asks', async () => {
    const { app, receiver, rule } = await post('cache', { events: ['chat'] });
    await app.feature('callback_failure_cache', 'on');
    // The server feels what a command changes within two seconds.
    await eventually(() => app.ok('GET', '/callbacks/storage/info'));
    const alice = await connect(app, 'alice');
    receiver.answer = () => ({ status: 500 });
    const sent = await alice.text('bob', 'lost?');
    const tries = await receiver.wait({ msg_id: sent.serverMsgId }, 2);
    assert.deepEqual(tries.map(({ headers }) => headers['x-callback-attempt']), ['1', '2']);
    assert.equal(tries[0].body.callId, tries[1].body.callId);
    const kept = await eventually(async () => {
      const { items } = await staff.ok('GET', path(app, `/${rule.id}/deliveries?state=failed`));
      assert.equal(items.length, 1);
      return items[0];
    });
    assert.deepEqual([kept.call_id, kept.kind, kept.attempts, kept.status], [tries[0].body.callId, 'chat:txt', 2, 500]);
    const info = (await app.ok('GET', '/callbacks/storage/info')).data;
    assert.deepEqual(info.map(({ size, retry }) => [size, retry]), [[1, 0]]);
    assert.match(info[0].date, /^\d{11}0$/);
    const retry = (fields) => app.call('POST', '/callbacks/storage/retry', { date: info[0].date, retry: 0, ...fields });
    assert.equal((await retry({})).body.data, 'failure');
    receiver.answer = () => ({});
    const elsewhere = await Receiver.start({ secret: rule.hx_secret });
    receivers.push(elsewhere);
    assert.equal((await retry({ targetUrl: elsewhere.url })).body.data, 'success');
    elsewhere.verify((await elsewhere.wait({ msg_id: sent.serverMsgId }))[0]);
    assert.deepEqual((await app.ok('GET', '/callbacks/storage/info')).data, []);

    const before = receiver.calls.length;
    const replayed = await staff.ok('POST', path(app, `/${rule.id}/replay`), { ids: [kept.id] });
    assert.equal(replayed.replayed, 1);
    await eventually(() => assert.equal(receiver.calls.length, before + 1));
    await app.feature('callback_failure_cache', 'off');
    await eventually(async () => assert.equal((await app.call('GET', '/callbacks/storage/info')).status, 403));
  });

  test('what failed is sent again in order within a conversation', async () => {
    const { app, receiver } = await post('again', { events: ['chat'] }, ['alice', 'bob', 'carol']);
    await app.feature('callback_failure_cache', 'on');
    await eventually(() => app.ok('GET', '/callbacks/storage/info'));
    receiver.answer = () => ({ status: 500 });
    const sent = { bob: [], carol: [] };
    for (let n = 0; n < 15; n += 1) {
      for (const [to, ids] of Object.entries(sent)) {
        ids.push(String((await app.sendToUsers('alice', [to], 'txt', { msg: `${n}` }))[to]));
      }
    }
    // Each is tried twice: too few failures for a ban.
    await receiver.wait({ from: 'alice' }, 60);
    const kept = await eventually(async () => {
      const { data } = await app.ok('GET', '/callbacks/storage/info');
      assert.equal(data.reduce((all, { size }) => all + size, 0), 30);
      return data;
    });
    const before = receiver.calls.length;
    // Later ones would be answered sooner, were they sent at the same time.
    receiver.answer = ({ body }) => ({ delay: 40 - 2 * Number(body.payload.bodies[0].msg) });
    for (const { date } of kept.sort((a, b) => a.date.localeCompare(b.date))) {
      assert.equal((await app.ok('POST', '/callbacks/storage/retry', { date, retry: 0 })).data, 'success');
    }
    const again = receiver.calls.slice(before).map(({ body, at }) => ({ to: body.to, id: body.msg_id, at }));
    for (const [to, ids] of Object.entries(sent)) {
      const told = again.filter((one) => one.to === to);
      assert.deepEqual(told.map(({ id }) => id), ids);
      // One after the other: none came before the one before it was answered.
      told.slice(1).forEach(({ at }, n) => assert.ok(at - told[n].at >= 40 - 2 * n - 5));
    }
  });

  test('a durable rule goes on until it is heard, in order within a conversation', async () => {
    const { app, receiver } = await post('durable', { delivery: 'durable', events: ['chat'] }, ['alice', 'bob', 'carol']);
    const alice = await connect(app, 'alice');
    let down = true;
    receiver.answer = ({ body }) => (down && body.to === 'bob' ? { status: 503 } : {});
    const first = await alice.text('bob', '1');
    await receiver.wait({ msg_id: first.serverMsgId });
    for (const msg of ['2', '3']) await alice.text('bob', msg);
    const other = await alice.text('carol', 'meanwhile');
    await receiver.wait({ msg_id: other.serverMsgId });
    down = false;
    await receiver.wait((body) => body.payload.bodies[0].msg === '3', 1, 20_000);
    const order = receiver.seen({ to: 'bob' }).map(({ body }) => body.payload.bodies[0].msg);
    assert.deepEqual([...new Set(order)], ['1', '2', '3']);
    assert.ok(order.lastIndexOf('1') < order.indexOf('2'));
  });

  test('a server that crashes between a message and its callback tells it after the start', async () => {
    const settings = { HONGYAN_CALLBACKS__ALLOW_NETWORKS: '127.0.0.0/8' };
    const label = `${server.label}-crash`;
    let running = await startServer({ label, settings });
    const operator = await Staff.operator(running.facts);
    const app = await createApp('crash', 't1', running.facts);
    await app.register('alice', 'bob');
    const receiver = await Receiver.start();
    receivers.push(receiver);
    const form = { ...FORM, kind: 'post', name: 'rule', url: receiver.url, events: ['chat'], delivery: 'durable' };
    await operator.ok('POST', path(app), form);
    // Takes what comes and answers nothing, so that nothing is known to be delivered.
    receiver.answer = () => ({ delay: 60_000 });
    const send = async (n) => String(Object.values(await app.sendToUsers('alice', ['bob'], 'txt', { msg: `${n}` }))[0]);
    const sent = [await send(0)];
    await receiver.wait({ msg_id: sent[0] });
    for (let n = 1; n < 20; n += 1) sent.push(await send(n));
    await running.crash();
    receiver.server.closeAllConnections();
    const before = receiver.calls.length;
    receiver.answer = () => ({});
    running = await startServer({ label, facts: running.facts, settings });
    await receiver.wait({ msg_id: sent.at(-1) }, 1, 20_000);
    const told = receiver.calls.slice(before).map(({ body }) => body.msg_id);
    // All of them, in order; what was under way when it crashed came before, under the same callId.
    assert.deepEqual([...new Set(told)], sent);
    assert.equal(told.length, sent.length);
    assert.equal((await running.stop()).code, 0);
  });

  test('a sample can be sent by hand, and looks as what the rule is told', async () => {
    const { app, receiver, rule } = await post('sample', {});
    const sample = async (event) => {
      const tried = await staff.ok('POST', path(app, `/${rule.id}/test`), { event });
      assert.deepEqual([tried.status, tried.error], [200, null], event);
      const got = receiver.calls.at(-1);
      receiver.verify(got);
      assert.equal(got.text, tried.request_body);
      return got.body;
    };
    const kick = await sample('muc:kick');
    assert.deepEqual([kick.payload.operation, kick.to, kick.group_id], ['kick', 'test2', '1']);
    for (const [event, type, kind] of [
      ['chat:txt', 'txt', 'chat:user:text'],
      ['chat:img', 'img', 'chat:user:image'],
      ['groupchat:video', 'video', 'chat:group:video'],
      ['chatroom:custom', 'custom', 'chat:room:custom'],
      ['chat:combine', 'txt', 'chat:user:txt'],
    ]) {
      const { payload, content_type, msg_id } = await sample(event);
      assert.deepEqual([payload.bodies[0].type, content_type], [type, kind]);
      assert.match(msg_id, /^\d+$/);
    }
    const status = await sample('userStatus:logout');
    assert.deepEqual([status.reason, status.status, 'eventType' in status, 'from' in status], ['logout', 'offline', false, false]);
    const words = await sample('sensitiveWords:replaced');
    assert.deepEqual(
      [words.alertReason, words.status, words.chatType, words.contentType],
      ['replaced', 'replace', 'chat:user:text', 'message'],
    );
    for (const event of ['recall', 'edit', 'read_ack', 'group_read_ack', 'roster:ban', 'moderation', 'push:fail']) await sample(event);
    await staff.ok('PUT', path(app, `/${rule.id}`), { ...rule, group_event_format: 'group_op_event' });
    const newer = await sample('muc:kick');
    assert.deepEqual([newer.event, newer.operation, newer.payload], ['group_op_event', 'LEAVE', { type: 'KICK', member: ['test2'] }]);
    const asked = await staff.call('POST', path(app, `/${rule.id}/test`), { event: 'muc:apply' });
    assert.deepEqual([asked.status, asked.body.field], [400, 'event']);
  });

  test('names, addresses and numbers', async () => {
    const { app, receiver } = await post('rules', {});
    const make = (fields) => staff.call('POST', path(app), { ...FORM, kind: 'post', name: 'x', url: receiver.url, ...fields });
    for (const [fields, field] of [
      [{ name: 'rule' }, 'name'],
      [{ name: '规则' }, 'name'],
      [{ name: '' }, 'name'],
      [{ url: 'ftp://example.com' }, 'url'],
      [{ url: 'http://user:pass@example.com/' }, 'url'],
      [{ url: 'http://example.com/#x' }, 'url'],
      [{ url: `http://example.com/${'x'.repeat(512)}` }, 'url'],
      [{ custom_secret: 'short' }, 'custom_secret'],
      [{ events: [] }, 'events'],
      [{ events: ['nothing'] }, 'events'],
      ...['chat:nope', 'muc:nope', 'roster:nope', 'userStatus:nope', 'notify', 'chat:'].map((event) => [{ events: [event] }, 'events']),
      [{ url: 'http://example.com:99999/' }, 'url'],
      [{ url: 'http://example.com/回调' }, 'url'],
      [{ event_classes: [] }, 'event_classes'],
      [{ from_ids: Array.from({ length: 51 }, (_, n) => `u${n}`) }, 'from_ids'],
      [{ kind: 'pre', name: '规则 1', timeout_ms: 9 }, 'timeout_ms'],
      [{ kind: 'pre', name: '规则 1', msg_types: [] }, 'msg_types'],
    ]) {
      const { status, body } = await make(fields);
      assert.deepEqual([status, body.field], [400, field], JSON.stringify([fields, body]));
    }
    const known = ['chat:unknown', 'group_op_event', 'group_op_event:JOIN', 'muc:room_super_admin', 'roster:ban', '*'];
    assert.equal((await make({ name: 'two', events: known })).status, 200);
    for (const name of ['three', 'four']) assert.equal((await make({ name })).status, 200);
    const fifth = await make({ name: 'five' });
    assert.deepEqual([fifth.status, fifth.body.error], [409, 'quota_exceeded']);
  });
});

describe('sensitive words', () => {
  const words = (app, below, method = 'GET', body) =>
    staff.ok(method, `/apps/${app.org}/${app.name}/sensitive-words${below}`, body);
  const settings = { enabled: true, policy: 'block', ignore_case: true, normalise: true, scopes: ['chat', 'groupchat', 'chatroom'] };

  test('are refused, replaced, or let pass and noted, also in edits and from the server', async () => {
    const app = await createApp('words');
    await app.register('alice', 'bob');
    const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob')]);
    const added = await words(app, '/words', 'POST', { text: '\u{feff}# a list\n坏词\r\nDamn\n\n坏词\n' });
    assert.deepEqual(added, { added: 2, duplicate: 1, too_long: 0, over_limit: 0 });
    await words(app, '/settings', 'PUT', settings);
    await eventually(async () => {
      assert.equal((await rejection(alice.text('bob', '这是坏-词！'))).type, ILLEGAL_CONTENT);
    });
    assert.equal((await rejection(alice.text('bob', 'ＤＡＭＮ it'))).type, ILLEGAL_CONTENT);
    const rest = { from: 'alice', to: ['bob'], type: 'txt', body: { msg: 'damn' } };
    assert.equal((await app.call('POST', '/messages/users', rest)).status, 403);
    const fine = await alice.text('bob', 'a fine text');
    await bob.next('onTextMessage', { id: fine.serverMsgId });
    const edited = alice.WebIM.message.create({ type: 'txt', chatType: 'singleChat', to: 'bob', msg: '坏词' });
    const refused = await rejection(call(alice, 'modifyMessage', { messageId: fine.serverMsgId, modifiedMessage: edited }));
    assert.equal(refused.type, ILLEGAL_CONTENT);

    await words(app, '/settings', 'PUT', { ...settings, policy: 'replace' });
    await eventually(async () => {
      const masked = await alice.text('bob', '有坏词和damn。');
      assert.equal((await bob.next('onTextMessage', { id: masked.serverMsgId })).msg, '有***和***。');
    });
    await words(app, '/settings', 'PUT', { ...settings, policy: 'record', scopes: ['groupchat'] });
    const group = await app.createGroup('alice', ['bob']);
    await eventually(async () => {
      const passed = await alice.groupText(group, '坏词');
      assert.equal((await bob.next('onTextMessage', { id: passed.serverMsgId })).msg, '坏词');
      const { items } = await words(app, '/hits?verdict=record');
      assert.equal(items[0]?.target, group);
      assert.deepEqual([items[0].sender, items[0].words, items[0].chat_type], ['alice', ['坏词'], 'groupchat']);
    });
    const tested = await words(app, '/test', 'POST', { text: 'x 坏词' });
    assert.deepEqual([tested.verdict, tested.hits], ['record', [{ word: '坏词', start: 2, end: 4 }]]);
    assert.equal((await words(app, '/remove', 'POST', { words: ['坏词'] })).removed, 1);
    assert.deepEqual((await words(app, '/words?search=da')).items.map(({ word }) => word), ['Damn']);
  });
});
