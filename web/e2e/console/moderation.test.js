// 内容审核 by hand: kinds and rules, lists of keywords, tests, the history, tags and global mutes, felt by the SDK.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, describe, test } from 'node:test';
import { connect, eventually, rejection } from '../lib/client.js';
import { openConsole } from '../lib/console.js';
import { Staff } from '../lib/staff.js';

/** The SDK's error for what moderation blocks. */
const MODERATED = 508;
/** The SDK's error for what a user who is muted in the whole app sends. */
const GLOBALLY_MUTED = 219;

describe('content moderation', () => {
  let owner;
  before(async () => {
    owner = await Staff.register('moderation');
  });

  const below = (app) => `/apps/${app.org}/${app.name}/moderation`;
  const pageOf = (app, path, options = {}) =>
    openConsole(`/app/${app.org}/${app.name}/im/moderation/${path}`, { staff: owner, ...options });
  /** A field of the dialog in front with its label, hint and options. */
  const field = (page, label) => page.dialog.locator('.ant-form-item').filter({ hasText: label });
  const choose = (page, label, option) => field(page, label).getByRole('radio', { name: option, exact: true }).check();
  /** A row of the table in the drawer in front. */
  const rowInside = (page, text) => page.dialog.getByRole('row').filter({ hasText: text });

  /** The app has bought moderation. */
  async function buy(app) {
    await app.feature('content_moderation', 'on');
    await eventually(async () => assert.ok((await owner.ok('GET', below(app))).enabled));
  }

  /** An app that examines texts, with users who are connected. */
  async function moderated(name, ...users) {
    const app = await owner.createApp(name);
    await buy(app);
    if (users.length > 0) await app.register(...users);
    await owner.ok('PUT', `${below(app)}/settings`, { kinds: ['text'], rest: false });
    return [app, ...(await Promise.all(users.map((user) => connect(app, user))))];
  }

  async function refuses(attempt) {
    await eventually(async () => assert.equal((await rejection(attempt())).type, MODERATED));
  }

  test('kinds are switched on, and rules are added, edited, disabled and deleted', async () => {
    const app = await owner.createApp('rules');
    await app.register('alice', 'bob');
    const group = await app.createGroup('alice', ['bob'], { maxusers: 20 });
    const off = await pageOf(app, 'rules');
    await off.sees('当前应用未开通内容审核');
    await buy(app);
    const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob')]);

    const page = await pageOf(app, 'rules');
    await page.sees('没有规则，开启审核后自动生成');
    await page.page.getByRole('switch', { name: '审核文本' }).click();
    await page.row('text_chatroom').waitFor();
    await page.sees('共 3 / 40 条规则');
    await page.act('单聊', '编辑');
    await page.fill({ 规则名称: ' ' });
    await page.inDialog('保存');
    await page.sees('请输入规则名称');
    await page.fill({ 规则名称: '一'.repeat(33) });
    await page.sees('不能超过 32 个字符');
    await page.fill({ 规则名称: '单聊文本' });
    await choose(page, '审核结果为疑似', '拦截');
    await choose(page, '用户处理策略', '强制下线');
    await page.fill({ 拒绝次数: 1001 });
    await page.inDialog('保存');
    await page.sees('请输入 1 到 1000 之间的整数');
    await page.fill({ 拒绝次数: 1000 });
    await page.finish('保存');
    await page.row('单聊文本').getByText('60 分钟内 1,000 次：强制下线').waitFor();
    await refuses(() => alice.text('bob', 'odd'));

    await page.page.getByRole('button', { name: '添加规则' }).click();
    await page.fill({ 规则名称: '一个群' });
    await page.inDialog('保存');
    await page.sees('请输入至少一个 ID');
    await page.fill({ '群组 ID': 'Not a group' });
    await page.sees('ID 不正确：Not a group');
    await page.fill({ '群组 ID': group });
    await choose(page, '选择模型', '仅关键词名单，无需模型');
    await field(page, '审核结果为拒绝').waitFor({ state: 'hidden' });
    await page.finish('保存');
    await page.row('一个群').getByText(group).waitFor();
    await page.shot('moderation-rules');
    // Its group is judged by keywords alone.
    const said = await alice.groupText(group, 'odd');
    await bob.next('onTextMessage', { id: said.serverMsgId });

    await page.page.getByRole('switch', { name: '启用规则 单聊文本' }).click();
    await page.finish('停用');
    await eventually(async () => {
      const { serverMsgId } = await alice.text('bob', 'odd');
      await bob.next('onTextMessage', { id: serverMsgId });
    });
    await page.act('一个群', '删除');
    await page.finish('删除');
    await page.row('一个群').waitFor({ state: 'detached' });

    await page.page.getByRole('switch', { name: '审核文本' }).click();
    await page.finish('关闭审核');
    await page.sees('文本消息未开启审核，以下规则不生效。');
  });

  test('keywords are listed, imported and deleted, a rule is tried, and the history and the overview tell of it', async () => {
    const [app, alice, bob] = await moderated('words', 'alice', 'bob');
    const page = await pageOf(app, 'lists');
    await page.sees('还没有关键词名单');
    await page.page.getByRole('button', { name: '创建名单' }).click();
    await page.inDialog('保存');
    await page.sees('请输入名单名称');
    await page.fill({ 名单名称: '违禁词' });
    await choose(page, '命中处置', '替换为***');
    await page.finish('保存');

    await page.dialog.getByRole('button', { name: '添加关键词' }).click();
    await page.fill({ 关键词: Array.from({ length: 201 }, (_, n) => `word-${n}`).join('\n') });
    await page.inDialog('保存');
    await page.sees('一次最多添加 200 个关键词');
    await page.fill({ 关键词: '坏词\nbad' });
    await Promise.all([page.sees('新增 2 个'), page.finish('保存')]);
    await page.dialog.getByRole('button', { name: '文件导入' }).click();
    const file = { name: 'words.txt', mimeType: 'text/plain', buffer: Buffer.from('bad\nworse\n') };
    await page.dialog.locator('input[type=file]').setInputFiles(file);
    await Promise.all([page.sees('新增 1 个，重复 1 个'), page.finish('文件导入')]);
    await rowInside(page, 'worse').getByRole('button', { name: '删除' }).click();
    await page.finish('删除');
    await rowInside(page, 'worse').waitFor({ state: 'detached' });
    await page.sees('已添加 2 / 10,000 个关键词');
    await page.shot('moderation-keywords');
    await eventually(async () => {
      const { serverMsgId } = await alice.text('bob', '说坏词');
      assert.equal((await bob.next('onTextMessage', { id: serverMsgId })).msg, '说***');
    });

    await page.goto(`/app/${app.org}/${app.name}/im/moderation/test`);
    await page.page.getByLabel('规则', { exact: true }).click();
    await page.page.getByTitle('text_chat', { exact: true }).click();
    await page.page.getByLabel('文本', { exact: true }).fill('又是坏词');
    await page.button('立即审核').click();
    const outcome = page.page.getByRole('region', { name: '审核结果' });
    for (const text of ['拒绝', '替换***', '又是***', '违禁词']) await outcome.getByText(text, { exact: true }).waitFor();
    await page.shot('moderation-test');

    await outcome.getByRole('link', { name: '查看历史记录' }).click();
    await page.row('说坏词').first().getByText('替换***').waitFor();
    const search = page.page.getByRole('searchbox', { name: '发送方ID' });
    await search.fill('test');
    await search.press('Enter');
    await page.row('说坏词').first().waitFor({ state: 'detached' });
    await page.row('又是坏词').getByText('拒绝').waitFor();
    const [download] = await Promise.all([
      page.page.waitForEvent('download'),
      page.page.getByText('导出 CSV', { exact: true }).click(),
    ]);
    const lines = await readFile(await download.path(), 'utf8');
    assert.match(lines, /又是坏词/);
    assert.doesNotMatch(lines, /说坏词/);
    await page.shot('moderation-history');

    await page.goto(`/app/${app.org}/${app.name}/im/moderation/overview`);
    await page.page.getByRole('region', { name: '主要风险类型' }).getByText('违禁词').waitFor();
    await page.shot('moderation-overview');

    await page.goto(`/app/${app.org}/${app.name}/im/moderation/lists`);
    await page.act('违禁词', '删除');
    await page.finish('删除');
    await page.sees('还没有关键词名单');
    await eventually(async () => {
      const { serverMsgId } = await alice.text('bob', '说坏词');
      assert.equal((await bob.next('onTextMessage', { id: serverMsgId })).msg, '说坏词');
    });
  });

  test('users get a tag, for which a sub-rule goes; a tag that is in use stays', async () => {
    const [app, alice, bob, carol] = await moderated('tags', 'alice', 'bob', 'carol');
    // Deleting it is refused at first.
    const page = await pageOf(app, 'tags', { tolerate: [/409 \(Conflict\) .*\/moderation\/tags\//] });
    await page.sees('还没有标签');
    await page.page.getByRole('button', { name: '创建标签' }).click();
    await page.fill({ 标签名称: '熟人' });
    await page.finish('创建');
    await page.act('熟人', '标记管理');
    await page.sees('还没有标记');
    await page.dialog.getByRole('button', { name: '绑定标记' }).click();
    await page.fill({ '用户 ID': 'alice, 坏' });
    await page.inDialog('绑定标记');
    await page.sees('用户 ID 不正确：坏');
    await page.fill({ '用户 ID': 'alice, bob' });
    await Promise.all([page.sees('新绑定 2 个'), page.finish('绑定标记')]);
    await rowInside(page, 'bob').getByRole('button', { name: '解绑' }).click();
    await page.finish('解绑');
    await rowInside(page, 'bob').waitFor({ state: 'detached' });
    await page.shot('moderation-members');

    await page.goto(`/app/${app.org}/${app.name}/im/moderation/rules`);
    await page.button('text_chat：0 条子规则').click();
    await page.dialog.getByRole('button', { name: '添加子规则' }).click();
    await page.inDialog('保存');
    await page.sees('请选择用户标签');
    await page.dialog.getByLabel('用户标签', { exact: true }).click();
    await page.page.getByTitle('熟人', { exact: true }).click();
    await choose(page, '审核结果为拒绝', '通过');
    await page.finish('保存');
    await rowInside(page, '熟人').waitFor();
    await page.shot('moderation-sub-rules');
    await refuses(() => carol.text('bob', 'awful'));
    await eventually(async () => {
      const { serverMsgId } = await alice.text('bob', 'awful');
      await bob.next('onTextMessage', { id: serverMsgId });
    });

    await page.goto(`/app/${app.org}/${app.name}/im/moderation/tags`);
    await page.row('熟人').getByText('text_chat').waitFor();
    await page.act('熟人', '删除');
    await page.inDialog('删除');
    await page.sees('不能删除');
    await page.finish('取消');

    await page.goto(`/app/${app.org}/${app.name}/im/moderation/rules`);
    await page.button('text_chat：1 条子规则').click();
    await rowInside(page, '熟人').getByRole('button', { name: '删除' }).click();
    await page.finish('删除');
    await page.sees('没有子规则');
    await refuses(() => alice.text('bob', 'awful'));
    await page.goto(`/app/${app.org}/${app.name}/im/moderation/tags`);
    await page.act('熟人', '删除');
    await page.finish('删除');
    await page.sees('还没有标签');
  });

  test('a user is muted in the whole app, listed, and free again', async () => {
    const app = await owner.createApp('mutes');
    await app.register('alice', 'bob');
    const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob')]);
    const page = await openConsole(`/app/${app.org}/${app.name}/im/mutes`, {
      staff: owner,
      tolerate: [/404 \(Not Found\) .*\/users\/nobody\/mute/],
    });
    const choose = async (label, time) => {
      await page.dialog.getByLabel(label, { exact: true }).click();
      await page.page.locator('.ant-select-dropdown:visible').getByTitle(time, { exact: true }).click();
    };
    await page.sees('当前应用未开通全局禁言');
    await app.feature('global_mute', 'on');
    await eventually(async () => assert.ok((await owner.ok('GET', `/apps/${app.org}/${app.name}/mutes`)).enabled));
    await page.page.reload();
    await page.sees('没有被禁言的用户');
    await page.page.getByRole('button', { name: '添加禁言' }).click();
    await page.inDialog('添加禁言');
    await page.sees('请输入用户 ID');
    await page.fill({ '用户 ID': 'nobody' });
    await page.inDialog('添加禁言');
    await page.sees('请至少选择一种会话类型的禁言时长');
    await choose('单聊', '7 天');
    await page.inDialog('添加禁言');
    await page.sees('用户 nobody 不存在');
    await page.fill({ '用户 ID': 'Alice' });
    await page.finish('添加禁言');
    const cells = (...texts) =>
      eventually(async () =>
        assert.deepEqual((await page.row('alice').getByRole('cell').allInnerTexts()).slice(1, 4), texts),
      );
    await cells('7 天', '–', '–');
    assert.equal((await rejection(alice.text('bob', 'let me speak'))).type, GLOBALLY_MUTED);

    await page.act('alice', '修改');
    await choose('聊天室', '永久');
    await page.finish('保存');
    await cells('7 天', '–', '永久');
    await page.shot('moderation-mutes');
    await page.act('alice', '解除禁言');
    await page.finish('解除禁言');
    await page.sees('没有被禁言的用户');
    const { serverMsgId } = await alice.text('bob', 'free again');
    await bob.next('onTextMessage', { id: serverMsgId });
  });

  test('a developer looks, and changes nothing', async () => {
    const [app] = await moderated('looks');
    const { id } = await owner.ok('POST', `${below(app)}/tags`, { name: '熟人', of: 'users' });
    await owner.ok('POST', `${below(app)}/tags/${id}/members`, { members: ['alice'] });
    const staff = await owner.member('developer');
    const page = await pageOf(app, 'rules', { staff });
    await page.row('text_chatroom').waitFor();
    assert.ok(await page.page.getByRole('switch', { name: '审核文本' }).isDisabled());
    assert.ok(await page.page.getByRole('switch', { name: '启用规则 text_chatroom' }).isDisabled());
    assert.deepEqual(await page.row('text_chatroom').getByRole('button').allInnerTexts(), ['0 条', '测试']);
    assert.equal(await page.page.getByRole('button', { name: '添加规则' }).count(), 0);
    await page.goto(`/app/${app.org}/${app.name}/im/moderation/tags`);
    await page.row('熟人').waitFor();
    assert.deepEqual(await page.row('熟人').getByRole('button').allInnerTexts(), ['标记管理']);
    await page.act('熟人', '标记管理');
    await rowInside(page, 'alice').waitFor();
    assert.equal(await page.dialog.getByRole('button', { name: '解绑' }).count(), 0);
  });
});
