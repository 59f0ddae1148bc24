// 用户管理: what is done to users in the console, as their devices see it.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { passwordOf } from '../lib/app.js';
import { Client, connect, within } from '../lib/client.js';
import { openConsole } from '../lib/console.js';
import { Staff } from '../lib/staff.js';

// Errors of the SDK.
const PASSWORD_CHANGED = 216;
const LOGGED_OUT = 217;

describe('users', () => {
  let owner, app;
  before(async () => {
    owner = await Staff.register('users');
    app = await owner.createApp('flock');
    await app.register('alice', 'bob');
  });
  const open = (query = '', options = {}) =>
    openConsole(`/app/${app.org}/${app.name}/im/users${query}`, { staff: owner, ...options });

  test('a user is created by the rules and logs in', async () => {
    const page = await open('', { tolerate: [/409 \(Conflict\)/] });
    await page.page.getByRole('button', { name: '创建IM用户' }).first().click();
    await page.inDialog('保存');
    await page.sees('请输入用户 ID');
    await page.sees('请输入密码');
    await page.fill({ '用户 ID': '大雁', 推送昵称: 'x'.repeat(101), 密码: 'secret-1', 确认密码: 'secret-2' });
    await page.inDialog('保存');
    await page.sees('1-64 个字符，只能包含字母、数字、下划线、连字符和点');
    await page.sees('不能超过 100 个字符');
    await page.sees('两次输入的密码不一致');
    await page.fill({ '用户 ID': 'alice', 推送昵称: '朵拉', 确认密码: 'secret-1' });
    await page.inDialog('保存');
    await page.dialog
      .getByText(/已存在|已被使用|已经/)
      .first()
      .waitFor();
    await page.fill({ '用户 ID': 'Dora' });
    await page.finish('保存');
    await page.row('dora').getByText('朵拉').waitFor();
    const dora = await connect(app, 'dora', { pwd: 'secret-1' });
    dora.logout();
  });

  test('a ban, a forced logout and a new password end the sessions of a user; deleting ends the user', async () => {
    await app.register('erin');
    const page = await open('?search=erin');
    const ended = (client, type) => client.next('onDisconnected', { type });

    const banned = await connect(app, 'erin');
    await page.act('erin', '封禁用户');
    await page.finish('封禁用户');
    await ended(banned, LOGGED_OUT);
    await page.row('erin').getByText('封禁', { exact: true }).waitFor();
    const refused = await new Client(app, 'erin').refusal({ pwd: passwordOf('erin') });
    assert.equal(refused.message, 'user not activated');
    await page.act('erin', '解封');
    await page.finish('解封');
    await page.row('erin').getByText('正常').waitFor();

    const kicked = await connect(app, 'erin');
    await page.page.reload();
    await page.row('erin').getByText('在线').waitFor();
    await page.act('erin', '强制下线');
    await page.finish('强制下线');
    await ended(kicked, LOGGED_OUT);

    const locked = await connect(app, 'erin');
    await page.act('erin', '重置密码');
    await page.fill({ 新密码: 'erin-anew', 确认密码: 'erin-anew' });
    await page.finish('保存');
    await ended(locked, PASSWORD_CHANGED);
    await new Client(app, 'erin').refusal({ pwd: passwordOf('erin') });
    await connect(app, 'erin', { pwd: 'erin-anew' });

    await page.act('erin', '删除用户');
    assert.ok(await page.dialog.getByRole('button', { name: '删除用户' }).isDisabled());
    await page.fill({ '请输入 erin 以确认': 'erin' });
    await page.finish('删除用户');
    await page.row('erin').waitFor({ state: 'detached' });
    assert.equal((await app.call('GET', '/users/erin')).status, 404);
  });

  test('friends are made and parted, and messages are sent', async () => {
    const alice = await connect(app, 'alice');
    const contacts = async () => (await within('contacts', alice.connection.getContacts())).data;
    const page = await open('?search=alice');
    await page.act('alice', '查看IM用户好友');
    await page.fill({ '用户 ID': 'bob' });
    await page.inDialog('添加好友');
    const friend = page.dialog.getByRole('row').filter({ hasText: 'bob' });
    await friend.waitFor();
    assert.deepEqual(await contacts(), ['bob']);
    await friend.getByRole('button', { name: '移除' }).click();
    await friend.waitFor({ state: 'detached' });
    assert.deepEqual(await contacts(), []);
    await page.finish('关闭');

    await page.act('alice', '发送rest消息');
    await page.write('飞行准备就绪');
    const got = await alice.next('onTextMessage', { msg: '飞行准备就绪' });
    assert.deepEqual([got.from, got.to, got.chatType], ['admin', 'alice', 'singleChat']);
  });
});
