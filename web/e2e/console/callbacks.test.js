// 消息回调, 敏感词 and 消息举报 by hand, as the documentation of the product's customers describes them, felt by the SDK.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { connect, eventually, rejection, within } from '../lib/client.js';
import { openConsole } from '../lib/console.js';
import { Receiver } from '../lib/receiver.js';
import { Staff } from '../lib/staff.js';

// Errors of the SDK.
const ILLEGAL_CONTENT = 501;
const BLOCKED = 502;

describe('what is set up for messages', () => {
  let owner, operator, receiver;
  before(async () => {
    [owner, operator, receiver] = await Promise.all([Staff.register('hooks'), Staff.operator(), Receiver.start()]);
  });
  after(() => receiver.stop());

  async function busyApp(name) {
    const app = await owner.createApp(name);
    await app.register('alice', 'bob');
    return [app, ...(await Promise.all([connect(app, 'alice'), connect(app, 'bob')]))];
  }
  const upgraded = (app) => {
    const change = { plan: 'flagship', charged: false, reason: 'for the test' };
    return operator.ok('PUT', `/operator/apps/${app.org}/${app.name}/plan`, change);
  };
  const pageOf = (app, path) => openConsole(`/app/${app.org}/${app.name}/${path}`, { staff: owner });

  test('callbacks before and after sending are added, tested, looked at and removed', async () => {
    const [app, alice, bob] = await busyApp('hooks');
    const free = await pageOf(app, 'im/callbacks');
    await free.sees('当前应用未开通消息回调');
    await upgraded(app);
    const page = await pageOf(app, 'im/callbacks');
    await page.sees('还没有回调规则');
    await page.page.getByRole('button', { name: /添加回调地址/ }).click();
    await page.page.getByRole('menuitem', { name: '发送前回调' }).click();
    await page.inDialog('保存');
    await page.sees('请输入规则名称');
    await page.fill({ 规则名称: '审核 1', 回调地址: 'example.com' });
    await page.inDialog('保存');
    await page.sees('请输入以 http:// 或 https:// 开头的完整地址');
    await page.fill({ 回调地址: receiver.url, '等待响应时间（ms）': 5000 });
    for (const name of ['单聊', '文本']) await page.dialog.getByRole('checkbox', { name, exact: true }).check();
    for (const name of ['报错', '启用']) await page.dialog.getByRole('radio', { name, exact: true }).check();
    await page.finish('保存');
    await page.sees('当前已配置 1 条规则，总共可配置 4 条规则');

    receiver.answer = ({ body }) => ({ body: { valid: body.payload?.bodies?.[0].msg !== 'stop', code: '不行' } });
    await eventually(async () => {
      const refused = await rejection(alice.text('bob', 'stop'));
      assert.deepEqual([refused.type, refused.message], [BLOCKED, '不行']);
    });
    await page.act('审核 1', '测试');
    await page.inDialog('发送测试');
    await page.sees('调用成功');
    await page.dismiss();

    await page.page.getByRole('button', { name: /添加回调地址/ }).click();
    await page.page.getByRole('menuitem', { name: '发送后回调' }).click();
    await page.fill({ 规则名称: '中文', 回调地址: receiver.url });
    await page.inDialog('保存');
    await page.sees('只能包含英文字母、数字和下划线');
    await page.fill({ 规则名称: 'after_1' });
    await page.dialog.getByRole('radio', { name: '启用', exact: true }).check();
    await page.finish('保存');
    await page.sees('当前已配置 2 条规则');
    receiver.answer = () => ({});
    const { serverMsgId } = await alice.text('bob', 'hello');
    await receiver.wait({ msg_id: serverMsgId, eventType: 'chat' });
    // That it has arrived is noted with the answer.
    const rules = `/apps/${app.org}/${app.name}/callbacks`;
    const rule = async () => (await owner.ok('GET', rules)).rules.find(({ name }) => name === 'after_1');
    await eventually(async () => assert.ok((await rule()).state.delivered_today > 0));
    await page.act('after_1', '投递记录');
    await page.dialog.getByText('已投递').first().waitFor();
    await page.shot('callback-deliveries');
    await page.dismiss();

    // A rule that fails too often is banned: the table says until when and why, without being scrolled.
    receiver.answer = () => ({ status: 500 });
    const strangers = Array.from({ length: 50 }, (_, n) => `stranger${n}`);
    await app.sendToUsers('alice', strangers, 'txt', { msg: 'lost' });
    await eventually(async () => assert.ok((await rule()).state.banned_until));
    await page.page.reload();
    const banned = page.row('after_1').filter({ hasText: '封禁中' });
    await banned.getByText('30 秒内失败 90 次').waitFor();
    const boxes = await Promise.all((await banned.getByRole('cell').all()).map((cell) => cell.boundingBox()));
    const { x: actions } = boxes.pop();
    assert.ok(boxes.every(({ x, width }) => x + width <= actions + 1), JSON.stringify({ boxes, actions }));
    await page.act('after_1', '投递记录');
    await page.dialog.getByText('封禁原因').waitFor();
    await page.dialog.getByText('应答的状态码为 500').first().waitFor();
    await page.dismiss();
    await page.act('审核 1', '停用');
    await page.inDialog('停用');
    await page.sees('未启用');
    await page.act('after_1', '删除');
    await page.inDialog('删除');
    await page.sees('当前已配置 1 条规则');
    await page.shot('callbacks');
    await bob.next('onTextMessage', { msg: 'hello' });
  });

  test('sensitive words are listed, set up, tried and seen', async () => {
    const [app, alice, bob] = await busyApp('words');
    await upgraded(app);
    const page = await pageOf(app, 'im/sensitive-words');
    await page.sees('还没有敏感词');
    await page.page.getByRole('button', { name: /添加敏感词/ }).click();
    await page.dialog.getByRole('textbox').fill('坏词\nbad');
    await page.dialog.locator('.ant-btn-primary').click();
    await page.sees('新增 2 个');
    await page.dismiss();
    await eventually(async () => assert.equal((await rejection(alice.text('bob', '说坏词'))).type, ILLEGAL_CONTENT));
    await page.button('编辑').click();
    await page.dialog.getByRole('radio', { name: /接收端使用\*\*\*代替/ }).check();
    await page.finish('确定');
    await eventually(async () => {
      const { serverMsgId } = await alice.text('bob', '说坏词');
      assert.equal((await bob.next('onTextMessage', { id: serverMsgId })).msg, '说***');
    });
    await page.page.getByRole('tab', { name: '历史命中' }).click();
    await page.sees('说坏词');
    await page.shot('sensitive-words');
  });

  test('reports are read and acted upon', async () => {
    const [app, alice, bob] = await busyApp('reports');
    await upgraded(app);
    const sent = await bob.text('alice', 'buy this');
    await alice.next('onTextMessage', { id: sent.serverMsgId });
    const report = { reportType: 'spam', reportReason: 'it is an advertisement', messageId: sent.serverMsgId };
    await eventually(() => within('reportMessage', alice.connection.reportMessage(report)));
    const page = await pageOf(app, 'im/reports');
    await page.act('buy this', '查看');
    await page.sees('it is an advertisement');
    await page.dialog.getByRole('button', { name: /处理/ }).click();
    await page.page.getByRole('menuitem', { name: '封禁用户' }).click();
    await page.dialog.getByText('封禁用户？').first().waitFor();
    await page.dialog.locator('.ant-btn-primary').click();
    await page.row('buy this').filter({ hasText: '已封禁用户' }).waitFor();
    await eventually(() => assert.ok(bob.seen('onDisconnected').length > 0));
    await page.shot('reports');
  });
});
