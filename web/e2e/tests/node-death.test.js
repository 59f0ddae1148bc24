// What users and the customer's server are told when a node dies. On nodes of its own, since one of them does.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { App, createApp, server } from '../lib/app.js';
import { connect, eventually, within } from '../lib/client.js';
import { startCluster } from '../lib/cluster.js';
import { freshDatabase } from '../lib/postgres.js';
import { FORM, Receiver } from '../lib/receiver.js';
import { Staff } from '../lib/staff.js';

const postgres = process.env.HONGYAN_TEST_POSTGRES;
const nats = process.env.NATS_SERVER;
/** Within which another node has taken over what one node does at a time, and told of who is gone. */
const TAKEN_OVER_MS = 20_000;
/** On SQLite there is one node; with the others this runs once. */
const skip = !(postgres && nats && server.database) && 'needs HONGYAN_TEST_POSTGRES and NATS_SERVER';

describe('a node that dies', { skip }, () => {
  let database;
  let cluster;
  let receiver;
  before(async () => {
    database = await freshDatabase(postgres);
    const settings = { HONGYAN_CALLBACKS__ALLOW_NETWORKS: '127.0.0.0/8' };
    cluster = await startCluster({ label: `dying-${server.label}`, database: database.url, settings, nats });
    receiver = await Receiver.start();
  });
  after(async () => {
    await receiver?.stop();
    await cluster?.stop();
    await database?.drop();
  });

  test('its users are shown and told to be offline, and callbacks go on', async () => {
    const { facts } = cluster;
    const app = await createApp('death', 't1', facts);
    await app.register('alice', 'bob', 'carol');
    const staff = await Staff.operator(facts);
    const rule = { ...FORM, kind: 'post', name: 'all', delivery: 'durable', url: receiver.url };
    await staff.ok('POST', `/apps/${app.org}/${app.name}/callbacks`, rule);
    // The first node has started first, so that it does what one node does at a time.
    const [first, second, third] = facts.nodes.map((url) => App.at(app, url, facts));
    const alice = await connect(second, 'alice');
    const carol = await connect(third, 'carol');
    const bob = await connect(first, 'bob');
    await within('following', alice.connection.subscribePresence({ usernames: ['bob'], expiry: 3600 }));
    await eventually(async () => {
      await alice.text('carol', 'before');
      assert.ok(receiver.seen({ from: 'alice', to: 'carol' }).length > 0);
    });
    await receiver.wait((body) => body.reason === 'login' && body.user.includes('_bob@'));

    const died = Date.now();
    await cluster.crash(0);
    bob.connection.close();
    const sent = await alice.text('carol', 'after its death');
    await carol.next('onTextMessage', { id: sent.serverMsgId });
    const gone = ([presence]) =>
      presence.userId === 'bob' && presence.statusDetails.every(({ status }) => status === 0);
    await alice.next('onPresenceStatusChange', gone, TAKEN_OVER_MS);
    const told = (body) => body.status === 'offline' && body.user.includes('_bob@');
    const [logout] = await receiver.wait(told, 1, TAKEN_OVER_MS);
    const [message] = await receiver.wait((body) => body.msg_id === sent.serverMsgId, 1, TAKEN_OVER_MS);
    console.log(`told ${logout.at - died} ms after the death that bob is gone, and after ${message.at - died} ms of a message`);
    assert.equal(receiver.seen(told).length, 1, 'once');
  });
});
