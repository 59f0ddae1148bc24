// The demo chat, as a newcomer uses it: two windows, two users.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { png } from '../lib/media.js';
import { DEMO_PASSWORD, openChat, openWindow } from '../lib/page.js';

/** Two windows, each showing the conversation with the other. */
async function twoWindows() {
  const [alice, bob] = await Promise.all([openChat('alice'), openChat('bob')]);
  await alice.chatWith('bob');
  await bob.chatWith('alice');
  return [alice, bob];
}

/** Text that no earlier test has written. */
let written = 0;
const fresh = (text) => `${text} #${(written += 1)}`;

test('log in by typing, in English', async () => {
  const window = await openWindow('newcomer');
  await window.shot('login-en');
  await window.id('login-user').fill('carol');
  await window.id('login-password').fill(DEMO_PASSWORD);
  await window.id('login-submit').click();
  await window.connected();
  assert.match(await window.id('connection-state').textContent(), /Connected/);
  await window.shot('welcome-en');
});

test('a wrong password is explained', async () => {
  const window = await openWindow('forgetful', { tolerate: [/400 \(Bad Request\)/] });
  await window.id('login-user').fill('carol');
  await window.id('login-password').fill('wrong');
  await window.id('login-submit').click();
  await window.id('login-error').waitFor();
  assert.match(await window.id('login-error').textContent(), /password/i);
  await window.id('login-password').fill(DEMO_PASSWORD);
  await window.id('login-submit').click();
  await window.connected();
});

test('Chinese and English', async () => {
  const window = await openWindow('bilingual', { locale: 'zh-CN' });
  assert.match(await window.page.textContent('body'), /登录/);
  await window.shot('login-zh');
  await window.id('user-chip-dave').click();
  await window.connected();
  assert.match(await window.page.textContent('body'), /会话|聊天|消息/);
  await window.shot('welcome-zh');
  await window.id('lang-switch').first().click();
  await window.page.getByText('Choose a conversation').waitFor();
  await window.page.reload();
  await window.page.getByText('Choose a conversation').waitFor();
});

test('text, both ways, delivered and read', async () => {
  const [alice, bob] = await twoWindows();
  const hello = fresh('Hello Bob, <b>not bold</b> & 你好');
  await alice.write(hello);
  const atBob = bob.message(hello);
  await atBob.waitFor();
  assert.equal(await atBob.getAttribute('data-from'), 'alice');
  const atAlice = alice.message(hello);
  await alice.status(atAlice, 'read');
  assert.equal(await atAlice.getAttribute('data-mid'), await atBob.getAttribute('data-mid'));

  const answer = fresh('Hello Alice');
  await bob.write(answer);
  await alice.message(answer).waitFor();
  await bob.status(bob.message(answer), 'read');
  assert.equal(await alice.message(hello).count(), 1);
  await alice.shot('text');
  await bob.shot('text');
});

test('a message for a conversation that is not open counts as unread, and as delivered only', async () => {
  const [alice, bob] = await Promise.all([openChat('alice'), openChat('bob')]);
  await alice.chatWith('bob');
  await bob.chatWith('carol');
  const text = fresh('look here');
  await alice.write(text);
  await bob.id('unread-alice').waitFor();
  await alice.status(alice.message(text), 'delivered');
  await bob.openConversation('alice');
  await bob.message(text).waitFor();
  await alice.status(alice.message(text), 'read');
  await bob.id('unread-alice').waitFor({ state: 'detached' });
});

test('emoji', async () => {
  const [alice, bob] = await twoWindows();
  const text = fresh('party');
  await alice.id('message-input').fill(text);
  await alice.id('emoji-button').click();
  await alice.shot('emoji');
  const first = alice.id('emoji-picker').locator('[data-testid^="emoji-"]').first();
  const emoji = (await first.textContent()).trim();
  await first.click();
  await alice.id('send').click();
  await bob.message(text).filter({ hasText: emoji }).waitFor();
});

test('image, shown to the receiver', async () => {
  const [alice, bob] = await twoWindows();
  const before = await bob.id('image').count();
  const buffer = png(320, 240);
  await alice.attach('attach-image', { name: 'photo.png', mimeType: 'image/png', buffer });
  const picture = bob.id('image').nth(before).locator('img');
  await picture.waitFor();
  await bob.page.waitForFunction((image) => image.complete && image.naturalWidth > 0, await picture.elementHandle());
  await bob.id('image').nth(before).click();
  const large = bob.id('lightbox').locator('img');
  await large.waitFor();
  await bob.page.waitForFunction((image) => image.naturalWidth === 320, await large.elementHandle());
  await bob.shot('image');
  await bob.id('lightbox-close').click();
  await alice.status(
    alice
      .id('message')
      .filter({ has: alice.id('image') })
      .last(),
    'delivered',
    'read',
  );
});

