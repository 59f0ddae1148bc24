// Who sees what, and how an address leads through the login to its page.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { openConsole } from '../lib/console.js';
import { STAFF_PASSWORD, Staff } from '../lib/staff.js';

describe('staff', () => {
  let owner, app;
  before(async () => {
    owner = await Staff.register('staff');
    app = await owner.createApp('flock');
    await app.register('alice', 'bob');
  });

  test('an address survives a reload, and the login that it needs first', async () => {
    const address = `/app/${app.org}/${app.name}/im/users?search=ali`;
    const page = await openConsole(address, { staff: null, tolerate: [/401 \(Unauthorized\)/] });
    await page.page.waitForURL('**/user/login?next=*');
    await page.signIn(owner.email, STAFF_PASSWORD);
    const shows = async () => {
      await page.page.waitForURL(`**/console${address}`);
      await page.row('alice').waitFor();
      assert.equal(await page.row('bob').count(), 0);
      assert.equal(await page.page.getByRole('searchbox').inputValue(), 'ali');
    };
    await shows();
    await page.page.reload();
    await shows();
  });

  test('a developer finds no members: not in a menu, not by the address, not by the API', async () => {
    const developer = await owner.member('developer');
    const page = await openConsole('/account/info', { staff: developer });
    await page.page.getByRole('link', { name: '操作日志' }).waitFor();
    assert.equal(await page.page.getByRole('link', { name: '成员管理' }).count(), 0);
    await page.page
      .getByRole('button', { name: /账号菜单|账号/ })
      .last()
      .click();
    await page.page.getByRole('menuitem', { name: '安全设置' }).waitFor();
    assert.equal(await page.page.getByRole('menuitem', { name: '成员管理' }).count(), 0);

    await page.goto('/account/members');
    await page.sees('地址有误，或者您没有访问权限。');
    const refused = await developer.call('GET', '/members');
    assert.deepEqual([refused.status, refused.body.error], [403, 'not_permitted']);

    await page.goto(`/app/${app.org}/${app.name}/im/features`);
    await page.row('消息撤回').getByRole('button', { name: '设置' }).waitFor();
    await page.goto('/home');
    await page.row(app.key).waitFor();
    assert.equal(await page.page.getByRole('button', { name: '创建应用' }).count(), 0);
  });
});
