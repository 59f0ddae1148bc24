// Phones of users who are away: what makes them ring and what they show, seen by a vendor that is this test.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createApp, server } from '../lib/app.js';
import { connect, eventually, within } from '../lib/client.js';
import { freshDatabase } from '../lib/postgres.js';
import { startProxy } from '../lib/proxy.js';
import { FORM, Receiver } from '../lib/receiver.js';
import { startServer } from '../lib/server.js';
import { Staff } from '../lib/staff.js';

/** The name of the certificate of every app here. */
const SENDER = '1074839201';

const call = (client, method, ...args) => within(method, client.connection[method](...args));

describe('push', () => {
  let running, database, staff, vendor, hooks;
  before(async () => {
    vendor = await Receiver.start();
    hooks = await Receiver.start();
    if (server.database) database = await freshDatabase(process.env.HONGYAN_TEST_POSTGRES);
    const settings = {
      HONGYAN_PUSH__FCM_LEGACY__BASE_URL: new URL(vendor.url).origin,
      HONGYAN_CALLBACKS__ALLOW_NETWORKS: '127.0.0.0/8',
      HONGYAN_PUBLIC_URL: 'https://im.example.com',
      // Longer than anybody here waits for what an answer holds up.
      HONGYAN_PUSH__TIMEOUT_SECONDS: '60',
    };
    running = await startServer({ label: `${server.label}-push-sdk`, database: database?.url, settings });
    running.settings = settings;
    staff = await Staff.operator(running.facts);
  });
  after(async () => {
    const end = await running.stop();
    await Promise.all([vendor.stop(), hooks.stop()]);
    await database?.drop();
    assert.equal(end.code, 0, end.log);
  });

  const api = (app, below = '') => `/apps/${app.org}/${app.name}${below}`;
  /** FCM as it answers by default; tokens that begin with `gone` are not registered. */
  const accepts = ({ body }) =>
    body.to.startsWith('gone')
      ? { body: { success: 0, failure: 1, results: [{ error: 'NotRegistered' }] } }
      : { body: { success: 1, failure: 0, results: [{ message_id: `of-${body.to}` }] } };
  const certificate = { kind: 'fcm_legacy', fields: { sender_id: SENDER, server_key: 'AAAA-server-key' } };
  const bind = (app, user, device, token) =>
    app.ok('PUT', `/users/${user}/push/binding`, { device_id: device, device_token: token, notifier_name: SENDER });

  /** An app with a certificate, in which each of `users` has a phone bound under `token-<app>-<user>`. */
  async function scene(purpose, users = ['alice', 'bob']) {
    vendor.answer = accepts;
    const app = await createApp(purpose, 't1', running.facts);
    await app.register(...users);
    await staff.ok('POST', api(app, '/push/certificates'), certificate);
    const token = (user) => `token-${app.name}-${user}`;
    for (const user of users) await bind(app, user, 'phone', token(user));
    return { app, token };
  }

  /** Waits until a phone rings for a message; gives what it shows. */
  async function rings(token, id) {
    const [{ body }] = await vendor.wait((asked) => asked.to === token && (!id || asked.data.m === id));
    return body;
  }

  /** Sends something to somebody whose phone has to ring, so that what rang before it has rung by then. */
  async function settled(app, token, to = 'marker') {
    const id = await app.sendToUsers('admin', [to], 'txt', { msg: 'marker' });
    await rings(token(to), Object.values(id)[0]);
  }

  test('a message, by whomever it was sent, rings the phone of who is away, and nobody else', async () => {
    const { app, token } = await scene('away', ['alice', 'bob', 'carol', 'marker']);
    const [alice, carol] = await Promise.all([connect(app, 'alice'), connect(app, 'carol')]);
    await app.ok('PUT', '/users/alice', { nickname: 'Alice L.' });
    const { serverMsgId } = await alice.text('bob', 'come back');
    const shown = await rings(token('bob'), serverMsgId);
    assert.deepEqual([shown.notification.title, shown.notification.body], ['您有一条新消息', '请点击查看']);
    assert.deepEqual([shown.data.t, shown.data.f, shown.data.m, shown.data.g], ['bob', 'alice', serverMsgId, undefined]);

    // What a user wants to see there.
    await app.ok('PUT', '/users/bob', { notification_display_style: 1 });
    const said = await alice.text('bob', 'really');
    assert.equal((await rings(token('bob'), said.serverMsgId)).notification.body, 'Alice L.: really');
    const group = await app.createGroup('alice', ['bob', 'carol'], { groupname: 'Geese' });
    const inGroup = await alice.groupText(group, 'to all');
    const ofGroup = await rings(token('bob'), inGroup.serverMsgId);
    assert.deepEqual(
      [ofGroup.notification.title, ofGroup.notification.body, ofGroup.data.g],
      ['Geese', 'Alice L.: to all', group],
    );
    const byRest = Object.values(await app.sendToUsers('alice', ['bob'], 'txt', { msg: 'by rest' }))[0];
    assert.equal((await rings(token('bob'), byRest)).notification.body, 'Alice L.: by rest');

    await alice.text('carol', 'you are here');
    await carol.next('onTextMessage', { msg: 'you are here' });
    await alice.send({ type: 'cmd', to: 'bob', chatType: 'singleChat', action: 'silent' });
    await settled(app, token);
    vendor.none((asked) => asked.to === token('carol') || asked.to === token('alice'));
    assert.equal(vendor.seen({ to: token('bob') }).length, 4, 'each once, and no command');
  });

  test('what users wish by their SDK is kept', async () => {
    const { app, token } = await scene('wishes', ['alice', 'bob', 'marker']);
    const alice = await connect(app, 'alice');
    const group = await app.createGroup('alice', ['bob']);
    const bob = await connect(app, 'bob');
    const wish = (options) => call(bob, 'setSilentModeForAll', { options });
    await wish({ paramType: 0, remindType: 'AT' });
    bob.logout();
    await eventually(async () => assert.equal((await app.ok('GET', '/users/bob/status')).data.bob, 'offline'));

    await alice.groupText(group, 'to all');
    const mentioned = await alice.groupText(group, 'to bob', { ext: { em_at_list: ['bob'] } });
    await rings(token('bob'), mentioned.serverMsgId);
    const forced = await alice.text('bob', 'wake up', { ext: { em_force_notification: true } });
    await rings(token('bob'), forced.serverMsgId);
    await app.ok('PUT', `/users/bob/notification/chatgroup/${group}`, { type: 'ALL' });
    const here = await alice.groupText(group, 'to all again');
    await rings(token('bob'), here.serverMsgId);
    await app.ok('PUT', '/users/bob/notification/user/bob', { ignoreDuration: 60_000 });
    await alice.groupText(group, 'quiet');
    await settled(app, token);
    assert.equal(vendor.seen({ to: token('bob') }).length, 3);
  });

  test('templates: the reader’s, the sender’s, and the one for a single reader', async () => {
    const { app, token } = await scene('templates', ['alice', 'bob', 'carol']);
    const template = (name, title_pattern, content_pattern) =>
      app.ok('POST', '/notification/template', { name, title_pattern, content_pattern });
    await template('order', 'Order {0}', '{$fromNickname}: {$msg}');
    await template('plain', 'P', 'p');
    const alice = await connect(app, 'alice');
    const group = await app.createGroup('alice', ['bob', 'carol']);
    const ext = {
      em_push_template: {
        name: 'order',
        title_args: ['17'],
        directed_template: { target: ['carol'], name: 'order', title_args: ['18'] },
      },
    };
    const { serverMsgId } = await alice.groupText(group, 'ready', { ext });
    const title = async (user, id) => (await rings(token(user), id)).notification.title;
    assert.deepEqual([await title('bob', serverMsgId), await title('carol', serverMsgId)], ['Order 17', 'Order 18']);
    await app.ok('PUT', '/users/bob/notification/template', { templateName: 'plain' });
    const chosen = await alice.text('bob', 'x', { ext: { em_apns_ext: { em_push_title: 'T' } } });
    assert.equal(await title('bob', chosen.serverMsgId), 'P');
  });

  test('an address that the vendor does not know is forgotten; one that changes hands rings for the new owner', async () => {
    const { app, token } = await scene('addresses', ['alice', 'bob', 'carol', 'marker']);
    const alice = await connect(app, 'alice');
    const bindings = async (user) => (await app.ok('GET', `/users/${user}/push/binding`)).entities;
    await bind(app, 'bob', 'old-phone', 'gone-long-ago');
    await alice.text('bob', 'hello');
    await rings('gone-long-ago');
    await eventually(async () => assert.deepEqual((await bindings('bob')).map((one) => one.device_id), ['phone']));

    // The phone of bob is carol's now: her SDK says so.
    const carol = await connect(app, 'carol');
    await call(carol, 'uploadPushToken', { deviceId: 'found', deviceToken: token('bob'), notifierName: SENDER });
    carol.logout();
    assert.deepEqual(await bindings('bob'), []);
    await eventually(async () => assert.equal((await app.ok('GET', '/users/carol/status')).data.carol, 'offline'));
    const toBob = await alice.text('bob', 'for bob only');
    const toCarol = await alice.text('carol', 'for carol');
    await rings(token('bob'), toCarol.serverMsgId);
    await settled(app, token);
    vendor.none((asked) => asked.data.m === toBob.serverMsgId);
    // Without a token it is unbound.
    await app.ok('PUT', '/users/carol/push/binding', { device_id: 'found', device_token: '', notifier_name: SENDER });
    assert.deepEqual((await bindings('carol')).map((one) => one.device_id), ['phone']);
  });

  test('with the other policy each device rings for itself, but not one that was logged out', async () => {
    const { app, token } = await scene('policy', ['alice', 'bob', 'marker']);
    const policy = (name) =>
      staff.ok('PUT', api(app, '/push/policy'), { policy: name, time_zone: 'Asia/Shanghai', language: 'en' });
    const alice = await connect(app, 'alice');
    const bob = await connect(app, 'bob', { device: 'desk' });
    await policy('any_offline');
    await eventually(async () => {
      const { serverMsgId } = await alice.text('bob', 'both');
      await bob.next('onTextMessage', { id: serverMsgId });
      await rings(token('bob'));
    });
    assert.equal(vendor.seen({ to: token('bob') })[0].body.notification.title, 'You have a new message');

    // The device that rings logs in, and is thrown out by the app's server.
    const phone = await connect(app, 'bob', { device: 'phone' });
    await app.ok('DELETE', `/users/bob/disconnect/${phone.connection.clientResource}`);
    await phone.next('onDisconnected');
    await eventually(async () => assert.deepEqual((await app.ok('GET', '/users/bob/push/binding')).entities, []));
    const { serverMsgId } = await alice.text('bob', 'not on the phone');
    await settled(app, token);
    vendor.none((asked) => asked.data.m === serverMsgId);
  });

  test('what was on its way to a connection that broke rings after all', async () => {
    const { app, token } = await scene('broken');
    const proxy = await startProxy({ to: running.facts.baseUrl });
    const alice = await connect(app, 'alice');
    await rings(token('bob'), (await alice.text('bob', 'come here')).serverMsgId);
    const bob = await connect(app, 'bob', { url: proxy.socketUrl });
    const here = await alice.text('bob', 'you are here');
    const becomes = (id, state) =>
      eventually(async () => {
        const { recipients } = await staff.ok('GET', api(app, `/queries/delivery/${id}`));
        assert.deepEqual([recipients.items[0].state, recipients.items[0].pushes], [state, []]);
      });
    await becomes(here.serverMsgId, 'delivered');
    // Nothing gets through any more, and nobody has noticed.
    proxy.swallow();
    const lost = await alice.text('bob', 'are you?');
    await becomes(lost.serverMsgId, 'waiting');
    proxy.close();
    const [{ body }] = await vendor.wait((asked) => asked.data.m === lost.serverMsgId, 1, 20_000);
    assert.equal(body.to, token('bob'));
    vendor.none((asked) => asked.data.m === here.serverMsgId);
    bob.discard();
  });

  test('what became of notices is told to the app’s server, shown with the delivery, and counted', async () => {
    const { app, token } = await scene('results', ['alice', 'bob', 'carol']);
    await app.register('dave');
    const form = { ...FORM, kind: 'post', name: 'pushes', url: hooks.url, events: ['push'] };
    const rule = await staff.ok('POST', api(app, '/callbacks'), form);
    hooks.secret = rule.hx_secret;
    await bind(app, 'carol', 'phone', 'gone-carol');
    const alice = await connect(app, 'alice');
    const send = async (to) => (await alice.text(to, 'hello')).serverMsgId;
    const told = (target) => hooks.next((body) => body.target === target);
    const first = await eventually(async () => {
      const id = await send('bob');
      await rings(token('bob'), id);
      return [id, await told('bob')];
    });
    const bob = first[1];
    assert.deepEqual(
      [bob.step, bob.status, bob.channel, bob.chat_type, bob.notifier_name, bob.device_id, bob.device_token, bob.from],
      ['push', 'success', 'ANDROID', 'chat', SENDER, 'phone', token('bob'), 'alice'],
    );
    assert.ok(bob.callId.startsWith(`${app.key}_${bob.msg_id}`) && bob.appkey === app.key);
    hooks.seen({ callId: bob.callId }).forEach((one) => hooks.verify(one));
    await send('carol');
    const carol = await told('carol');
    assert.deepEqual([carol.status, carol.detail, carol.data], ['fail', 'push yet but fail', { result: 'NotRegistered' }]);
    const nobody = await send('dave');
    const dave = await told('dave');
    assert.deepEqual([dave.status, dave.detail, dave.msg_id, dave.device_id], ['fail', 'no push binding', nobody, undefined]);
    assert.equal(dave.payload.bodies[0].msg, 'hello');

    const { recipients } = await staff.ok('GET', api(app, `/queries/delivery/${nobody}`));
    const [{ status, reason }] = recipients.items[0].pushes;
    assert.deepEqual([status, reason], ['failure', 'no push binding']);
    const today = new Date().toLocaleDateString('sv', { timeZone: 'Asia/Shanghai' });
    await eventually(async () => {
      const { status: ok, data } = await app.ok('GET', `/push/data/offline-push/begin/${today}/end/${today}?platform=ANDROID`);
      assert.equal(ok, 'OK');
      const { successCount, failCount } = data[today].ANDROID;
      assert.ok(successCount >= 1 && failCount === 1, JSON.stringify(data));
    });
  });

  test('a notice that the vendor lets hang holds up no other of the same certificate', async () => {
    const { app, token } = await scene('hang', ['alice', 'bob', 'carol']);
    vendor.answer = (asked) => (asked.body.to === token('bob') ? { delay: 60_000 } : accepts(asked));
    const send = async (to) => String(Object.values(await app.sendToUsers('alice', [to], 'txt', { msg: 'hello' }))[0]);
    await rings(token('bob'), await send('bob'));
    for (let n = 0; n < 3; n += 1) await rings(token('carol'), await send('carol'));
    vendor.server.closeAllConnections();
  });

  test('a vendor that refuses the certificate closes it for a while; saving opens it', async () => {
    const { app, token } = await scene('closed', ['alice', 'bob']);
    const alice = await connect(app, 'alice');
    vendor.answer = () => ({ status: 401, body: 'no such key' });
    const state = async () => (await staff.ok('GET', api(app, '/push'))).certificates[0];
    for (let n = 0; n < 12; n += 1) await alice.text('bob', `refused ${n}`);
    await eventually(async () => assert.equal((await state()).status, 'banned'));
    const asked = vendor.seen({ to: token('bob') }).length;
    assert.ok(asked >= 10 && asked <= 12, String(asked));
    const { serverMsgId } = await alice.text('bob', 'not even asked');
    await eventually(async () => {
      const { recipients } = await staff.ok('GET', api(app, `/queries/delivery/${serverMsgId}`));
      assert.equal(recipients.items[0].pushes[0].reason, 'notifier is ban');
    });
    vendor.answer = accepts;
    const { id } = await state();
    await staff.ok('PUT', api(app, `/push/certificates/${id}`), certificate);
    assert.equal((await state()).status, 'ok');
    const again = await alice.text('bob', 'again');
    await rings(token('bob'), again.serverMsgId);
  });

  test('what is said while push is off rings for nobody, not even when it is on again', async () => {
    const { app, token } = await scene('off', ['alice', 'bob']);
    const send = async (text) => Object.values(await app.sendToUsers('alice', ['bob'], 'txt', { msg: text }))[0];
    await rings(token('bob'), await send('before'));
    await staff.ok('PUT', api(app, '/features/push'), { enabled: false });
    const meanwhile = [await send('one'), await send('two')];
    // Every second the server notes since when push is off; nothing tells that it has.
    await new Promise((done) => setTimeout(done, 6000));
    await staff.ok('PUT', api(app, '/features/push'), { enabled: true });
    await rings(token('bob'), await send('on again'));
    const ids = vendor.seen({ to: token('bob') }).map(({ body }) => body.data.m);
    for (const id of meanwhile) assert.ok(!ids.includes(String(id)), id);
  });

  test('a server that is asked to stop waits for what vendors are being asked, and asks no second time', async () => {
    const { app, token } = await scene('stop', ['alice', 'bob']);
    vendor.answer = (asked) => ({ ...accepts(asked), delay: 1500 });
    const sent = [];
    for (let n = 0; n < 10; n += 1) {
      sent.push(String(Object.values(await app.sendToUsers('alice', ['bob'], 'txt', { msg: `${n}` }))[0]));
    }
    await rings(token('bob'), sent.at(-1));
    const { facts, settings } = running;
    const end = await running.stop({ keepData: true });
    assert.equal(end.code, 0, end.log);
    vendor.answer = accepts;
    running = await startServer({ label: facts.label, database: facts.database, facts, settings });
    running.settings = settings;
    const last = String(Object.values(await app.sendToUsers('alice', ['bob'], 'txt', { msg: 'last' }))[0]);
    await rings(token('bob'), last);
    const ids = vendor.seen({ to: token('bob') }).map(({ body }) => body.data.m);
    assert.deepEqual([...ids].sort(), [...sent, last].sort());
  });

  test('a server that crashes while it notifies loses nothing, and repeats at most once', async () => {
    const { app, token } = await scene('crash', ['alice', 'bob']);
    // Takes what comes and answers nothing, so that nothing is known to be taken.
    vendor.answer = () => ({ delay: 60_000 });
    const send = async (n) => String(Object.values(await app.sendToUsers('alice', ['bob'], 'txt', { msg: `${n}` }))[0]);
    const sent = [];
    for (let n = 0; n < 30; n += 1) sent.push(await send(n));
    await rings(token('bob'), sent[0]);
    await running.crash();
    vendor.server.closeAllConnections();
    vendor.answer = accepts;
    const { facts, settings } = running;
    running = await startServer({ label: facts.label, database: facts.database, facts, settings });
    running.settings = settings;
    const ids = () => vendor.seen({ to: token('bob') }).map(({ body }) => body.data.m);
    sent.push(await send('last'));
    await rings(token('bob'), sent.at(-1));
    // What was under way rings again once the one that took it is given up.
    await eventually(() => assert.deepEqual(new Set(ids()), new Set(sent)));
    for (const id of sent) assert.ok(ids().filter((one) => one === id).length <= 2, id);
  });
});
