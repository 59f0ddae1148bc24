// The REST reference, for everybody, and REST 测试, which calls the API by hand; what was called is checked by REST.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { openConsole } from '../lib/console.js';
import { Staff } from '../lib/staff.js';

// What a page that provokes refusals leaves in the browser's log.
const REFUSED = [/status of 40\d/];

describe('the REST API in the console', () => {
  let owner, app;
  before(async () => {
    owner = await Staff.register('rest');
    app = await owner.createApp('calls');
    await app.register('alice', 'bob');
  });

  const openTest = (staff = owner) =>
    openConsole(`/app/${app.org}/${app.name}/rest-test`, { staff, tolerate: REFUSED });
  const editor = ({ page }) => page.getByRole('textbox', { name: '请求体（JSON）' });
  const send = (page) => page.button('发送').click();

  async function choose({ page }, words, name) {
    await page.getByRole('combobox', { name: '接口' }).click();
    await page.keyboard.type(words);
    await page.locator('.ant-select-dropdown:visible').getByTitle(name, { exact: true }).click();
  }

  /** Waits for an answer with this status. */
  const answered = ({ page }, status) =>
    page.locator('.answer-figures').filter({ hasText: new RegExp(`^${status}`) }).waitFor();

  test('everybody finds an endpoint in the reference', async () => {
    const page = await openConsole('/user/login', { staff: null });
    await page.page.goto(`${page.server.baseUrl}/docs/`);
    await page.page.waitForURL('**/console/docs');
    await page.sees(`${page.server.baseUrl}/{org}/{app}`);
    const filter = page.page.getByRole('searchbox', { name: '按路径、说明或编号查找' });
    await filter.fill('no such words');
    await page.sees('没有匹配的接口');
    const contents = page.page.getByRole('navigation', { name: '目录' });
    for (const words of ['registers a user', '注册一个用户', 'U1', 'post_users', 'post /users']) {
      await filter.fill(words);
      await contents.getByRole('link', { name: /^POST\s*\/users\s*注册一个用户/ }).waitFor();
    }
    await filter.fill('registers a user');
    await contents.getByRole('link', { name: /^POST\s*\/users\s*注册一个用户/ }).click();
    await page.page.waitForURL('**/console/docs#post_users');
    const shown = page.page.locator('#post_users');
    await shown.getByText('username').first().waitFor();
    assert.match(await shown.innerText(), /curl -X POST '.*\/ORG\/APP\/users'/);
    await shown.getByRole('button', { name: '展开类型 User', exact: true }).click();
    await shown.getByText('activated').waitFor();
    await page.shot('reference');

    // The address alone leads there, too.
    await page.goto('/docs#get_users_user');
    await page.page.locator('#get_users_user').getByText('查询一个用户').waitFor();
    const raw = await fetch(`${page.server.baseUrl}${await page.page.getByRole('link', { name: 'OpenAPI 文件' }).getAttribute('href')}`);
    assert.ok((await raw.json()).paths['/{org}/{app}/users'].post);
  });

  test('an endpoint lists its errors in its own words', async () => {
    const page = await openConsole('/docs#post_chatgroups_group_users', { staff: null });
    const shown = page.page.locator('#post_chatgroups_group_users');
    const errors = shown.getByRole('table').filter({ hasText: 'grpID GROUP does not exist!' });
    await errors.getByRole('row', { name: /^404\s*resource_not_found/ }).first().waitFor();
    await errors.getByText('usernames size is more than max limit : 100').waitFor();
    await shown.getByText('多数接口共有的错误').click();
    await shown.getByText('This request has reached api limit').waitFor();
    // What is listed is what is answered.
    const reply = await app.call('POST', '/chatgroups/7/users', { usernames: ['alice'] });
    assert.deepEqual([reply.status, reply.body.error, reply.body.error_description], [404, 'resource_not_found', 'grpID 7 does not exist!']);
  });

  test('the reference speaks the language of the browser, or the one that is chosen', async () => {
    const path = '/docs#get_users_user';
    const { page } = await openConsole(path, { staff: null, locale: 'en-US' });
    const shown = page.locator('#get_users_user');
    await page.getByRole('heading', { name: 'Users', level: 1 }).waitFor();
    await shown.getByText('Reads one user').waitFor();
    assert.doesNotMatch(await page.locator('.reference-body').innerText(), /[一-鿿]/);
    await page.getByRole('button', { name: '切换到中文' }).click();
    await page.getByRole('heading', { name: '用户', level: 1 }).waitFor();
    await shown.getByText('查询一个用户').waitFor();
    await page.reload();
    await shown.getByText('查询一个用户').waitFor();

    const chinese = await openConsole(path, { staff: null });
    await chinese.page.locator('#get_users_user').getByText('查询一个用户').waitFor();
    const headings = await chinese.page.locator('.contents-chapter').allInnerTexts();
    for (const heading of headings) assert.match(heading, /[一-鿿]|^Token/);
  });

  test('the reference fits a narrow window', async () => {
    for (const at of ['', '#users', '#roles-and-lists', '#moderation']) {
      const { page } = await openConsole(`/docs${at}`, { staff: null, width: 420 });
      await page.locator('.reference-main h1').waitFor();
      const wide = await page.evaluate(() => {
        const fits = document.documentElement.scrollWidth <= window.innerWidth;
        const outside = ({ right }) => right > window.innerWidth + 1;
        const all = [...document.querySelectorAll('.reference *')].filter((one) => !one.closest('pre'));
        return { fits, outside: all.filter((one) => outside(one.getBoundingClientRect())).map((one) => one.className) };
      });
      assert.deepEqual(wide, { fits: true, outside: [] }, at);
    }
  });

  test('a user is registered with the example, changed', async () => {
    const page = await openTest();
    await page.sees('尚未发送请求');
    await choose(page, 'registers a user', 'POST /users');
    const example = JSON.parse(await editor(page).inputValue());
    assert.deepEqual(Object.keys(example), ['username', 'password']);

    await editor(page).fill('{"username": "greylag",\n}');
    await send(page);
    await page.sees('不是合法的 JSON：第 2 行');
    await page.sees('尚未发送请求');

    // What the description says against it is told, and the server has the last word.
    await editor(page).fill('{"username": "greylag"}');
    await page.sees('缺少必填字段 password');
    await send(page);
    await answered(page, 400);
    assert.equal((await app.call('GET', '/users/greylag')).status, 404);

    await editor(page).fill(JSON.stringify({ ...example, username: 'greylag' }));
    await send(page);
    await answered(page, 200);
    const { entities } = await app.ok('GET', '/users/greylag');
    assert.equal(entities[0].username, 'greylag');
    const command = await page.page.locator('.code-block').filter({ hasText: 'curl -X POST' }).innerText();
    assert.match(command, /\/calls\/users'/);
    assert.match(command, /Authorization: Bearer \S+/);
    await page.shot('rest-test');

    const sent = page.page.locator('.sent-list button');
    assert.equal(await sent.count(), 2);
    await sent.last().click();
    assert.equal(await editor(page).inputValue(), '{"username": "greylag"}');
    await page.sees('尚未发送请求');
  });

  test('what cannot be taken back asks first', async () => {
    await app.register('pinkfoot');
    const page = await openTest();
    await choose(page, 'delete users user', 'DELETE /users/{user}');
    await send(page);
    await page.sees('请输入user');
    await page.page.locator('#variables_user').fill('pinkfoot');
    await send(page);
    await page.dialog.getByText('发送 DELETE 请求？').waitFor();
    await page.dialog.getByText(`/${app.org}/${app.name}/users/pinkfoot`).waitFor();
    await page.finish('取消');
    await app.ok('GET', '/users/pinkfoot');
    await send(page);
    await page.finish('发送');
    await answered(page, 200);
    assert.equal((await app.call('GET', '/users/pinkfoot')).status, 404);

    await choose(page, 'post messages/broadcast', 'POST /messages/broadcast');
    await send(page);
    await page.dialog.getByText('发送 POST 请求？').waitFor();
    await page.finish('取消');
    await page.sees('尚未发送请求');
  });

  test('calls are made as a user, with another token, and with none', async () => {
    const page = await openTest();
    await choose(page, 'reads one user', 'GET /users/{user}');
    await page.page.locator('#variables_user').fill('alice');
    await page.page.getByRole('radio', { name: '用户 Token', exact: true }).check();
    const user = page.page.getByRole('textbox', { name: '用户 ID' });
    await user.fill('nobody');
    await send(page);
    await page.sees('无法获取该用户的 Token');
    await user.fill('alice');
    await send(page);
    await answered(page, 200);
    await user.fill('bob');
    await send(page);
    await answered(page, 401);

    await page.page.getByRole('radio', { name: '其他 Token', exact: true }).check();
    await page.page.getByRole('textbox', { name: 'Token 内容' }).fill(`Bearer ${await app.userToken('alice')}`);
    await send(page);
    await answered(page, 200);
    await page.page.getByRole('radio', { name: '不携带', exact: true }).check();
    await send(page);
    await answered(page, 401);
  });

  test('a file is uploaded', async () => {
    const page = await openTest();
    await choose(page, 'post chatfiles', 'POST /chatfiles');
    await send(page);
    await page.sees('请选择file');
    const picture = { name: 'goose.png', mimeType: 'image/png', buffer: Buffer.alloc(5000, 1) };
    await page.page.locator('input[type=file]').setInputFiles(picture);
    await page.sees('goose.png');
    await send(page);
    await answered(page, 200);
    await page.sees('share-secret');
  });

  test('who may not see the secret does not call with it', async () => {
    const developer = await owner.member('developer');
    const { id } = (await owner.ok('GET', '/members')).find(({ email }) => email === developer.email);
    await owner.ok('PUT', `/members/${id}`, { may_reveal_secret: false });
    const page = await openTest(developer);
    await page.sees('页面不存在');
    await page.goto(`/app/${app.org}/${app.name}/detail`);
    await page.page.getByRole('link', { name: '用户认证' }).waitFor();
    assert.equal(await page.page.getByRole('link', { name: 'REST 测试' }).count(), 0);
  });
});
