// Reporting messages.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createApp } from '../lib/app.js';
import { connect, eventually, rejection, within } from '../lib/client.js';

const MESSAGE_NOT_FOUND = 51;
const SERVICE_NOT_ENABLED = 505;

describe('reports', () => {
  let app;
  before(async () => {
    app = await createApp('reports');
    await app.register('alice', 'bob', 'carol');
  });

  const report = (client, messageId, on = {}) =>
    within(
      'a report',
      client.connection.reportMessage({ reportType: 'spam', reportReason: '广告', messageId, ...on }),
    );

  test('a received message, which the app sees although it is recalled', async () => {
    const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob')]);
    const sent = await alice.text('bob', 'cheap watches');
    await bob.next('onTextMessage', { id: sent.serverMsgId });
    await report(bob, sent.serverMsgId);
    await alice.recall(sent.serverMsgId, 'bob');
    const { data } = await app.ok('GET', '/moderation/reports');
    const row = data.find((one) => one.msg_id === sent.serverMsgId);
    assert.equal(row.reporter, 'bob');
    assert.equal(row.from, 'alice');
    assert.equal(row.report_type, 'spam');
    assert.equal(row.report_reason, '广告');
    assert.equal(row.message.payload.bodies[0].msg, 'cheap watches');
    const gone = await rejection(report(bob, sent.serverMsgId));
    assert.equal(gone.type, MESSAGE_NOT_FOUND);
  });

  test('a group message, by members only', async () => {
    const group = await app.createGroup('alice', ['bob']);
    const [alice, bob, carol] = await Promise.all(['alice', 'bob', 'carol'].map((user) => connect(app, user)));
    const sent = await alice.groupText(group, 'in the group');
    await bob.next('onTextMessage', { id: sent.serverMsgId });
    await report(bob, sent.serverMsgId);
    const stranger = await rejection(report(carol, sent.serverMsgId));
    assert.equal(stranger.type, MESSAGE_NOT_FOUND);
    const unknown = await rejection(report(bob, '17'));
    assert.equal(unknown.type, MESSAGE_NOT_FOUND);
  });

  test('an app without reports says so', async () => {
    const other = await createApp('no-reports');
    await other.register('alice', 'bob');
    const [alice, bob] = await Promise.all([connect(other, 'alice'), connect(other, 'bob')]);
    const sent = await alice.text('bob', 'hello');
    await bob.next('onTextMessage', { id: sent.serverMsgId });
    await other.feature('message_report', 'off');
    await eventually(async () => {
      const error = await rejection(report(bob, sent.serverMsgId));
      assert.equal(error.type, SERVICE_NOT_ENABLED);
    });
  });
});
