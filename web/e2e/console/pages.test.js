// Every page of the menus, in both languages: its name, its words, its width, and what axe says about it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { connect } from '../lib/client.js';
import { openConsole } from '../lib/console.js';
import { Staff } from '../lib/staff.js';

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

/** The pages of an app, as the documentation of its customers names them. */
const APP_PAGES = [
  ['应用详情', 'detail'],
  ['用户认证', 'auth'],
  ['REST 测试', 'rest-test'],
  ['服务概览', 'im/overview'],
  ['功能配置总览', 'im/features'],
  ['版本开通', 'im/plans'],
  ['证书管理', 'im/push/certs'],
  ['模板管理', 'im/push/templates'],
  ['消息回调', 'im/callbacks'],
  ['安全配置', 'im/security'],
  ['敏感词', 'im/sensitive-words'],
  ['审核总览', 'im/moderation/overview'],
  ['规则配置', 'im/moderation/rules'],
  ['规则测试', 'im/moderation/test'],
  ['历史记录', 'im/moderation/history'],
  ['关键词名单', 'im/moderation/lists'],
  ['用户标签管理', 'im/moderation/tags'],
  ['消息举报', 'im/reports'],
  ['全局禁言', 'im/mutes'],
  ['用户管理', 'im/users'],
  ['群组管理', 'im/groups'],
  ['聊天室管理', 'im/rooms'],
  ['用户', 'im/stats/users'],
  ['群组', 'im/stats/groups'],
  ['聊天室', 'im/stats/rooms'],
  ['消息量', 'im/stats/messages'],
  ['推送统计', 'im/stats/push'],
  ['实时信息概览', 'im/queries/realtime'],
  ['热点数据查询', 'im/queries/hot'],
  ['IM消息投递查询', 'im/queries/delivery'],
  ['IM用户连接状态', 'im/queries/connections'],
];
const ACCOUNT_PAGES = [
  ['账号信息', 'info'],
  ['安全设置', 'security'],
  ['成员管理', 'members'],
  ['操作日志', 'audit'],
];
const BILLING_PAGES = [
  ['账户中心', 'account'],
  ['订单中心', 'orders'],
  ['消费账单', 'bills'],
  ['充值记录', 'recharges'],
];
/** What the operator has beside the pages of the account. */
const OPERATOR_PAGES = [
  ['组织管理', 'organisations'],
  ['组织账户', 'billing-orgs'],
  ['充值确认', 'billing-recharges'],
  ['版本目录', 'catalogue'],
];