test('file, downloaded byte for byte', async () => {
  const [alice, bob] = await twoWindows();
  const buffer = Buffer.from('the whole truth\n'.repeat(500));
  const name = `${fresh('truth')}.txt`.replace(' #', '-');
  await alice.attach('attach-file', { name, mimeType: 'text/plain', buffer });
  const card = bob.id('file').filter({ hasText: name });
  await card.waitFor();
  const downloading = bob.page.waitForEvent('download');
  await card.click();
  const download = await downloading;
  assert.equal(download.suggestedFilename(), name);
  assert.ok((await readFile(await download.path())).equals(buffer));
});

test('recall', async () => {
  const [alice, bob] = await twoWindows();
  const text = fresh('that was for somebody else');
  await alice.write(text);
  await bob.message(text).waitFor();
  await alice.status(alice.message(text), 'delivered', 'read');
  const id = await alice.message(text).getAttribute('data-mid');
  await alice.menu(alice.message(text), 'recall');
  for (const window of [alice, bob]) {
    await window.page.locator(`[data-testid="message-recalled"][data-mid="${id}"]`).waitFor();
    assert.equal(await window.message(text).count(), 0);
  }
  await bob.shot('recall');
});

test('group', async () => {
  const [alice, bob, carol] = await Promise.all(['alice', 'bob', 'carol'].map((user) => openChat(user)));
  const name = fresh('Weekend trip');
  await alice.id('new-group').click();
  await alice.id('group-name').fill(name);
  await alice.id('group-members').fill('bob, carol');
  await alice.id('group-submit').click();
  await alice.id('conversation-title').filter({ hasText: name }).waitFor();
  const group = await alice.id('conversation-view').getAttribute('data-conversation');
  const text = fresh('who brings the tent?');
  await alice.write(text);
  for (const member of [bob, carol]) {
    await member.openConversation(group);
    await member.id('conversation-title').filter({ hasText: name }).waitFor();
    await member.message(text).waitFor();
  }
  const answer = fresh('I do');
  await bob.write(answer);
  for (const member of [alice, carol]) {
    await member.message(answer).waitFor();
    assert.equal(await member.message(answer).getAttribute('data-from'), 'bob');
  }
  await carol.shot('group');
});

test("the demo's group is there from the start", async () => {
  const [alice, dave] = await Promise.all(['alice', 'dave'].map((user) => openChat(user)));
  const row = (window) => window.page.locator('[data-testid^="conversation-"][data-kind="group"]', { hasText: 'Demo' });
  await row(alice).click();
  await row(dave).click();
  const text = fresh('hello everybody');
  await alice.write(text);
  await dave.message(text).waitFor();
});

test('after a reload the session, the conversation and its history are there', async () => {
  const [alice, bob] = await twoWindows();
  const mine = fresh('before the reload');
  await alice.write(mine);
  await bob.message(mine).waitFor();
  const theirs = fresh('also before');
  await bob.write(theirs);
  await alice.message(theirs).waitFor();
  await alice.page.reload();
  await alice.connected();
  await alice.message(mine).waitFor();
  await alice.message(theirs).waitFor();
  assert.equal(await alice.message(mine).count(), 1);
  assert.equal(await alice.message(theirs).count(), 1);
  const after = fresh('after the reload');
  await bob.write(after);
  await alice.message(after).waitFor();
  await alice.shot('reload');
});

test('another window of the same user shows what the first one sends', async () => {
  const [alice, bob] = await twoWindows();
  const second = await openChat('alice');
  await second.chatWith('bob');
  const text = fresh('from my first window');
  await alice.write(text);
  await second.message(text).waitFor();
  await bob.message(text).waitFor();
  // Before it is acknowledged it has a number of its own.
  await alice.status(alice.message(text), 'delivered', 'read');
  const id = await alice.message(text).getAttribute('data-mid');
  await second.menu(second.message(text), 'recall');
  for (const window of [alice, second, bob]) {
    await window.page.locator(`[data-testid="message-recalled"][data-mid="${id}"]`).waitFor();
  }
});

test('the page talks to its own server only', async () => {
  const [alice, bob] = await twoWindows();
  await alice.write(fresh('stay home'));
  await bob.id('message').last().waitFor();
  assert.deepEqual([...alice.strangers, ...bob.strangers], []);
});
