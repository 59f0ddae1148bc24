// 消息推送 by hand: certificates and templates as the documentation of the product's customers describes them, and what is
// then pushed, to a vendor that is this test.

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { server } from '../lib/app.js';
import { connect, eventually } from '../lib/client.js';
import { openConsole } from '../lib/console.js';
import { Receiver } from '../lib/receiver.js';
import { startServer } from '../lib/server.js';
import { Staff } from '../lib/staff.js';

/** Answers as FCM did until 2024: tokens that begin with `gone` are not registered. */
const fcm = ({ body }) =>
  body.to.startsWith('gone')
    ? { body: { success: 0, failure: 1, results: [{ error: 'NotRegistered' }] } }
    : { body: { success: 1, failure: 0, results: [{ message_id: `of-${body.to}` }] } };

const SENDER = '1074839201';

describe('push', () => {
  let running, owner, vendor;
  before(async () => {
    vendor = await Receiver.start();
    vendor.answer = fcm;
    const settings = {
      HONGYAN_CONSOLE__REGISTRATION: 'open',
      HONGYAN_PUSH__FCM_LEGACY__BASE_URL: new URL(vendor.url).origin,
    };
    running = await startServer({ label: `${server.label}-push`, settings });
    owner = await Staff.register('push', running.facts);
  });
  after(async () => {
    const end = await running.stop();
    await vendor.stop();
    assert.equal(end.code, 0, end.log);
  });

  const api = (app) => `/apps/${app.org}/${app.name}`;
  const pageOf = (app, path, options = {}) =>
    openConsole(`/app/${app.org}/${app.name}/im/${path}`, { staff: owner, ...options });
  const upload = (page, name, text) =>
    page.dialog
      .locator('input[type=file]')
      .setInputFiles({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(text) });
  /** Chooses from the list of a field of the dialog in front. */
  async function choose(page, field, option) {
    await page.dialog.getByLabel(field, { exact: true }).click();
    await page.page.locator('.ant-select-item-option:visible').filter({ hasText: option }).click();
  }
  /** A certificate of FCM, made by the API. */
  const addFcm = (app) =>
    owner.ok('POST', `${api(app)}/push/certificates`, {
      kind: 'fcm_legacy',
      fields: { sender_id: SENDER, server_key: 'AAAA-server-key', sound: null, channel_id: null, priority: 'high', shape: 'both' },
    });
  const bind = (app, user, device, token) =>
    app.ok('PUT', `/users/${user}/push/binding`, { device_id: device, device_token: token, notifier_name: SENDER });

  test('a certificate is added by the rules, edited, disabled and deleted', async () => {
    const app = await owner.createApp('certs');
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
    const page = await pageOf(app, 'push/certs', { tolerate: [/400 \(Bad Request\)/, /409 \(Conflict\)/] });
    await page.sees('还没有推送证书');
    await page.page.getByRole('button', { name: /添加推送证书/ }).click();
    await page.page.getByRole('tab', { name: '苹果' }).click();
    await page.sees('开发环境和生产环境的证书需要分别上传');
    await page.dialog.getByRole('radio', { name: 'p8' }).check();
    await page.dialog.getByLabel('Key ID', { exact: true }).waitFor();
    await page.inDialog('保存');
    for (const words of ['请输入证书名称', '请选择文件', '请输入Key ID', '请选择集成环境']) await page.sees(words);
    await page.fill({ 证书名称: 'chat_ios', 'Key ID': 'ABC123', 'Team ID': 'DEF123GHIJ', 'Bundle ID': 'com.example.chat' });
    await page.dialog.getByRole('radio', { name: '开发环境' }).check();
    await upload(page, 'AuthKey.p12', key);
    await page.inDialog('保存');
    await page.sees('请选择 .p8 文件');
    await page.sees('必须为 10 个字符');
    await page.fill({ 'Key ID': 'ABC123DEFG' });
    await upload(page, 'AuthKey.p8', 'no key at all');
    await page.inDialog('保存');
    // What the server says of the file stands beside the file.
    const fileItem = page.dialog.locator('.ant-form-item').filter({ has: page.page.locator('input[type=file]') });
    await fileItem.getByText('文件不是 APNs 密钥（P-256 私钥）').waitFor();
    await upload(page, 'AuthKey.p8', key);
    await page.finish('保存');
    const row = page.row('chat_ios');
    for (const words of ['苹果（p8）', '开发环境', 'com.example.chat', '正常']) await row.getByText(words).waitFor();
    await page.shot('push-certificates');

    const stored = await owner.ok('GET', `${api(app)}/push`);
    assert.ok(!JSON.stringify(stored).includes('PRIVATE KEY'), 'the key is shown');
    await page.act('chat_ios', '编辑');
    await page.sees('不选择文件则不变');
    await page.fill({ 'Bundle ID': 'com.example.other' });
    await page.finish('保存');
    await row.getByText('com.example.other').waitFor();

    await page.page.getByRole('button', { name: /添加推送证书/ }).click();
    await page.page.getByRole('tab', { name: '小米' }).click();
    // What the form of Android lacks comes first: its name is not waited for.
    await page.fill({ 推送密钥: 'secret-of-xiaomi', 证书名称: ' 2882303761517 ', 应用包名: 'com.example.chat' });
    await page.finish('保存');
    await page.sees('已配置 2 / 50');
    await page.page.getByRole('button', { name: /添加推送证书/ }).click();
    await page.page.getByRole('tab', { name: '魅族' }).click();
    await page.fill({ 推送密钥: 'secret-of-meizu', 证书名称: '2882303761517', 应用包名: 'com.example.chat' });
    await page.inDialog('保存');
    await page.sees('已有同名的证书');
    await page.inDialog('取消');
    await page.dialogGone();

    await page.act('chat_ios', '停用');
    await page.finish('停用');
    await row.getByText('未启用').waitFor();
    await page.act('chat_ios', '启用');
    await row.getByText('正常').waitFor();
    await page.act('chat_ios', '删除');
    await page.sees('no notifier exist');
    await page.finish('删除');
    await row.waitFor({ state: 'detached' });
    await page.sees('已配置 1 / 50');
  });

  test('the policy is chosen, and stays', async () => {
    const app = await owner.createApp('policy');
    const page = await pageOf(app, 'push/certs');
    await page.page.getByRole('radio', { name: /^部分设备离线时推送/ }).check();
    await page.button('保存').click();
    await page.sees('推送策略已保存');
    assert.equal((await owner.ok('GET', `${api(app)}/push`)).policy, 'any_offline');
    await page.page.reload();
    assert.ok(await page.page.getByRole('radio', { name: /^部分设备离线时推送/ }).isChecked());
  });

  test('a test push says what the vendor says', async () => {
    const app = await owner.createApp('tests');
    await app.register('alice');
    await addFcm(app);
    await bind(app, 'alice', 'phone-1', 'token-of-alice');
    const page = await pageOf(app, 'push/certs');
    await page.act(SENDER, '测试推送');
    await page.fill({ '用户 ID': 'alice' });
    await page.page.keyboard.press('Tab');
    await choose(page, '设备', 'phone-1');
    await page.fill({ 标题: '大雁', 内容: '飞行准备就绪' });
    await page.inDialog('发送');
    await page.sees('厂商已接收');
    await page.sees('of-token-of-alice');
    const [{ body, headers }] = await vendor.wait({ to: 'token-of-alice' });
    assert.equal(headers.authorization, 'key=AAAA-server-key');
    assert.deepEqual([body.notification.title, body.notification.body], ['大雁', '飞行准备就绪']);

    await page.dialog.getByRole('radio', { name: 'Device Token' }).check();
    await page.dialog.getByRole('textbox', { name: 'Device Token' }).fill('gone-for-good');
    await page.inDialog('发送');
    await page.sees('Device Token 无效或已失效');
    await page.sees('NotRegistered');
    await page.shot('push-test');
  });

  test('a message to somebody who is away is pushed, found by its delivery, and counted', async () => {
    const app = await owner.createApp('away');
    await app.register('alice', 'bob');
    await addFcm(app);
    await bind(app, 'bob', 'phone-2', 'token-of-bob');
    const alice = await connect(app, 'alice');
    const { serverMsgId } = await alice.text('bob', 'come back');
    await vendor.wait({ to: 'token-of-bob' });

    const page = await pageOf(app, `queries/delivery?by=message&id=${serverMsgId}`);
    await eventually(async () => {
      const { recipients } = await owner.ok('GET', `${api(app)}/queries/delivery/${serverMsgId}`);
      assert.equal(recipients.items[0].pushes[0].status, 'success');
    });
    await page.row(serverMsgId).getByRole('button', { name: '查看' }).click();
    const recipient = page.dialog.getByRole('row').filter({ hasText: 'bob' });
    for (const words of ['成功', /谷歌 FCM · phone-2/, new RegExp(SENDER)]) await recipient.getByText(words).first().waitFor();
    await page.shot('push-delivery');

    const today = new Date().toLocaleDateString('sv', { timeZone: 'Asia/Shanghai' });
    await eventually(async () => {
      const { days } = await owner.ok('GET', `${api(app)}/stats/push?from=${today}&to=${today}`);
      assert.equal(days[0].channels.find(({ channel }) => channel === 'ANDROID').success, 1);
    });
    await page.goto(`/app/${app.org}/${app.name}/im/stats/push`);
    const figure = (name, value) =>
      page.page.locator('.figure-card').filter({ hasText: name }).getByText(value, { exact: true }).waitFor();
    await figure('成功率', '100%');
    await page.row('谷歌 FCM').getByText('100%').waitFor();
    await page.sees('没有失败的推送');
    const downloading = page.page.waitForEvent('download');
    await page.page.getByRole('link', { name: '导出 CSV' }).click();
    assert.equal(await (await downloading).failure(), null);
    await page.shot('push-statistics');

    await app.register('carol');
    const group = await app.createGroup('alice', ['bob', 'carol'], { maxusers: 100 });
    const said = await alice.groupText(group, 'all of you');
    const pushesOf = async (user) => {
      const { recipients } = await owner.ok('GET', `${api(app)}/queries/delivery/${said.serverMsgId}`);
      return recipients.items.find((recipient) => recipient.user === user).pushes;
    };
    await eventually(async () => assert.equal((await pushesOf('bob'))[0]?.status, 'success'));
    assert.equal((await pushesOf('carol'))[0].reason, 'no push binding');
    alice.logout();
  });

  test('a template is added, edited and deleted; the built-in ones only edited', async () => {
    const app = await owner.createApp('templates');
    const page = await pageOf(app, 'push/templates');
    await page.sees('已配置 0 / 5');
    await page.page.getByRole('button', { name: /添加推送模板/ }).click();
    await page.fill({ 模板名称: '大雁', 标题: '{$fromNickname}', 内容: '{0}：{$msg}' });
    await page.inDialog('保存');
    await page.sees('只能包含英文字母和数字');
    await page.fill({ 模板名称: 'goose' });
    await page.finish('保存');
    await page.sees('已配置 1 / 5');
    await page.act('goose', '编辑');
    assert.ok(await page.dialog.getByLabel('模板名称', { exact: true }).isDisabled());
    await page.fill({ 标题: '雁群' });
    await page.finish('保存');
    await page.row('goose').getByText('雁群').waitFor();
    await page.act('goose', '删除');
    await page.finish('删除');
    await page.sees('已配置 0 / 5');

    await page.act('default', '编辑');
    await page.fill({ 标题: '有新消息' });
    await page.finish('保存');
    await page.row('default').getByText('有新消息').waitFor();
    assert.equal(await page.row('default').getByRole('button', { name: '删除' }).count(), 0);
    await page.shot('push-templates');
  });

  test('what a user wishes of notices is changed, and a device unbound', async () => {
    const app = await owner.createApp('wishes');
    await app.register('carol');
    await bind(app, 'carol', 'phone-3', 'token-of-carol');
    const page = await pageOf(app, 'users');
    await page.act('carol', '修改IM用户信息');
    await page.dialog.getByRole('radio', { name: '发送详情' }).check();
    await page.dialog.getByRole('radio', { name: '开启', exact: true }).check();
    await choose(page, '开始时间', '22:00');
    await choose(page, '结束时间', '07:00');
    await page.finish('保存');
    const { bindings, ...wish } = await owner.ok('GET', `${api(app)}/users/carol/push`);
    assert.deepEqual(wish, { display_style: 1, no_disturbing: true, from: 22, to: 7 });
    assert.equal(bindings.length, 1);

    await page.act('carol', '查看IM用户绑定推送证书');
    await page.dialog.getByRole('row').filter({ hasText: 'phone-3' }).getByRole('button', { name: '解除绑定' }).click();
    await page.inDialog('解除绑定');
    await page.sees('该用户没有绑定推送证书');
    assert.deepEqual((await app.ok('GET', '/users/carol/push/binding')).entities, []);
  });

  test('without the feature, its pages say so and lead to where it is enabled', async () => {
    const app = await owner.createApp('off');
    for (const feature of ['push', 'push_advanced']) {
      await owner.ok('PUT', `${api(app)}/features/${feature}`, { enabled: false });
    }
    const page = await pageOf(app, 'push/certs');
    await page.sees('当前应用未开通消息推送');
    await page.goto(`/app/${app.org}/${app.name}/im/push/templates`);
    await page.sees('当前应用未开通离线推送高级功能');
    await page.goto(`/app/${app.org}/${app.name}/im/stats/push`);
    await page.sees('当前应用未开通消息推送');
    await page.page.getByRole('link', { name: '前往功能配置总览' }).click();
    await page.act('消息推送', '免费开通');
    await page.finish('免费开通');
    await page.act('消息推送', '设置');
    await page.page.waitForURL('**/im/push/certs');
    await page.sees('还没有推送证书');
  });
});
