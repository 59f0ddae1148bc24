// The life of an app in the console: made, shown, set up, suspended, deleted, restored.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { ORG, openConsole } from '../lib/console.js';

/** The app of this file: an organisation may have ten. */
const name = `shop-${randomBytes(4).toString('hex')}`;
const home = `/app/${ORG}/${name}`;

async function fillAppDialog(page, appName) {
  await page.page.getByRole('textbox', { name: 'AppName' }).fill(appName);
  await page.dialog.getByLabel('产品名称').fill('门店通');
  await page.dialog.getByLabel('描述').fill('导购与顾客的沟通');
}

test('an app is created by the rules, and its credentials work', async () => {
  const page = await openConsole('/home?create=1', { tolerate: [/409 \(Conflict\)/] });
  await page.inDialog('创建');
  await page.sees('请输入AppName');
  await fillAppDialog(page, 'My_App');
  await page.inDialog('创建');
  await page.sees('只能包含小写字母、数字和连字符（-）');
  await fillAppDialog(page, 'a'.repeat(33));
  await page.sees('不能超过 32 个字符');
  await fillAppDialog(page, 'chat');
  await page.inDialog('创建');
  await page.sees('组织下已有同名应用');

  await fillAppDialog(page, name);
  await page.page.locator('.key-preview code').getByText(`${ORG}#${name}`, { exact: true }).waitFor();
  await page.shot('create');
  await page.inDialog('创建');
  await page.page.waitForURL(`**${home}/detail`);
  const app = await page.credentials();
  assert.equal(app.key, `${ORG}#${name}`);
  assert.equal((await app.call('GET', '/users?limit=1')).status, 200);
  await page.shot('detail');
});

test('a secret that is reset ends the tokens made with it', async () => {
  const page = await openConsole(`${home}/detail`);
  const before = await page.credentials();
  const oldToken = await before.token();

  await page.button('重置').click();
  await page.dialog.getByRole('checkbox', { name: '使现有 Token 失效' }).check();
  await page.inDialog('重置');
  await page.sees('与 App Key 不一致');
  await page.dialog.getByLabel(`请输入 ${ORG}#${name} 以确认`).fill(`${ORG}#${name}`);
  await page.inDialog('重置');
  await page.sees('请将新的密钥更新到您的服务器');
  await page.inDialog('知道了');
  await page.dialogGone();

  const after = await page.credentials();
  assert.notEqual(after.clientSecret, before.clientSecret);
  assert.equal((await after.call('GET', '/users?limit=1', undefined, oldToken)).status, 401);
  assert.equal((await after.call('GET', '/users?limit=1')).status, 200);
});

test('features offer one action by plan, and the recall windows stay within 7 days', async () => {
  const page = await openConsole(`${home}/im/features`);
  const actions = async (feature) => page.row(feature).getByRole('button').allInnerTexts();
  await page.row('注册用户总数上限').waitFor();
  assert.deepEqual(await actions('注册用户总数上限'), ['升级']);
  assert.deepEqual(await actions('存储时长-附件'), []);
  assert.deepEqual(await actions('多端多设备在线'), ['升级']);
  assert.deepEqual(await actions('消息已读回执（单聊）'), []);
  assert.deepEqual(await actions('消息撤回（REST&客户端）'), ['设置', '关闭']);
  assert.deepEqual(await actions('REST-IP 白名单'), ['免费开通']);
  assert.deepEqual(await actions('用户黑名单'), ['关闭']);

  await page.row('消息撤回（REST&客户端）').getByRole('button', { name: '设置' }).click();
  await page.dialog.getByRole('tab', { name: 'Rest消息撤回' }).click();
  const days = page.dialog.getByRole('group', { name: 'Rest消息撤回' }).getByLabel('天');
  await days.fill('8');
  // The server is not asked, and the tab at fault comes to the front.
  await page.dialog.getByRole('tab', { name: '端消息撤回', exact: true }).click();
  await page.inDialog('保存');
  await page.sees('可撤回时长须大于 0 秒且不超过 7 天');
  await days.fill('6');
  await page.inDialog('保存');
  await page.dialogGone();
  await page.row('消息撤回（REST&客户端）').getByText('Rest消息撤回：6天0时2分0秒').waitFor();
  await page.shot('features');

  await page.row('注册用户总数上限').getByRole('button', { name: '升级' }).click();
  // The next plan with more of it is chosen already.
  await page.page.waitForURL(`**${home}/im/purchase?plan=pro`);
  await page.page.locator('.ant-radio-button-wrapper-checked').getByText('专业版').waitFor();
  await page.sees(`您正在为 Appkey ${ORG}#${name}（`);
  await page.goto(`${home}/im/features`);
  await page.button('查看版本差异').click();
  await page.dialog.getByRole('row', { name: /注册用户总数上限 100 不限 不限 不限/ }).waitFor();
  await page.shot('plans');

  // What is searched for is in the address.
  await openConsole(`${home}/im/features?name=${encodeURIComponent('黑名单')}`).then(async (found) => {
    await found.row('用户黑名单').waitFor();
    assert.equal(await found.row('用户黑名单').count(), 1);
    assert.equal(await found.row('消息撤回').count(), 0);
  });
});

