// The demo chat in Chromium, one window per user.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach } from 'node:test';
import { chromium } from 'playwright-core';
import { server } from './app.js';
import { PATIENCE_MS } from './client.js';
import { results } from './server.js';

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The password of the demo's users. */
export const DEMO_PASSWORD = 'hongyan';

let browser;
const open = new Set();

afterEach(async () => {
  const complaints = [];
  for (const window of open) {
    complaints.push(...window.complaints);
    await window.context.close();
  }
  open.clear();
  assert.deepEqual(complaints, [], 'the pages had errors');
});
after(() => browser?.close());

/** A window of its own profile, showing the demo chat; `tolerate` names console errors that the test provokes. */
export async function openWindow(name, { locale = 'en-US', tolerate = [] } = {}) {
  browser ??= await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ARGS });
  const context = await browser.newContext({ locale, viewport: { width: 1120, height: 760 } });
  // Several windows share few cores with a server and the other tests.
  context.setDefaultTimeout(2 * PATIENCE_MS);
  const page = await context.newPage();
  const complaints = [];
  const complain = (text) => {
    if (!tolerate.some((pattern) => pattern.test(text))) complaints.push(`${name}: ${text}`);
  };
  page.on('pageerror', (error) => complain(error.stack ?? String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') complain(`${message.text()} ${message.location().url}`);
  });
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText;
    if (why !== 'net::ERR_ABORTED') complain(`${request.url()}: ${why}`);
  });
  const strangers = [];
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith('http') && origin !== server.baseUrl) strangers.push(request.url());
  });
  const window = new ChatWindow(name, context, page, complaints, strangers);
  open.add(window);
  const answer = await page.goto(`${server.baseUrl}/chat/`);
  assert.ok(answer.ok(), `/chat/ answers ${answer.status()}: was the server built with web/chat?`);
  return window;
}

/** A window that is logged in as one of the demo's users. */
export async function openChat(user, options) {
  const window = await openWindow(user, options);
  await window.id(`user-chip-${user}`).click();
  await window.connected();
  return window;
}

class ChatWindow {
  constructor(name, context, page, complaints, strangers) {
    Object.assign(this, { name, context, page, complaints, strangers });
  }

  id(testId) {
    return this.page.getByTestId(testId);
  }

  async connected() {
    await this.page.locator('[data-testid="connection-state"][data-state="connected"]').waitFor();
  }

  /** Opens the conversation with a user, from the list or as a new one. */
  async chatWith(user) {
    const row = this.id(`conversation-${user}`);
    if (await row.isVisible()) {
      await row.click();
    } else {
      await this.id('new-chat').click();
      await this.id('new-chat-user').fill(user);
      await this.id('new-chat-submit').click();
    }
    await this.page.locator(`[data-testid="conversation-view"][data-conversation="${user}"]`).waitFor();
  }

  async openConversation(id) {
    await this.id(`conversation-${id}`).click();
    await this.page.locator(`[data-testid="conversation-view"][data-conversation="${id}"]`).waitFor();
  }

  async write(text) {
    await this.id('message-input').fill(text);
    await this.id('send').click();
  }

  /** The message bubble that holds a text. */
  message(text) {
    return this.id('message').filter({ hasText: text });
  }

  /** Waits until a message has one of these states. */
  async status(message, ...states) {
    const wanted = states.map((state) => `[data-status="${state}"]`).join(',');
    await message.and(this.page.locator(wanted)).waitFor();
  }

  async attach(button, file) {
    const choosing = this.page.waitForEvent('filechooser');
    await this.id(button).click();
    await (await choosing).setFiles(file);
  }

  async menu(message, item) {
    await message.hover();
    await message.getByTestId('message-actions').click();
    await this.id(item).click();
  }

  async shot(title) {
    mkdirSync(results, { recursive: true });
    await this.page.screenshot({ path: join(results, `chat-${title}-${this.name}.png`) });
  }
}
