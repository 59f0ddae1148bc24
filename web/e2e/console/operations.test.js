// 运营服务: what is done to users, groups and chat rooms in the console, as their devices see it.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { passwordOf } from '../lib/app.js';
import { Client, connect, rejection, within } from '../lib/client.js';
import { openConsole } from '../lib/console.js';
import { Staff } from '../lib/staff.js';

// Errors of the SDK.
const PASSWORD_CHANGED = 216;
const LOGGED_OUT = 217;
const MUTED = 507;

describe('operations', () => {
  let owner, app;
  before(async () => {
    owner = await Staff.register('operations');
    app = await owner.createApp('flock');
    await app.register('alice', 'bob', 'carol');
  });
  const open = (path, options) => openConsole(`/app/${app.org}/${app.name}/im/${path}`, { staff: owner, ...options });
  const say = (client, to, chatType, msg) => client.text(to, msg, { chatType });

  /** Writes a text in the dialog 发送rest消息. */
  async function write(page, text) {
    await page.fill({ 消息内容: text });
    await page.dialog.locator('button[type=submit]').click();
    await page.dialogGone();
  }

  test('a user is created by the rules and logs in', async () => {
    const page = await open('users', { tolerate: [/409 \(Conflict\)/] });
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
    await page.dialog.getByText(/已存在|已被使用|已经/).first().waitFor();
    await page.fill({ '用户 ID': 'Dora' });
    await page.finish('保存');
    await page.row('dora').getByText('朵拉').waitFor();
    const dora = await connect(app, 'dora', { pwd: 'secret-1' });
    dora.logout();
  });

  test('a ban, a forced logout and a new password end the sessions of a user; deleting ends the user', async () => {
    await app.register('erin');
    const page = await open('users?search=erin');
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
    const page = await open('users?search=alice');
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
    await write(page, '飞行准备就绪');
    const got = await alice.next('onTextMessage', { msg: '飞行准备就绪' });
    assert.deepEqual([got.from, got.to, got.chatType], ['admin', 'alice', 'singleChat']);
  });

  test('a chat room: made with an owner and administrators, members, messages, mutes, and its end', async () => {
    const page = await open('rooms');
    await page.page.getByRole('button', { name: '创建聊天室' }).first().click();
    await page.inDialog('保存');
    await page.sees('请输入聊天室名称');
    await page.sees('请输入超级管理员');
    await page.fill({ 聊天室名称: '雁阵', 描述: '一字排开', 超级管理员: 'alice', 普通管理员: 'carol', 最大人数: '10001' });
    await page.inDialog('保存');
    await page.sees('请输入 1 到 10000 之间的整数');
    await page.fill({ 最大人数: '100' });
    await page.finish('保存');
    await page.row('雁阵').waitFor();
    const [room] = (await app.ok('GET', '/chatrooms')).data;
    assert.deepEqual([room.name, room.owner], ['雁阵', 'alice']);
    assert.deepEqual((await app.ok('GET', `/chatrooms/${room.id}/admin`)).data, ['carol']);

    const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob')]);
    await within('joins', alice.connection.joinChatRoom({ roomId: room.id }));
    await page.act('雁阵', '查看聊天室成员');
    await page.dialog.getByRole('row').filter({ hasText: 'carol' }).getByText('管理员').waitFor();
    await page.fill({ '用户 ID': 'bob' });
    await page.inDialog('添加成员');
    const member = page.dialog.getByRole('row').filter({ hasText: 'bob' });
    await member.waitFor();
    await page.finish('关闭');
    await within('joins', bob.connection.joinChatRoom({ roomId: room.id }));
    await say(bob, room.id, 'chatRoom', 'here I am');
    await alice.next('onTextMessage', { msg: 'here I am', to: room.id });

    await page.act('雁阵', '发送消息');
    await write(page, '起飞');
    await bob.next('onTextMessage', { msg: '起飞', to: room.id, chatType: 'chatRoom' });

    await page.act('雁阵', '查看聊天室禁言名单');
    await page.fill({ '用户 ID': 'bob' });
    await page.inDialog('添加禁言');
    const muted = page.dialog.getByRole('row').filter({ hasText: 'bob' });
    await muted.waitFor();
    assert.equal((await rejection(say(bob, room.id, 'chatRoom', 'quiet'))).type, MUTED);
    await muted.getByRole('button', { name: '解除禁言' }).click();
    await muted.waitFor({ state: 'detached' });
    await say(bob, room.id, 'chatRoom', 'loud');
    await page.finish('关闭');

    await page.act('雁阵', '查看聊天室成员');
    await member.getByRole('button', { name: '移除' }).click();
    await member.waitFor({ state: 'detached' });
    await bob.next('onChatroomEvent', { operation: 'removeMember', id: room.id });
    await page.finish('关闭');

    await page.act('雁阵', '删除聊天室');
    await page.finish('删除聊天室');
    await page.row('雁阵').waitFor({ state: 'detached' });
    await alice.next('onChatroomEvent', { operation: 'destroy', id: room.id });
  });

  test('a group: made, joined, handed over and dissolved', async () => {
    const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob')]);
    const page = await open('groups');
    await page.page.getByRole('button', { name: '创建群组' }).first().click();
    await page.inDialog('保存');
    await page.sees('请输入群组名称');
    await page.sees('请输入群主');
    await page.fill({ 群组名称: '南迁', 群组描述: '秋天出发', 群主: 'alice', 最大人数: '20' });
    await page.finish('保存');
    await page.row('南迁').waitFor();
    const groups = await within('groups', alice.connection.getJoinedGroups({ pageNum: 1, pageSize: 20 }));
    const group = groups.data.find(({ groupname }) => groupname === '南迁').groupid;

    await page.act('南迁', '查看群组成员');
    await page.fill({ '用户 ID': 'bob' });
    await page.inDialog('添加成员');
    await page.dialog.getByRole('row').filter({ hasText: 'bob' }).waitFor();
    await bob.next('onGroupEvent', { operation: 'directJoined', id: group });
    await page.finish('关闭');
    await say(bob, group, 'groupChat', 'on my way');
    await alice.next('onTextMessage', { msg: 'on my way', to: group });

    await page.act('南迁', '转让群组');
    await page.fill({ '新所有者的用户 ID': 'bob' });
    await page.finish('转让');
    await bob.next('onGroupEvent', { operation: 'changeOwner', id: group });
    await page.row('南迁').getByRole('cell', { name: 'bob' }).waitFor();

    await page.act('南迁', '删除群组');
    await page.finish('删除群组');
    await page.row('南迁').waitFor({ state: 'detached' });
    await alice.next('onGroupEvent', { operation: 'destroy', id: group });
  });
});
