// What the pages about money say at the edges: in another time zone, in debt, where nothing can be bought, without money
// at all, and of a catalogue of the operator's own.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { server } from '../lib/app.js';
import { eventually } from '../lib/client.js';
import { openConsole } from '../lib/console.js';
import { startServer } from '../lib/server.js';
import { Staff } from '../lib/staff.js';

const area = (page, name) => page.page.getByRole('region', { name, exact: true });
const buy = (owner, plan, services = []) =>
  owner.ok('POST', `/apps/${owner.org}/shop/purchases`, { plan, services, auto_renew: true, agreed: true });

/** A time as the clocks of a zone show it: `2026-11-18 08:26:40`. */
const clock = (time, timeZone) => new Date(time).toLocaleString('sv', { timeZone });

describe('billing at its edges', () => {
  let operator;
  before(async () => {
    operator = await Staff.operator();
  });

  async function customer(purpose) {
    const owner = await operator.organisation(purpose);
    await owner.createApp('shop');
    return owner;
  }

  test('times are those of the billing time zone, also for who is elsewhere', async () => {
    const owner = await customer('zone');
    await buy(owner, 'pro');
    const [{ order_no, created }] = (await owner.ok('GET', '/billing/orders')).items;
    const from = Date.parse('2026-01-01T16:00:00Z');
    const to = Date.parse('2036-01-01T15:59:59.999Z');
    const page = await openConsole(`/billing/orders?from=${from}&to=${to}`, { staff: owner, zone: 'America/New_York' });
    await page.row(order_no).getByText(clock(created, 'Asia/Shanghai')).waitFor();
    await page.sees('日期和时间均为计费时区 Asia/Shanghai 的时间');
    // Days begin where they are billed.
    const range = page.page.locator('.time-range input');
    assert.deepEqual(
      [await range.nth(0).inputValue(), await range.nth(1).inputValue()],
      ['2026-01-02 00:00', '2036-01-01 23:59'],
    );
    await page.row(order_no).getByRole('button', { name: '详情' }).click();
    await page.dialog.getByText(clock(created, 'Asia/Shanghai')).first().waitFor();
    await page.shot('billing-zone');
  });

  test('orders and bills are narrowed to a product, and what is left is shown', async () => {
    const owner = await customer('products');
    const { recharge_no } = await owner.ok('POST', '/billing/recharges', { amount: 200_000, channel: 'test', note: '' });
    await owner.ok('POST', `/billing/recharges/${recharge_no}/pay`);
    await buy(owner, 'pro');
    const { purchase_no } = await buy(owner, null, [{ key: 'reaction', units: 1, term_months: 1 }]);
    await owner.ok('POST', `/apps/${owner.org}/shop/purchases/${purchase_no}/pay`);
    const page = await openConsole('/billing/orders', { staff: owner });
    await page.row('专业版').waitFor();
    await page.page.getByLabel('产品名称', { exact: true }).click();
    await page.page.locator('.ant-select-dropdown:visible').getByTitle('消息表情回复', { exact: true }).click();
    await page.row('专业版').waitFor({ state: 'detached' });
    await page.row('消息表情回复').waitFor();
    await page.goto('/billing/bills?item=reaction');
    await page.row('即时通讯云').getByText('¥600.00').first().waitFor();
    await page.goto('/billing/bills?item=pro');
    await page.sees('没有账单');

    await page.goto('/billing/account');
    const left = area(page, '其余资源剩余情况');
    await left.getByRole('row', { name: /专业版 DAU 免费额度 10,000 0 10,000 本月末/ }).waitFor();
    await left.getByRole('row', { name: /消息表情回复 预付费时长 (\d+) 天 0 天 \1 天 \d{4}-/ }).waitFor();
    await page.shot('billing-left');

    // In English every column has its place beside the button.
    await owner.ok('PUT', '/account', { language: 'en' });
    await page.goto('/billing/bills?item=reaction');
    const table = area(page, 'Bills');
    const right = async (locator) => {
      const box = await locator.boundingBox();
      return box.x + box.width;
    };
    const cash = table.getByRole('columnheader', { name: 'Paid in cash' });
    const actions = table.getByRole('columnheader', { name: 'Actions' });
    // The table is drawn anew when its bills have come.
    await eventually(async () => {
      await Promise.all([cash.waitFor(), actions.waitFor()]);
      const { x } = await actions.boundingBox();
      assert.ok((await right(cash)) <= x + 1, `${await right(cash)} is behind ${x}`);
    });
    await page.shot('billing-bills-english');
  });

  test('who owes money is told so on the home page', async () => {
    const owner = await customer('debt');
    const page = await openConsole('/home', { staff: owner });
    await page.sees('应用列表');
    assert.equal(await page.page.getByText('账户欠费').count(), 0);
    await operator.ok('POST', `/operator/billing/orgs/${owner.org}/adjustments`, {
      kind: 'adjustment',
      amount: -12_345,
      reason: 'a test',
    });
    await page.goto('/home');
    await page.sees('账户欠费');
    await page.sees('¥123.45 账单未支付');
    await page.shot('billing-home-debt');
    await page.button('前往账户中心').click();
    await page.page.waitForURL('**/billing/account');
  });

  test('on the highest plan that can be bought nothing leads nowhere, and nothing is asked for nothing', async () => {
    const owner = await customer('highest');
    await buy(owner, 'flagship');
    const home = `/app/${owner.org}/shop/im`;
    const page = await openConsole(`${home}/overview`, { staff: owner });
    await page.sees('更高版本由运维人员开通，请联系运维人员。');
    assert.equal(await page.button('升级版本').count(), 0);
    const asked = [];
    page.page.on('request', (request) => {
      if (request.url().endsWith('/purchases/estimate')) asked.push(request.postDataJSON());
    });
    await page.button('购买增值服务').click();
    await page.page.waitForURL('**/purchase?plan=vas');
    const units = page.page.getByRole('group', { name: '消息云存储时长', exact: true }).getByRole('spinbutton');
    await units.fill('2');
    await page.page.locator('.facts > div, dl > div').filter({ hasText: '应付金额' }).getByText('¥1,000.00').first().waitFor();
    assert.ok(asked.length > 0 && asked.every(({ services }) => services.length === 1), JSON.stringify(asked));
    await page.shot('billing-highest');
  });
});

