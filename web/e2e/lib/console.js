// The console in Chromium, signed in as the super admin of the demo's organisation.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach } from 'node:test';
import { chromium } from 'playwright-core';
import { server } from './app.js';
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

/** A page of the console; `tolerate` names console errors that the test provokes. */
export async function openConsole(path, { tolerate = [] } = {}) {
  browser ??= await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-sync'],
  });
  const context = await browser.newContext({
    locale: 'zh-CN',
    viewport: { width: 1280, height: 900 },
    ...(signedIn ? { storageState: signedIn } : {}),
  });
  context.setDefaultTimeout(2 * PATIENCE_MS);
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
  if (!signedIn) {
    await signIn(page);
    signedIn = await context.storageState();
  }
  await page.goto(`${server.baseUrl}/console${path}`);
  return new ConsolePage(page);
}

async function signIn(page) {
  const answer = await page.goto(`${server.baseUrl}/console/user/login`);
  assert.ok(answer.ok(), `/console/ answers ${answer.status()}: was the server built with web/console?`);
  await page.getByRole('textbox', { name: '邮箱' }).fill(ACCOUNT);
  await page.locator('input[type=password]').fill(PASSWORD);
  await page.getByRole('checkbox').first().check();
  await page.getByRole('button', { name: '登录', exact: true }).click();
  await page.waitForURL('**/console/home');
}

class ConsolePage {
  constructor(page) {
    this.page = page;
  }

  button(name) {
    return this.page.getByRole('button', { name, exact: true });
  }

  /** The dialog in front. */
  get dialog() {
    return this.page.getByRole('dialog').last();
  }

  /** Presses a button of the dialog in front. */
  async inDialog(name) {
    await this.dialog.getByRole('button', { name, exact: true }).click();
  }

  /** Waits until no dialog is in front any more. */
  async dialogGone() {
    await this.page.locator('.ant-modal-wrap:visible').first().waitFor({ state: 'hidden' });
  }

  /** The row of a table that has this text. */
  row(text) {
    return this.page.getByRole('row').filter({ hasText: text });
  }

  async sees(text) {
    await this.page.getByText(text).first().waitFor();
  }

  async shot(title) {
    mkdirSync(results, { recursive: true });
    await this.page.screenshot({ path: join(results, `console-${title}.png`) });
  }
}