test('the allowlist takes eight entries and says when they count', async () => {
  const page = await openConsole(`${home}/im/security`);
  await page.button('免费开通').click();
  await page.inDialog('免费开通');
  await page.sees('白名单为空，所有 IP 均可通过 REST 发送消息');
  // Its icon is part of its name.
  const addButton = page.page.getByRole('button', { name: '添加IP' });
  const add = async (network) => {
    await addButton.click();
    await page.dialog.getByRole('textbox', { name: 'IP' }).fill(network);
    await page.inDialog('保存');
  };
  await add('203.0.113.300');
  await page.sees('请输入正确的 IPv4、IPv6 地址或 CIDR 网段');
  await page.inDialog('取消');
  await page.dialogGone();
  const networks = ['203.0.113.9', '2001:db8::1', '198.51.100.0/24', ...[4, 5, 6, 7, 8].map((n) => `192.0.2.${n}`)];
  for (const network of networks) {
    await add(network);
    await page.dialogGone();
    await page
      .row(network)
      .getByText(/将于 .* 生效/)
      .waitFor();
  }
  assert.ok(await addButton.isDisabled());
  await page.shot('allowlist');

  for (const network of networks.slice(1)) {
    await page.row(network).getByRole('button', { name: '删除' }).click();
    await page.inDialog('删除');
    await page.dialogGone();
    await page.row(network).waitFor({ state: 'detached' });
  }
  await page.row('203.0.113.9').getByRole('button', { name: '删除' }).click();
  await page.dialog.getByText('这是白名单中的最后一项').waitFor();
});

test('an app is suspended, resumed, deleted and restored', async () => {
  const page = await openConsole(`${home}/detail`);
  const app = await page.credentials();
  const token = await app.token();
  const status = async () => (await app.call('GET', '/users?limit=1', undefined, token)).status;
  assert.equal(await status(), 200);

  await page.button('停用应用').click();
  await page.inDialog('停用应用');
  const banner = page.page.locator('.app-banner');
  await banner.getByText('客户端无法登录').waitFor();
  assert.equal(await status(), 403);
  await banner.getByRole('button', { name: '启用应用' }).click();
  await banner.waitFor({ state: 'hidden' });
  assert.equal(await status(), 200);

  await page.button('删除应用').click();
  assert.ok(await page.dialog.getByRole('button', { name: '删除应用' }).isDisabled());
  await page.dialog.getByLabel(`请输入 ${ORG}#${name} 以确认`).fill(`${ORG}#${name}`);
  await page.inDialog('删除应用');
  await page.page.waitForURL('**/home?deleted=true');
  assert.equal(await status(), 404);
  await page.row(name).getByRole('button', { name: '恢复' }).click();
  await page.row(name).waitFor({ state: 'detached' });
  assert.equal(await status(), 200);
});