describe('an installation with a catalogue of its own', () => {
  let folder, file, running;
  const write = (changes) => writeFile(file, `schema = 1\nid = "own"\nbase = "gen2023"\n${changes}`);
  const off = '[billing]\nenabled = false\n';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plans-'));
    file = join(folder, 'plans.toml');
    await write(off);
    running = await startServer({ label: `${server.label}-own-plans`, settings: { HONGYAN_PLANS: file } });
  });
  after(async () => {
    assert.equal((await running.stop()).code, 0);
    await rm(folder, { recursive: true });
  });

  test('where money is off no page asks for any, and buying is enabling', async () => {
    const operator = await Staff.operator(running.facts);
    const owner = await operator.organisation('free');
    await owner.createApp('shop');
    const page = await openConsole('/home', { staff: owner });
    const asked = [];
    page.page.on('request', (request) => {
      if (/\/console\/api\/(operator\/)?billing\//.test(request.url())) asked.push(request.url());
    });
    const home = `/app/${owner.org}/shop/im`;
    for (const [path, words] of [
      ['/home', '应用列表'],
      [`${home}/overview`, '当前版本'],
      [`${home}/plans`, '专业版'],
      [`${home}/purchase?plan=pro`, '可选增值服务'],
      ['/billing/account', '页面不存在'],
    ]) {
      await page.goto(path);
      await page.sees(words);
    }
    assert.equal(await page.page.getByText('¥').count(), 0);
    assert.deepEqual(asked, []);
    for (const path of ['account', 'orders', 'orders.csv', 'bills', 'entries', 'costs', 'resources']) {
      const { status, body } = await owner.call('GET', `/billing/${path}`);
      assert.deepEqual([status, body.error], [409, 'billing_off'], path);
    }
  });

  test('what differs from the preset is said in words, and what is worth a look', async () => {
    const operator = await Staff.operator(running.facts);
    await write(
      `${off}[plan.pro]\nmonthly_fee = "999"\n[plan.pro.feature]\nthread = "operator"\n` +
        '[plan.flagship.quota]\ngroup_members_max = 299\n',
    );
    const page = await openConsole('/account/catalogue', { staff: operator });
    await page.page.getByRole('button', { name: /重新加载/ }).click();
    await page.finish('重新加载');
    const differences = area(page, '与预设的差异');
    for (const line of [
      /全部 启用计费 enabled 是 否/,
      /专业版 月费 monthly_fee 888.00 999.00/,
      /专业版 子区[^·]*· 功能 thread.feature 增值服务 由运维人员开通/,
      /旗舰版 单个群成员数上限 · 限制 group_members_max.quota 3000 299/,
    ]) {
      await differences.getByRole('row', { name: line }).waitFor();
    }
    await page.sees('旗舰版的单个群成员数上限为 299，低于专业版的 300');
    await page.shot('billing-catalogue-differences');
  });
});