describe('every page', () => {
  let owner, developer, operator, app;
  /** Purchases of an app that has bought a service: one is paid, one waits. */
  let paid, waiting;
  before(async () => {
    owner = await Staff.register('pages');
    app = await owner.createApp('flock');
    await app.register('alice', 'bob');
    await app.createGroup('alice', ['bob'], { maxusers: 20 });
    await app.ok('POST', '/chatrooms', { name: 'Lobby', description: 'd', owner: 'alice' });
    [developer, operator] = await Promise.all([owner.member('developer'), Staff.operator()]);
    await shop();
    const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob')]);
    const sent = await alice.text('bob', 'hello');
    await bob.next('onTextMessage', { id: sent.serverMsgId });
  });

  /** Makes an app that buys, so that the pages of money have something to show. */
  async function shop() {
    await owner.createApp('shop');
    const recharge = { amount: 500000, channel: 'test', note: 'first' };
    const { recharge_no } = await owner.ok('POST', '/billing/recharges', recharge);
    await owner.ok('POST', `/billing/recharges/${recharge_no}/pay`);
    await owner.ok('POST', '/billing/recharges', { ...recharge, channel: 'offline', note: 'second' });
    const purchases = `/apps/${owner.org}/shop/purchases`;
    const buy = (plan, services) =>
      owner.ok('POST', purchases, { plan, services, auto_renew: true, agreed: true });
    await buy('pro', []);
    paid = (await buy(null, [{ key: 'callback', units: 1, term_months: 1 }])).purchase_no;
    await owner.ok('POST', `${purchases}/${paid}/pay`);
    waiting = (await buy(null, [{ key: 'msg_storage_ext', units: 2, term_months: 3 }])).purchase_no;
  }

  /** A page in the account's language. */
  async function openIn(language, path, staff = owner) {
    await staff.ok('PUT', '/account', { language });
    const page = await openConsole(path, { staff });
    await page.speaks(language);
    return page;
  }

  /** Where the left menu of a page leads to, as [name, path]. */
  const menu = (page) =>
    page.page
      .locator('aside nav a')
      .evaluateAll((links) =>
        links.map((link) => [link.textContent, link.getAttribute('href').replace('/console', '')]),
      );

  /** Waits until a page shows all that it has. */
  const settled = ({ page }, path, name) =>
    page.waitForFunction(
      ([to, name]) =>
        location.pathname === to &&
        document.querySelector('main h1')?.textContent &&
        (!name || document.querySelector('main h1').textContent === name) &&
        !document.querySelector('.page-progress, [aria-busy="true"], .ant-skeleton, .ant-spin-spinning'),
      [`/console${path}`, name],
    );

  /** Goes to a page as the menu does. */
  async function visit(shown, path, name) {
    await shown.page.evaluate((to) => {
      const link = document.querySelector(`a[href="${to}"]`);
      link.click();
    }, `/console${path}`);
    await settled(shown, path, name);
  }

  /** What is wrong with the words on show: none at all is best. */
  const wrongWords = ({ page }, language) =>
    page.evaluate((language) => {
      // The switch of languages speaks the other one, the catalogue's file both, types the language of the API; what
      // people have called their things, of which long ones are clipped, is theirs.
      const isElsewhere = (element) =>
        element.closest('[lang]') !== document.documentElement ||
        element.closest('noscript, script, style, .catalogue-text, .shape, .clipped');
      const texts = [document.title];
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        if (!isElsewhere(walker.currentNode.parentElement)) texts.push(walker.currentNode.data.trim());
      }
      for (const name of ['aria-label', 'title', 'placeholder', 'alt']) {
        for (const element of document.body.querySelectorAll(`[${name}]`)) {
          if (!isElsewhere(element)) texts.push(element.getAttribute(name));
        }
      }
      const holes = /^[a-z]+([A-Z][a-z]+)+$|^[a-z]+(_[a-z]+)+$|\bundefined\b|\bNaN\b|\[object |Invalid Date|\bnull\b/;
      return texts.filter((text) => holes.test(text) || (language === 'en' && /[\u3400-\u9fff，。：（）]/u.test(text)));
    }, language);

  /** Faults that keep somebody out. */
  async function barriers({ page }) {
    if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe);
    const { violations } = await page.evaluate(() => globalThis.axe.run({ resultTypes: ['violations'] }));
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(
        ({ id, nodes }) =>
          `${id}: ${nodes
            .map(({ html, any }) => `${html} ${any[0]?.message ?? ''}`)
            .slice(0, 3)
            .join(' | ')}`,
      );
  }

  /** What a page of the menu shows that it should not. */
  async function faults(page, path, { language, name }) {
    await visit(page, path, name);
    return faultsOfShown(page, path, { language, name });
  }

  async function faultsOfShown(page, path, { language, name }) {
    const found = [];
    const title = await page.page.title();
    if (name && !title.startsWith(name)) found.push(`its title is ${title}`);
    const words = await wrongWords(page, language);
    if (words.length > 0) found.push(`wrong words: ${words.join(' | ')}`);
    const tooWide = await page.page.evaluate(() =>
      [document.documentElement, ...document.querySelectorAll('.page-scroll')].some(
        ({ scrollWidth, clientWidth }) => scrollWidth > clientWidth,
      ),
    );
    if (tooWide) found.push('scrolls sideways');
    // What axe looks at does not depend on the language.
    if (language === 'zh') found.push(...(await barriers(page)));
    return found.map((fault) => `${path}: ${fault}`);
  }

  async function walk(language, start, names, staff = owner) {
    const page = await openIn(language, start, staff);
    await page.page.locator('aside nav a').first().waitFor({ state: 'attached' });
    const links = await menu(page);
    if (language === 'zh') {
      const base = start.slice(0, start.indexOf(names[0][1]));
      assert.deepEqual(
        links,
        names.map(([name, path]) => [name, base + path]),
      );
    }
    const found = [];
    for (const [name, path] of links) found.push(...(await faults(page, path, { language, name })));
    return found;
  }

  const none = (found) => assert.deepEqual(found, []);

  for (const [language, of] of [
    ['zh', 'in Chinese'],
    ['en', 'in English'],
  ]) {
    test(`of an app, ${of}`, async () => none(await walk(language, `/app/${app.org}/${app.name}/detail`, APP_PAGES)));

    test(`of the account, ${of}`, async () => none(await walk(language, '/account/info', ACCOUNT_PAGES)));

    test(`of billing, ${of}`, async () => none(await walk(language, '/billing/account', BILLING_PAGES)));

    test(`of a purchase, ${of}`, async () => {
      const home = `/app/${app.org}/shop/im`;
      const page = await openIn(language, `${home}/plans`);
      const found = [];
      for (const step of ['purchase', `purchase/${waiting}/pay`, `purchase/${paid}/done`]) {
        const path = `${home}/${step}`;
        await page.goto(path);
        await settled(page, path);
        // It leaves by itself.
        if (step.endsWith('/done')) await page.button(language === 'zh' ? '停留在此页' : 'Stay here').click();
        found.push(...(await faultsOfShown(page, path, { language })));
      }
      none(found);
    });

    test(`above the menus, ${of}`, async () => {
      const page = await openIn(language, '/home');
      const found = [];
      for (const path of ['/home', '/developer']) found.push(...(await faults(page, path, { language })));
      none(found);
    });

    test(`the REST reference, ${of}`, async () => {
      const page = await openIn(language, '/home');
      const found = [];
      for (const place of ['', '#users']) {
        await page.goto(`/docs${place}`);
        await settled(page, '/docs');
        found.push(...(await faultsOfShown(page, `/docs${place}`, { language })));
      }
      none(found);
    });

    test(`of the operator, ${of}`, async () => {
      none(await walk(language, '/account/info', [...ACCOUNT_PAGES, ...OPERATOR_PAGES], operator));
    });
  }

  test('the switch of languages holds for the account, wherever it signs in', async () => {
    const page = await openIn('zh', '/account/info');
    await page.sees('账号信息');
    const saved = page.page.waitForResponse((answer) => answer.request().method() === 'PUT');
    await page.button('Switch to English').click();
    await saved;
    await page.speaks('en');
    await page.page.reload();
    await page.speaks('en');
    const elsewhere = await openConsole('/account/info', { staff: owner });
    await elsewhere.speaks('en');
    await elsewhere.button('切换到中文').waitFor();
  });

  test('dialogs have no barriers either', async () => {
    const found = [];
    const look = async (path, opener, staff = owner) => {
      const page = await openIn('zh', path, staff);
      await opener(page);
      await page.dialog.waitFor();
      found.push(...(await barriers(page)).map((fault) => `${path}, a dialog: ${fault}`));
    };
    const button = (name) => (page) => page.page.getByRole('button', { name }).first().click();
    const im = `/app/${app.org}/${app.name}/im`;
    await look('/home', button('创建应用'));
    await look('/account/members', button('添加成员'));
    await look(`${im}/users`, button('创建IM用户'));
    await look(`${im}/push/certs`, button('添加推送证书'));
    await look(`${im}/push/templates`, button('添加推送模板'));
    await look(`${im}/groups`, (page) => page.act('alice', '查看群组成员'));
    await look(`${im}/rooms`, (page) => page.act('Lobby', '查看聊天室禁言名单'));
    await look(`${im}/features`, (page) => page.act('消息撤回', '设置'));
    await look(`${im}/features`, (page) => page.act('多端多设备在线', '升级'), developer);
    await look('/billing/recharges', button('充值'));
    await look('/billing/account', button('编辑 余额预警'));
    await look('/billing/orders', (page) => page.row('回调').getByRole('button', { name: '详情' }).click());
    await look('/billing/bills', button('账单详情'));
    const accounts = `/account/billing-orgs?search=${owner.org}`;
    await look(accounts, (page) => page.act(owner.org, '充值/赠送/调账'), operator);
    await look(accounts, (page) => page.act(owner.org, '账单预览'), operator);
    await look(`/app/${app.org}/${app.name}/detail`, button('添加授权'), operator);
    await look(`${im}/overview`, button('调整版本'), operator);
    none(found);
  });
});
