// 群组管理 and 聊天室管理: what is done to groups and chat rooms in the console, as their members see it.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { connect, rejection, within } from '../lib/client.js';
import { openConsole } from '../lib/console.js';
import { Staff } from '../lib/staff.js';

// The SDK's error.
const MUTED = 507;

describe('groups and chat rooms', () => {
  let owner, app;
  before(async () => {
    owner = await Staff.register('muc');
    app = await owner.createApp('flock');
    await app.register('alice', 'bob', 'carol');
  });
  const open = (path) => openConsole(`/app/${app.org}/${app.name}/im/${path}`, { staff: owner });
  const say = (client, to, chatType, msg) => client.text(to, msg, { chatType });

  test('a chat room: made with an owner and administrators, members, messages, mutes, and its end', async () => {
    const page = await open('rooms');
    await page.page.getByRole('button', { name: '创建聊天室' }).first().click();
    await page.inDialog('保存');
    await page.sees('请输入聊天室名称');
    await page.sees('请输入超级管理员');
    await page.fill({
      聊天室名称: '雁阵',
      描述: '一字排开',
      超级管理员: 'alice',
      普通管理员: 'carol',
      最大人数: '10001',
    });
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
    await page.write('起飞');
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
