// 版本开通 and 费用中心 by hand: plans and services are bought, paid and end, money comes and goes, the operator keeps the
// books; and what was bought is felt by REST and by the SDK.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { connect, eventually, rejection, within } from '../lib/client.js';
import { openConsole } from '../lib/console.js';
import { FORM, Receiver } from '../lib/receiver.js';
import { Staff } from '../lib/staff.js';

/** The SDK's error for what the app's plan does not have. */
const NOT_ENABLED = 505;
/** Whoever may not see something is told so by the browser as well. */
const REFUSED = [/40[234] \(/];
const yuan = (amount) => amount * 100;

describe('billing', () => {
  let operator, receiver;
  before(async () => {
    [operator, receiver] = await Promise.all([Staff.operator(), Receiver.start()]);
  });
  after(() => receiver.stop());

  /** An organisation of its own with an app on the free plan. */
  async function customer(purpose) {
    const owner = await operator.organisation(purpose);
    const app = await owner.createApp('shop');
    return { owner, app, api: `/apps/${owner.org}/shop`, home: `/app/${owner.org}/shop/im` };
  }

  /** Buys by the API, and pays what is to be paid. */
  async function buy({ owner, api }, plan, services = []) {
    const bought = await owner.ok('POST', `${api}/purchases`, { plan, services, auto_renew: true, agreed: true });
    if (bought.state !== 'pending_payment') return bought;
    return owner.ok('POST', `${api}/purchases/${bought.purchase_no}/pay`);
  }

  async function recharge({ owner }, amount) {
    const body = { amount: yuan(amount), channel: 'test', note: '' };
    const { recharge_no } = await owner.ok('POST', '/billing/recharges', body);
    await owner.ok('POST', `/billing/recharges/${recharge_no}/pay`);
  }

  const balance = async ({ owner }) => (await owner.ok('GET', '/billing/account')).balance / 100;
  const open = (path, staff, options = {}) => openConsole(path, { staff, ...options });
  const card = (page, plan) =>
    page.page.getByRole('listitem').filter({ has: page.page.getByRole('heading', { name: plan, exact: true }) });
  const service = (page, name) => page.page.getByRole('group', { name, exact: true });
  const area = (page, name) => page.page.getByRole('region', { name, exact: true });
  /** A line of facts: its name, and what stands beside it. */
  const fact = (page, name) =>
    page.page
      .locator('dl > div, .facts > div')
      .filter({ has: page.page.getByText(name, { exact: true }) })
      .first();
  const agree = (page) => page.page.getByRole('checkbox', { name: /我已阅读并同意/ }).check();
  /** Chooses in a list that unfolds; in a long one, what is typed is looked for. */
  async function choose(page, within, label, option, typed = '') {
    await within.getByLabel(label, { exact: true }).click();
    await page.page.keyboard.type(typed);
    await page.page.locator('.ant-select-dropdown:visible').getByTitle(option, { exact: true }).click();
  }
  /** The lines of a file that the page lets one save. */
  async function csv(page, where) {
    const [download] = await Promise.all([
      page.page.waitForEvent('download'),
      where.getByRole('link', { name: '导出 CSV' }).click(),
    ]);
    const text = await readFile(await download.path(), 'utf8');
    assert.ok(text.startsWith('\ufeff'), 'a spreadsheet reads it as UTF-8');
    const [head, ...lines] = text.slice(1).trimEnd().split('\r\n');
    return { name: download.suggestedFilename(), head, lines };
  }
  const usersOf = (n) =>
    Array.from({ length: n }, () => ({ username: `u${randomBytes(6).toString('hex')}`, password: '1' }));
  /** Asks for somebody's presence, which is a feature of higher plans. */
  const follow = ({ connection }) =>
    within('subscribePresence', connection.subscribePresence({ usernames: ['bob'], expiry: 100 }));

  test('a free app is put on 专业版, which is in effect at once', async () => {
    const shop = await customer('buy');
    const { owner, app, home } = shop;
    await app.ok('POST', '/users', usersOf(60));
    await app.ok('POST', '/users', usersOf(40));
    const refused = await app.call('POST', '/users', usersOf(1));
    assert.deepEqual([refused.status, refused.body.error], [429, 'resource_limited'], JSON.stringify(refused.body));

    const page = await open(`${home}/plans`, owner);
    for (const [plan, price, members, button] of [
      ['免费版', '免费', '100', '当前版本'],
      ['专业版', '¥888.00/月', '300', '立即开通 专业版'],
      ['旗舰版', '¥2,888.00/月', '3,000', '立即开通 旗舰版'],
      ['尊享版', '¥4,888.00/月', '8,000', '联系管理员'],
    ]) {
      await card(page, plan).getByText(price, { exact: true }).first().waitFor();
      assert.match(await card(page, plan).innerText(), new RegExp(`单个群成员数上限\\s+${members}\\n`));
      await card(page, plan).getByRole('button', { name: button }).waitFor();
    }
    assert.equal(await page.button('购买增值服务').count(), 0);
    await page.shot('billing-plans');

    await page.button('立即开通 专业版').click();
    await page.sees('当前为免费版，可购买专业版、旗舰版，不可单独购买增值服务。');
    assert.ok(await page.page.getByRole('radio', { name: '单独购买增值服务' }).isDisabled());
    assert.ok(await page.page.getByRole('radio', { name: '专业版' }).isChecked());
    await page.sees(`您正在为 Appkey ${app.key}（`);
    await area(page, '费用预估').getByText('包含 10,000 DAU，超出部分每 10,000 DAU ¥850.00/月').waitFor();
    await fact(page, '预估费用').getByText('¥888.00').waitFor();
    await page.shot('billing-purchase');
    await page.button('立即购买').click();
    await page.sees('请阅读并同意购买协议');
    assert.deepEqual((await owner.ok('GET', '/billing/orders')).items, []);
    await agree(page);
    await page.button('立即购买').click();
    await page.sees('购买成功');
    await page.page.getByRole('button', { name: /进入管理后台首页（\dS）/ }).waitFor();
    await page.shot('billing-done');
    await page.button('停留在此页').click();
    assert.equal((await app.call('POST', '/users', usersOf(1))).status, 200);

    await page.button('查看订单详情').click();
    await page.dialog.getByText('服务中').waitFor();
    const [{ order_no }] = (await owner.ok('GET', '/billing/orders')).items;
    const order = await page.dialog.innerText();
    for (const words of [order_no, '¥888.00', app.key, owner.email, '创建订单', '开通完成']) {
      assert.ok(order.includes(words), words);
    }
    await page.shot('billing-order');
    await page.dismiss();
    await area(page, '订单列表').getByRole('row').filter({ hasText: order_no }).getByText('服务中').waitFor();
    await page.shot('billing-orders');
    const file = await csv(page, page.page);
    assert.equal(file.name, 'orders.csv');
    assert.equal(file.lines.length, 1);
    assert.ok(file.lines[0].includes(order_no) && file.lines[0].includes('888.00'), file.lines[0]);

    await page.goto(`${home}/overview`);
    await fact(page, '当前版本').getByText('专业版').waitFor();
    await page.goto(`${home}/features?name=registered_users_max`);
    await page.row('注册用户总数上限').getByText('不限').waitFor();
    await page.goto(`${home}/plans`);
    await card(page, '专业版').getByRole('button', { name: '已开通' }).waitFor();
  });

  test('services beside 专业版 are paid from a balance that has to be filled first', async () => {
    const shop = await customer('services');
    const { owner, app, home, api } = shop;
    await buy(shop, 'pro');
    const rule = { ...FORM, kind: 'post', name: 'after', url: receiver.url };
    assert.equal((await owner.call('POST', `${api}/callbacks`, rule)).status, 403);

    const page = await open(`${home}/features?name=callback_pre`, owner, { tolerate: [/402 \(/] });
    await page.act('发送前回调', '增值服务');
    // What sells the feature is chosen already.
    await service(page, '回调').getByRole('radio', { name: '付费开通' }).and(page.page.locator(':checked')).waitFor();
    await choose(page, service(page, '回调'), '回调 购买时长', '3 个月');
    await service(page, '消息云存储时长').getByRole('spinbutton').fill('10');
    const estimate = area(page, '费用预估');
    await estimate.getByRole('row', { name: /回调 ¥1,000.00 1 3 个月 ¥3,000.00/ }).waitFor();
    await estimate.getByRole('row', { name: /消息云存储时长 ¥500.00 10 1 个月 ¥5,000.00/ }).waitFor();
    await fact(page, '应付金额').getByText('¥8,000.00').waitFor();
    await page.shot('billing-services');
    await agree(page);
    await page.button('提交订单').click();

    await page.page.waitForURL('**/pay');
    await page.row('消息云存储时长').getByText('¥5,000.00').last().waitFor();
    await page.row('回调').getByText('¥3,000.00').waitFor();
    await page.button('立即支付').click();
    await page.sees('余额不足，还差 ¥8,000.00');
    await page.shot('billing-pay');
    const payPage = new URL(page.page.url()).pathname.replace('/console', '');
    await page.button('去充值').click();
    await page.fill({ 充值金额: '0' });
    await page.inDialog('提交充值');
    await page.sees('充值金额不能小于 0.01');
    await page.fill({ 充值金额: '7000' });
    await page.dialog.getByRole('radio', { name: /测试支付/ }).check();
    await page.shot('billing-recharge-dialog');
    await page.finish('提交充值');
    await page.page.waitForURL('**/billing/recharges');
    await page.act('¥7,000.00', '立即支付');
    await page.row('¥7,000.00').getByText('已完成').waitFor();

    // The rest comes by a transfer, which the operator sees.
    await page.button('充值').click();
    await page.dialog.getByRole('radio', { name: /线下转账/ }).check();
    await page.fill({ 充值金额: '1500.5', 备注: 'transfer 20261129' });
    await page.finish('提交充值');
    assert.equal(await page.row('¥1,500.50').getByRole('button', { name: '立即支付' }).count(), 0);
    assert.equal(await balance(shop), 7000);
    await page.shot('billing-recharges');
    const desk = await open('/account/billing-recharges', operator);
    await desk.row(owner.org).getByText('transfer 20261129').waitFor();
    await desk.shot('billing-operator-recharges');
    await desk.act(owner.org, '确认到账');
    await desk.finish('确认到账');
    await desk.row(owner.org).waitFor({ state: 'detached' });
    assert.equal(await balance(shop), 8500.5);

    await page.goto(payPage);
    await fact(page, '可用余额').getByText('¥8,500.50').waitFor();
    await page.button('立即支付').click();
    await page.sees('购买成功');
    assert.equal(await balance(shop), 500.5);

    await page.goto(`${home}/overview`);
    await page.sees('消息云存储时长 × 10');
    await page.goto(`${home}/features?name=callback_post`);
    await page.row('发送后回调').getByText('已开通').waitFor();
    await page.goto(`${home}/features?name=msg_storage_days`);
    await page.row('307 天').first().waitFor();
    await owner.ok('POST', `${api}/callbacks`, rule);
    await app.register('alice', 'bob');
    await eventually(async () => {
      await app.sendToUsers('alice', ['bob'], 'txt', { msg: 'hello' });
      await receiver.wait({ eventType: 'chat' }, 1, 1000);
    });

    await page.goto('/billing/account');
    await page.page.locator('.balance-main').getByText('¥500.50').waitFor();
    const spent = page.row('扣费').filter({ hasText: '-¥8,000.00' });
    await spent.getByText('¥500.50').waitFor();
    await page.shot('billing-account');
    await spent.getByRole('link', { name: '账单详情' }).click();
    await page.dialog.getByRole('row', { name: /回调.*预付 3 个月.*¥3,000.00/ }).waitFor();
    await page.dialog.getByRole('row', { name: /消息云存储时长.*预付 1 个月.*¥5,000.00/ }).waitFor();
    assert.match(await page.dialog.innerText(), /合计\s*¥8,000.00/);
    await page.shot('billing-bill');
    const lines = await csv(page, page.dialog);
    assert.deepEqual(lines.lines.map((line) => [line.split(',')[2], line.split(',').at(-1)]).sort(), [
      ['callback', '3000.00'],
      ['msg_storage_ext', '5000.00'],
    ]);
    await page.dismiss();
    await page.row('购买').filter({ hasText: '已支付' }).getByText('¥8,000.00').first().waitFor();
    await page.shot('billing-bills');
    const bills = await csv(page, page.page);
    assert.equal(bills.lines.length, 1);
    assert.match(bills.lines[0], /^B\w+,purchase,.*,8000.00,8000.00,8000.00,paid$/);

    await page.goto('/billing/account');
    const statement = await csv(page, page.page);
    assert.equal(statement.name, 'entries.csv');
    assert.equal(statement.head, 'time,kind,amount,balance_after,reference,note');
    assert.deepEqual(
      statement.lines.map((line) => line.split(',').slice(1, 4).join(',')),
      ['charge,-8000.00,500.50', 'recharge,1500.50,8500.50', 'recharge,7000.00,7000.00'],
    );
  });

  test('旗舰版 ends the plan and the services before, and pays back what is left of them', async () => {
    const shop = await customer('upgrade');
    const { owner, app, home } = shop;
    await buy(shop, 'pro');
    await recharge(shop, 1000);
    await buy(shop, null, [{ key: 'callback', units: 1, term_months: 1 }]);
    assert.equal(await balance(shop), 0);
    await app.register('alice', 'bob');
    const alice = await connect(app, 'alice');
    assert.equal((await rejection(follow(alice))).type, NOT_ENABLED);

    const page = await open(`${home}/plans`, owner);
    await page.button('立即开通 旗舰版').click();
    await page.sees('升级后，原版本上购买的增值服务会自动关闭');
    const ends = area(page, '费用预估').getByRole('listitem');
    await ends.filter({ hasText: '专业版' }).waitFor();
    // It was bought today, and today is not used.
    await ends.filter({ hasText: '回调' }).getByText('退款 ¥1,000.00').waitFor();
    await fact(page, '退款至余额').getByText('¥1,000.00').waitFor();
    await page.shot('billing-upgrade');
    await agree(page);
    await page.button('立即购买').click();
    await page.sees('购买成功');
    await eventually(() => follow(alice));
    assert.equal(await balance(shop), 1000);

    await page.goto('/billing/orders');
    for (const [name, state] of [
      ['旗舰版', '服务中'],
      ['专业版', '已完结'],
      ['回调', '已完结'],
    ]) {
      await page.row(name).getByText(state).waitFor();
    }
    await page.row('回调').getByRole('button', { name: '详情' }).click();
    await page.dialog.getByText('（已由新订单取代）').waitFor();
    await page.dialog.getByRole('row', { name: /退款.*-¥1,000.00/ }).waitFor();
    await page.shot('billing-order-finished');
    await page.goto('/billing/account');
    await page.row('退款').getByText('+¥1,000.00').waitFor();
    await page.goto(`${home}/callbacks`);
    await page.sees('还没有回调规则');
  });

  test('an unfinished purchase is shown and cancelled; a paid service may end with its term', async () => {
    const shop = await customer('unfinished');
    const { owner, home, api } = shop;
    await buy(shop, 'pro');
    const waiting = () =>
      owner.ok('POST', `${api}/purchases`, {
        plan: null,
        services: [{ key: 'presence', units: 1, term_months: 1 }],
        auto_renew: true,
        agreed: true,
      });
    const { purchase_no } = await waiting();
    const page = await open(`${home}/purchase?plan=vas&service=reaction`, owner);
    await page.sees(`应用有一笔未完成的订单 ${purchase_no}`);
    assert.ok(await page.page.getByRole('button', { name: /^(提交订单|立即购买)$/ }).isDisabled());
    await page.shot('billing-unfinished');
    await page.button('取消订单').click();
    await page.dialog.getByText(`订单 ${purchase_no} 将被取消，不会扣费。`).waitFor();
    await page.finish('取消订单');
    await page.page.getByText(`应用有一笔未完成的订单`).waitFor({ state: 'detached' });
    // What was chosen can be bought now.
    await fact(page, '应付金额').getByText('¥600.00').waitFor();
    assert.equal((await owner.ok('GET', `${api}/purchases/${purchase_no}`)).state, 'cancelled');

    // The next one is gone on with, from the page of the plans, and taken back where it is paid.
    const second = await waiting();
    await page.goto(`${home}/plans`);
    await page.button('继续支付').click();
    await page.page.waitForURL(`**/${second.purchase_no}/pay`);
    // Until it is shown, there is a button of the same name on the page before.
    await page.button('立即支付').waitFor();
    await page.button('取消订单').click();
    await page.finish('取消订单');
    await page.page.waitForURL('**/plans');

    await recharge(shop, 1000);
    const third = await waiting();
    await page.goto(`${home}/purchase/${third.purchase_no}/pay`);
    await page.button('立即支付').click();
    await page.sees('购买成功');
    await page.button('停留在此页').click();
    await page.button('查看订单详情').click();
    const renewal = page.dialog.getByRole('switch', { name: '自动续费' });
    await renewal.and(page.page.locator('[aria-checked=true]')).waitFor();
    await renewal.click();
    await page.finish('确定');
    await renewal.and(page.page.locator('[aria-checked=false]')).waitFor();
    await page.dialog.getByRole('row', { name: /关闭自动续费/ }).waitFor();
    const order = third.orders[0].order_no;
    assert.equal((await owner.ok('GET', `/billing/orders/${order}`)).order.auto_renew, false);
    await page.shot('billing-order-renewal');
  });

  test('recharges that are not paid can be deleted; an alert is kept', async () => {
    const shop = await customer('recharges');
    const { owner } = shop;
    const page = await open('/billing/recharges', owner);
    await page.sees('没有充值记录');
    await page.button('充值').click();
    await page.fill({ 充值金额: '12.34' });
    await page.finish('提交充值');
    await page.act('¥12.34', '删除订单');
    await page.dialog.getByText('（¥12.34）将被删除').waitFor();
    await page.inDialog('取消');
    await page.dialogGone();
    assert.equal((await owner.ok('GET', '/billing/recharges')).items.length, 1);
    await page.act('¥12.34', '删除订单');
    await page.finish('删除订单');
    await page.sees('没有充值记录');

    await page.goto('/billing/account');
    await page.sees('未设置');
    await page.sees('没有收支记录');
    await page.shot('billing-account-empty');
    await page.button('编辑 余额预警').click();
    await page.dialog.getByRole('switch', { name: '开启预警' }).click();
    await page.inDialog('保存');
    await page.sees('预警金额不能小于 0');
    await page.fill({ 预警金额: '99.5' });
    await page.shot('billing-alert');
    await page.finish('保存');
    await page.sees('余额低于 ¥99.50 时提醒');
    assert.equal((await owner.ok('GET', '/billing/account')).alert_below, 9950);
    await page.button('编辑 余额预警').click();
    await page.dialog.getByRole('switch', { name: '开启预警' }).click();
    await page.finish('保存');
    await page.sees('未设置');
  });

  test('the operator keeps the accounts', async () => {
    const shop = await customer('ledger');
    const { owner } = shop;
    await buy(shop, 'pro');
    const page = await open(`/account/billing-orgs?search=${owner.org}`, operator);
    await page.act(owner.org, '充值/赠送/调账');
    await page.inDialog('保存');
    await page.sees('请输入大于 0 的金额');
    await page.sees('请输入原因');
    await page.fill({ 金额: '-5' });
    await page.sees('请输入大于 0 的金额');
    await page.dialog.getByRole('radio', { name: /^赠送/ }).check();
    await page.fill({ 金额: '50', 原因: '开业' });
    await page.shot('billing-adjust');
    await page.finish('保存');
    await page.row(owner.org).getByText('¥50.00').first().waitFor();
    await page.act(owner.org, '充值/赠送/调账');
    await page.dialog.getByRole('radio', { name: /^调账/ }).check();
    await page.fill({ 金额: '-80', 原因: '更正' });
    await page.finish('保存');
    await page.row(owner.org).getByText('-¥30.00').waitFor();
    await page.act(owner.org, '信用额度');
    await page.fill({ 信用额度: '-1' });
    await page.inDialog('保存');
    await page.sees('信用额度不能小于 0');
    await page.fill({ 信用额度: '2000' });
    await page.finish('保存');
    await page.row(owner.org).getByText('¥2,000.00').waitFor();
    await page.shot('billing-orgs');

    await page.act(owner.org, '账单预览');
    // A plan costs by days: from today on to the end of the month.
    const bought = page.dialog.getByRole('row', { name: /专业版.*使用 \d+ \/ \d+ 天/ });
    const [, days, of, fee] = (await bought.innerText()).match(/使用 (\d+) \/ (\d+) 天[^]*¥888.00[^]*¥([\d.]+)$/);
    assert.equal(Number(fee), Math.round((yuan(888) * days) / of) / 100);
    await page.dialog.getByRole('row', { name: /DAU 超出费用.*峰值 0，包含 10,000/ }).waitFor();
    assert.ok(await page.dialog.getByRole('button', { name: '重新出账' }).isDisabled());
    await page.shot('billing-preview');
    await page.inDialog('关闭');
    await page.dialogGone();

    await page.act(owner.org, '查看费用');
    await page.page.waitForURL('**/billing/account');
    await page.row('调账').getByText('更正').waitFor();
    await page.row('赠送').getByText('开业').waitFor();
    const audit = await operator.ok('GET', `/audit?org=${owner.org}`);
    assert.ok(audit.items.some(({ action }) => action === 'adjust'), JSON.stringify(audit.items.slice(0, 5)));

    await page.goto('/account/catalogue');
    await page.sees('gen2023');
    await area(page, '目录内容').getByText('[plan.flagship]').waitFor();
    await page.sees('与预设没有差异');
    // Its icon is part of its name.
    await page.page.getByRole('button', { name: /重新加载/ }).click();
    await Promise.all([page.sees('目录已重新加载'), page.finish('重新加载')]);
    await page.shot('billing-catalogue');
  });

  test('the operator grants features for a time and takes a plan away', async () => {
    const shop = await customer('grants');
    const { owner, app, home } = shop;
    await app.register('alice', 'bob');
    const page = await open(`/app/${owner.org}/shop/detail`, operator);
    await page.sees('没有授权');
    await page.button('添加授权').click();
    await choose(page, page.dialog, '功能', '在线状态订阅 Presence', 'Presence');
    await page.dialog.getByRole('textbox', { name: '到期时间' }).fill('2030-01-02 03:04');
    await page.page.locator('.ant-picker-dropdown:visible').getByRole('button', { name: '确定' }).click();
    await page.shot('billing-grant');
    await page.finish('保存');
    await page.row('在线状态订阅').getByText('2030-01-02 03:04').waitFor();
    await page.button('添加授权').click();
    await choose(page, page.dialog, '功能', '单个群成员数上限', '单个群成员');
    await page.inDialog('保存');
    await page.sees('请输入不小于 0 的整数');
    await page.fill({ 上限数值: '500' });
    await page.finish('保存');
    await page.row('单个群成员数上限').getByText('长期有效').waitFor();
    await page.shot('billing-grants');

    const seen = await open(`${home}/features?name=presence`, owner);
    await seen.row('在线状态订阅').getByText('已开通').waitFor();
    const alice = await connect(app, 'alice');
    await eventually(() => follow(alice));
    await seen.goto(`${home}/features?name=group_members_max`);
    await seen.row('单个群成员数上限').getByText('500', { exact: true }).waitFor();
    await page.row('单个群成员数上限').getByRole('button', { name: '移除授权' }).click();
    await page.finish('移除授权');
    await page.row('单个群成员数上限').waitFor({ state: 'detached' });
    await seen.page.reload();
    await seen.row('单个群成员数上限').getByText('100', { exact: true }).waitFor();

    await buy(shop, 'pro');
    await page.goto(`${home}/overview`);
    await page.button('调整版本').click();
    await choose(page, page.dialog, '服务版本', '免费版');
    await page.sees('新版本低于当前版本');
    await page.dialog.getByText('多端多设备在线').waitFor();
    await page.inDialog('保存');
    await page.sees('请输入原因');
    await page.fill({ 原因: '客户要求' });
    await page.shot('billing-change-plan');
    await page.finish('保存');
    await fact(page, '当前版本').getByText('免费版').waitFor();
    const [order] = (await owner.ok('GET', '/billing/orders')).items;
    assert.deepEqual([order.state, order.end_reason], ['finished', 'closed']);
    assert.equal((await owner.ok('GET', `/apps/${owner.org}/shop`)).plan, 'free');
  });

  test('an admin sees the money, a developer does not, and others see none of it', async () => {
    const shop = await customer('roles');
    const { owner, app, home, api } = shop;
    await buy(shop, 'pro');
    const [admin, developer, stranger] = await Promise.all([
      owner.member('admin'),
      owner.member('developer'),
      operator.organisation('other'),
    ]);

    const seen = await open('/billing/account', admin);
    await seen.sees('账户总余额');
    assert.equal(await seen.button('立即充值').count(), 0);
    await seen.goto('/billing/recharges');
    await seen.sees('没有充值记录');
    assert.equal(await seen.button('充值').count(), 0);
    await seen.goto(`${home}/plans`);
    await seen.button('立即开通 旗舰版').waitFor();
    const transfer = { amount: 100, channel: 'test', note: '' };
    assert.equal((await admin.call('POST', '/billing/recharges', transfer)).status, 403);
    assert.equal((await admin.call('PUT', '/billing/alert', { alert_below: 1 })).status, 403);

    const hidden = await open(`${home}/overview`, developer, { tolerate: REFUSED });
    await fact(hidden, '当前版本').getByText('专业版').waitFor();
    assert.equal(await hidden.page.getByRole('link', { name: '费用中心' }).count(), 0);
    assert.equal(await hidden.page.getByRole('link', { name: '版本开通' }).count(), 0);
    assert.equal(await hidden.button('升级版本').count(), 0);
    // What the plan lacks is shown to those who buy nothing.
    await hidden.goto(`${home}/features`);
    await hidden.act('聊天室全局广播', '升级');
    await hidden.page.locator('.plan-focus').getByText('聊天室全局广播').waitFor();
    await hidden.sees('服务版本和增值服务由组织的超级管理员或管理员购买。');
    assert.equal(await hidden.button('前往版本开通').count(), 0);
    for (const path of ['/billing/account', `${home}/plans`, `${home}/purchase`]) {
      await hidden.goto(path);
      await hidden.sees('页面不存在');
    }
    const wish = { plan: 'flagship', services: [], auto_renew: true, agreed: true };
    assert.equal((await developer.call('POST', `${api}/purchases`, wish)).status, 403);
    assert.equal((await developer.call('GET', '/billing/orders')).status, 403);

    const [{ order_no }] = (await owner.ok('GET', '/billing/orders')).items;
    assert.equal((await stranger.call('POST', `${api}/purchases`, wish)).status, 404);
    assert.equal((await stranger.call('GET', `${api}/offers`)).status, 404);
    assert.equal((await stranger.call('GET', `/billing/orders/${order_no}`)).status, 404);
    assert.deepEqual((await stranger.ok('GET', '/billing/orders')).items, []);
    const foreign = await stranger.call('GET', `/billing/account?org=${owner.org}`);
    assert.ok([403, 404].includes(foreign.status), `${foreign.status}`);
    assert.equal((await owner.call('GET', '/operator/billing/orgs')).status, 403);
    assert.equal((await app.call('GET', '/users?limit=1')).status, 200);
  });

  test('it is all there in English', async () => {
    const shop = await customer('english');
    const { owner, home } = shop;
    await recharge(shop, 600);
    await buy(shop, 'pro');
    await buy(shop, null, [{ key: 'reaction', units: 1, term_months: 1 }]);
    await owner.ok('PUT', '/account', { language: 'en' });
    const page = await open(`${home}/plans`, owner);
    await page.speaks('en');
    await page.button('Choose Flagship').click();
    await page.sees('It may move to Flagship, or buy services only.');
    await area(page, 'Estimate').getByText('refund ¥600.00').waitFor();
    await page.shot('billing-english');
    await page.goto('/billing/account');
    await page.row('Charge').getByText('-¥600.00').waitFor();
    await page.goto('/billing/orders');
    await page.row('Reactions').getByText('In service').waitFor();
    await page.row('Reactions').getByRole('button', { name: 'Details' }).click();
    await page.dialog.getByText('Automatic renewal', { exact: true }).waitFor();
    await page.goto('/billing/bills');
    await page.row('Purchase').getByText('Paid', { exact: true }).waitFor();
  });
});
