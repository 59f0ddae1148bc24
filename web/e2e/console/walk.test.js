// The way into an empty installation: an organisation registers, makes an app and sets it up, and its clients and its
// server feel each setting.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { server } from '../lib/app.js';
import { connect, eventually, rejection } from '../lib/client.js';
import { openConsole } from '../lib/console.js';
import { Staff } from '../lib/staff.js';
import { startServer } from '../lib/server.js';

// Errors of the SDK.
const NOT_FRIEND = 221;
const RECALL_TOO_LATE = 504;

describe('from registration to a working app', () => {
  let running, owner;
  before(async () => {
    const settings = { HONGYAN_CONSOLE__REGISTRATION: 'open', HONGYAN_CONSOLE__ALLOWLIST_DELAY_SECONDS: '0' };
    running = await startServer({ label: `${server.label}-walk`, settings });
    owner = await Staff.register('walk', running.facts);
  });
  after(async () => {
    const end = await running.stop();
    assert.equal(end.code, 0, end.log);
  });

  /** An app of the organisation with alice and bob, both connected. */
  async function busyApp(name) {
    const app = await owner.createApp(name);
    await app.register('alice', 'bob');
    return [app, ...(await Promise.all([connect(app, 'alice'), connect(app, 'bob')]))];
  }
  const pageOf = (app, path) => openConsole(`/app/${app.org}/${app.name}/${path}`, { staff: owner });

  test('an organisation registers and makes its first app, whose secret gets a token', async () => {
    // Registering is refused at first, with work to do in the browser.
    const tolerate = [/403 \(Forbidden\) .*\/register$/];
    const page = await openConsole('/user/register', { on: running.facts, staff: null, tolerate });
    const field = (label) => page.page.getByLabel(label, { exact: true });
    await page.button('注册').click();
    await page.sees('请输入企业名称');
    await page.sees('请先阅读并勾选同意');
    await field('企业名称').fill('雁过留声');
    await field('邮箱').fill('first@geese.example');
    await field('密码').fill('onlyletters');
    await field('确认密码').fill('others');
    await page.sees('密码至少包含大写字母、小写字母、数字、符号中的两种');
    await page.sees('两次输入的密码不一致');
    await field('密码').fill('Wild-geese-7');
    await field('确认密码').fill('Wild-geese-7');
    await field('组织标识（Orgname）').fill(owner.org);
    await page.sees('该组织标识不可用');
    await field('组织标识（Orgname）').fill('geese');
    await page.sees('您的 App Key 形如 geese#appname');
    await page.page.getByRole('checkbox').check();
    await page.button('注册').click();
    await page.page.waitForURL('**/console/home');

    await page.sees('还没有应用');
    await page.page.getByRole('button', { name: '创建应用' }).first().click();
    await page.inDialog('创建');
    for (const label of ['AppName', '产品名称', '描述']) await page.sees(`请输入${label}`);
    const name = page.dialog.getByRole('textbox', { name: 'AppName' });
    await name.fill('Wild_Geese');
    await page.sees('只能包含小写字母、数字和连字符（-）');
    await name.fill('flock-1');
    await page.dialog.locator('.key-preview code').getByText('geese#flock-1', { exact: true }).waitFor();
    await page.fill({ 产品名称: '雁群', 描述: '飞鸽传书，不如鸿雁' });
    await page.inDialog('创建');
    await page.page.waitForURL('**/app/geese/flock-1/detail');
    const fact = (label) => page.page.locator('.facts > div').filter({ hasText: label });
    await fact('服务版本').getByText('免费版').waitFor();
    assert.match(await fact('Orgname').innerText(), /geese/);
    assert.match(await fact('Appname').innerText(), /flock-1/);
    const app = await page.credentials();
    assert.equal(app.key, 'geese#flock-1');
    await app.register('alice');
    const alice = await connect(app, 'alice');
    alice.logout();

    await page.goto('/home');
    await page.row('geese#flock-1').getByText('免费版').waitFor();
  });

  test('every feature row has one action at most, and the free plan asks to upgrade', async () => {
    const app = await owner.createApp('features');
    const page = await pageOf(app, 'im/features');
    await page.row('多端多设备在线').waitFor();
    const rows = await page.page.locator('tbody tr[data-row-key]').all();
    assert.ok(rows.length > 10, `${rows.length} rows`);
    for (const row of rows) {
      const actions = (await row.getByRole('button').allInnerTexts()).filter((action) => action !== '关闭');
      assert.ok(actions.length <= 1, `${await row.innerText()}: ${actions}`);
      assert.ok(
        actions.every((action) => ['免费开通', '设置', '升级', '增值服务'].includes(action)),
        `${actions}`,
      );
    }
    assert.deepEqual(await page.row('多端多设备在线').getByRole('button').allInnerTexts(), ['升级']);
  });

  test('消息撤回: the windows of clients and of REST are what the dialog says', async () => {
    const [app, alice, bob] = await busyApp('recall');
    const sent = await alice.text('bob', 'too late for this one');
    await bob.next('onTextMessage', { id: sent.serverMsgId });
    const byRest = () =>
      app.call('POST', '/messages/msg_recall', { msg_id: sent.serverMsgId, to: 'bob', chat_type: 'chat' });

    const page = await pageOf(app, 'im/features');
    await page.page.getByRole('textbox', { name: '功能名称' }).fill('撤回');
    await page.button('查询').click();
    await page.row('用户黑名单').waitFor({ state: 'detached' });
    const setWindows = async (minutes, seconds) => {
      await page.act('消息撤回', '设置');
      for (const tab of ['端消息撤回', 'Rest消息撤回']) {
        await page.dialog.getByRole('tab', { name: tab, exact: true }).click();
        const group = page.dialog.getByRole('group', { name: tab, exact: true });
        for (const [unit, value] of Object.entries({ 天: 0, 小时: 0, 分钟: minutes, 秒: seconds })) {
          await group.getByLabel(unit, { exact: true }).fill(String(value));
        }
      }
      await page.finish('保存');
    };
    await setWindows(0, 1);
    await page.row('消息撤回').getByText('端消息撤回：0天0时0分1秒').waitFor();
    await eventually(async () => assert.ok(Date.now() > sent.message.time + 1000));
    assert.equal((await rejection(alice.recall(sent.serverMsgId, 'bob'))).type, RECALL_TOO_LATE);
    const refused = await byRest();
    assert.deepEqual([refused.status, refused.body.error_description], [403, 'exceed recall time limit']);
    bob.none('onRecallMessage');

    await setWindows(30, 0);
    await alice.recall(sent.serverMsgId, 'bob');
    await bob.next('onRecallMessage', { mid: sent.serverMsgId, from: 'alice' });
  });

  test('好友关系检查: strangers get 221 while it is on, on sessions that are open all the time', async () => {
    const [app, alice, bob] = await busyApp('friends');
    const page = await pageOf(app, 'im/overview');
    const setting = page.page.getByRole('listitem').filter({ hasText: '好友关系检查' });
    await setting.getByText('已关闭').waitFor();
    await setting.getByRole('button', { name: '打开' }).click();
    await page.finish('免费开通');
    await setting.getByText('已开启').waitFor();
    assert.equal((await rejection(alice.text('bob', 'do I know you?'))).type, NOT_FRIEND);
    await setting.getByRole('button', { name: '关闭' }).click();
    await page.finish('关闭');
    await setting.getByText('已关闭').waitFor();
    const sent = await alice.text('bob', 'now I do');
    await bob.next('onTextMessage', { id: sent.serverMsgId });
    bob.none('onTextMessage', { msg: 'do I know you?' });
  });

  test('REST-IP 白名单: whoever is not on it does not send, a ninth entry is not taken', async () => {
    const [app, , bob] = await busyApp('allowlist');
    const say = (msg) =>
      app.call('POST', '/messages/users', { from: 'alice', to: ['bob'], type: 'txt', body: { msg } });
    const path = `/apps/${app.org}/${app.name}/allowlist`;
    const page = await pageOf(app, 'im/features');
    await page.act('REST-IP 白名单', '免费开通');
    await page.finish('免费开通');
    await page.act('REST-IP 白名单', '设置');
    await page.page.waitForURL('**/im/security');
    await page.sees('白名单为空，所有 IP 均可通过 REST 发送消息');
    assert.equal((await say('the list is empty')).status, 200);

    const addButton = page.page.getByRole('button', { name: '添加IP' });
    const add = async (network) => {
      await addButton.click();
      await page.fill({ IP: network });
      await page.finish('保存');
      await page.row(network).getByText('已生效').waitFor();
    };
    const remove = async (network) => {
      await page.row(network).getByRole('button', { name: '删除' }).click();
      await page.finish('删除');
      await page.row(network).waitFor({ state: 'detached' });
    };
    await add('203.0.113.9');
    const refused = await say('from elsewhere');
    assert.deepEqual([refused.status, refused.body.error_description], [403, 'ip not in allowlist']);
    await add('127.0.0.0/8');
    assert.equal((await say('from here')).status, 200);
    await remove('127.0.0.0/8');
    assert.equal((await say('from elsewhere')).status, 403);

    for (const n of [1, 2, 3, 4, 5, 6, 7]) await owner.ok('POST', path, { network: `192.0.2.${n}` });
    await page.page.reload();
    await page.row('192.0.2.7').waitFor();
    assert.ok(await addButton.isDisabled());
    const ninth = await owner.call('POST', path, { network: '192.0.2.8' });
    assert.deepEqual([ninth.status, ninth.body.error, ninth.body.params.limit], [400, 'too_many', 8]);
    for (const n of [1, 2, 3, 4, 5, 6, 7]) await owner.ok('DELETE', `${path}/192.0.2.${n}`);
    await page.page.reload();
    await remove('203.0.113.9');
    assert.equal((await say('empty again')).status, 200);
    await bob.next('onTextMessage', { msg: 'empty again' });
    bob.none('onTextMessage', { msg: 'from elsewhere' });
  });
});
