// 数据统计 and 实时查询: what happened in an app, found again in the console.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, describe, test } from 'node:test';
import { PATIENCE_MS, connect, eventually } from '../lib/client.js';
import { openConsole } from '../lib/console.js';
import { Staff } from '../lib/staff.js';

describe('figures and queries', () => {
  let owner, app, sent, today;
  before(async () => {
    owner = await Staff.register('figures');
    app = await owner.createApp('flock');
    await app.register('alice', 'bob');
    const alice = await connect(app, 'alice');
    const bob = await connect(app, 'bob', { device: 'pad' });
    sent = await alice.text('bob', 'count me');
    await bob.next('onTextMessage', { id: sent.serverMsgId });
    await alice.text('bob', 'and me');
    await bob.next('onTextMessage', { msg: 'and me' });
    // Who is offline is looked up when a message is counted.
    today = new Date(sent.message.time).toLocaleDateString('sv', { timeZone: 'Asia/Shanghai' });
    await eventually(async () => {
      const [{ volumes }] = await owner.ok('GET', `${api()}/stats/messages?from=${today}&to=${today}`);
      assert.equal(volumes.uplink, 2);
    }, 3 * PATIENCE_MS);
    bob.logout();
    alice.logout();
  });
  const api = () => `/apps/${app.org}/${app.name}`;
  const open = (path) => openConsole(`/app/${app.org}/${app.name}/im/${path}`, { staff: owner });

  test('消息量 counts messages, and the CSV has the same numbers', async () => {
    await eventually(async () => {
      const [{ volumes }] = await owner.ok('GET', `${api()}/stats/messages?from=${today}&to=${today}`);
      assert.deepEqual([volumes.uplink, volumes.downlink], [2, 2]);
    }, 3 * PATIENCE_MS);
    const page = await open('stats/messages');
    const figure = (name, value) =>
      page.page.locator('.figure-card').filter({ hasText: name }).getByText(value, { exact: true }).waitFor();
    await figure('上行消息', '2');
    await figure('下行消息', '2');
    await figure('离线消息', '0');
    const downloading = page.page.waitForEvent('download');
    await page.page.getByRole('link', { name: '导出 CSV' }).click();
    const file = await downloading;
    const lines = (await readFile(await file.path(), 'utf8'))
      .replace(/^\uFEFF/, '')
      .trim()
      .split(/\r?\n/);
    const [head, ...days] = lines.map((line) => line.split(','));
    const uplink = head.findIndex((name) => name === 'uplink');
    assert.ok(uplink > 0, lines[0]);
    assert.equal(
      days.reduce((sum, day) => sum + Number(day[uplink]), 0),
      2,
    );

    await page.page.getByRole('tab', { name: '群聊' }).click();
    await page.page.waitForURL('**?chat=group');
    await figure('上行消息', '0');
  });

  test('IM消息投递查询 finds a message and says which device has it', async () => {
    const page = await open('queries/delivery');
    await page.page.getByRole('searchbox', { name: '发送者ID' }).fill('alice');
    await page.page.keyboard.press('Enter');
    await page.row(sent.serverMsgId).getByText('单聊').waitFor();
    await page
      .row(sent.serverMsgId)
      .getByRole('button', { name: /^(显示|查看)$/ })
      .click();
    const recipient = page.dialog.getByRole('row').filter({ hasText: 'bob' });
    await recipient.getByText('已送达').first().waitFor();
    await recipient.getByText(/pad/).waitFor();
    await page.shot('delivery');
  });

  test('IM用户连接状态 shows logins and logouts', async () => {
    await eventually(async () => {
      const { items } = await owner.ok('GET', `${api()}/queries/connections?user=bob`);
      assert.equal(items.length, 2);
    });
    const page = await open('queries/connections');
    await page.page.getByRole('searchbox', { name: '用户 ID' }).fill('bob');
    await page.page.keyboard.press('Enter');
    const login = page.row('登录');
    await login.getByText('127.0.0.1').waitFor();
    await login.getByText('在线').waitFor();
    await page.row('登出').or(page.row('连接断开')).getByText('离线').waitFor();
  });
});
