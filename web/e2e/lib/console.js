// The console in Chromium, signed in as the super admin of the demo's organisation or as somebody else.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach } from 'node:test';
import { chromium } from 'playwright-core';
import { App, server } from './app.js';
import { PATIENCE_MS } from './client.js';
import { results } from './server.js';

const ACCOUNT = 'demo@hongyan.local';
const PASSWORD = 'hongyan-demo';
export const ORG = 'demo';

let browser;
let signedIn;
const open = new Set();

afterEach(async () => {
  const complaints = [];
  for (const { context, complaints: own } of open) {
    complaints.push(...own);
    await context.close();
  }
  open.clear();
  assert.deepEqual(complaints, [], 'the pages had errors');
});
after(() => browser?.close());

/**
 * A page of the console. `staff` is who looks at it (from `staff.js`): without it the demo's super admin, null for
 * nobody. `on` is the server, `tolerate` names console errors that the test provokes, `locale` and `zone` are the browser's
 * language and time zone, and `width` that of its window.
 */
export async function openConsole(
  path,
  { staff, on = staff?.server ?? server, tolerate = [], locale = 'zh-CN', zone, width = 1280 } = {},
) {
  browser ??= await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-sync'],
  });
  const asDemo = staff === undefined;
  const context = await browser.newContext({
    locale,
    ...(zone ? { timezoneId: zone } : {}),
    viewport: { width, height: 900 },
    // A menu that still unfolds is not where it is clicked.
    reducedMotion: 'reduce',
    ...(asDemo && signedIn ? { storageState: signedIn } : {}),
  });
  context.setDefaultTimeout(2 * PATIENCE_MS);
  if (staff) await context.addCookies([staff.cookie]);
  const page = await context.newPage();
  const complaints = [];
  open.add({ context, complaints });
  const complain = (text) => {
    if (!tolerate.some((pattern) => pattern.test(text))) complaints.push(text);
  };
  page.on('pageerror', (error) => complain(error.stack ?? String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') complain(`${message.text()} ${message.location().url}`);
  });
  const shown = new ConsolePage(page, on);
  if (asDemo && !signedIn) {
    const answer = await page.goto(`${server.baseUrl}/console/user/login`);
    assert.ok(answer.ok(), `/console/ answers ${answer.status()}: was the server built with web/console?`);
    await shown.signIn(ACCOUNT, PASSWORD);
    await page.waitForURL('**/console/home');
    signedIn = await context.storageState();
  }
  await shown.goto(path);
  return shown;
}

class ConsolePage {
  constructor(page, on) {
    this.page = page;
    this.server = on;
  }

  goto(path) {
    return this.page.goto(`${this.server.baseUrl}/console${path}`);
  }

  /** Fills in and sends the login page. */
  async signIn(email, password) {
    await this.page.getByRole('textbox', { name: '邮箱' }).fill(email);
    await this.page.locator('input[type=password]').fill(password);
    await this.page.getByRole('checkbox').first().check();
    await this.button('登录').click();
  }

  button(name) {
    return this.page.getByRole('button', { name, exact: true });
  }

  /** The dialog or drawer in front. */
  get dialog() {
    return this.page.getByRole('dialog').last();
  }

  /** Presses a button of the dialog in front. */
  async inDialog(name) {
    // The cross in the corner has a name as well, but no text.
    await this.dialog.getByRole('button', { name, exact: true }).filter({ hasText: name }).click();
  }

  /** Fills fields of the dialog in front, by their labels. */
  async fill(fields) {
    for (const [label, value] of Object.entries(fields)) {
      await this.dialog.getByLabel(label, { exact: true }).fill(String(value));
    }
  }

  /** Presses a button of the dialog in front, which ends the dialog. */
  async finish(name) {
    await this.inDialog(name);
    await this.dialogGone();
  }

  /** Writes a text in the dialog 发送rest消息, and sends it. */
  async write(text) {
    await this.fill({ 消息内容: text });
    await this.dialog.locator('button[type=submit]').click();
    await this.dialogGone();
  }

  /** Waits until no dialog is in front any more. */
  async dialogGone() {
    await this.page.locator('.ant-modal-wrap:visible').first().waitFor({ state: 'hidden' });
  }

  /** Closes the dialog or drawer in front by a key. */
  async dismiss() {
    const dialogs = this.page.getByRole('dialog');
    const front = (await dialogs.count()) - 1;
    await this.page.keyboard.press('Escape');
    await dialogs.nth(front).waitFor({ state: 'hidden' });
  }

  /** The row of a table that has this text. */
  row(text) {
    return this.page.getByRole('row').filter({ hasText: text });
  }

  /** Chooses what to do with a row: a button of its own, or an entry of its menu 更多. */
  async act(name, action) {
    const row = this.row(name);
    const more = row.getByRole('button', { name: /：更多操作$/ });
    const direct = row.getByRole('button', { name: action, exact: true });
    await more.or(direct).first().waitFor();
    if (await direct.isVisible()) return direct.click();
    await more.click();
    await this.page.getByRole('menuitem', { name: action, exact: true }).click();
  }

  /** Waits until the page is there, in a language. */
  async speaks(language) {
    const locale = { zh: 'zh-CN', en: 'en' }[language];
    await this.page.locator(`html[lang="${locale}"] .top-links`).waitFor();
  }

  async sees(text) {
    await this.page.getByText(text).first().waitFor();
  }

  /** What the customer's server would be configured with, read from 应用详情. */
  async credentials() {
    await this.button('显示 Client Secret').click();
    await this.button('隐藏 Client Secret').waitFor();
    const value = (label) =>
      this.page.locator('.facts > div').filter({ hasText: label }).locator('code').first().innerText();
    const appkey = await value('App Key');
    const [org, app] = appkey.split('#');
    const [client_id, client_secret] = [await value('Client ID'), await value('Client Secret')];
    return new App({ appkey, org, app, client_id, client_secret }, this.server.baseUrl, this.server);
  }

  async shot(title) {
    mkdirSync(results, { recursive: true });
    await this.page.screenshot({ path: join(results, `console-${title}.png`) });
  }
}
