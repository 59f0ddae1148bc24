// How clients find the server and what their frames travel in. Old builds: builds.test.js.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import WebSocket from 'ws';
import { once } from 'node:events';
import { createApp, server } from '../lib/app.js';
import { Client, connect, rejection, within } from '../lib/client.js';
import { Command, decode, encode } from '../lib/raw.js';
import { askingAt } from '../lib/sdk.js';

const { baseUrl } = server;

const patch = askingAt(baseUrl);

describe('the file by which clients find the server', () => {
  let app;
  before(async () => {
    app = await createApp('dns');
    await app.register('alice', 'bob');
  });

  const found = { isHttpDNS: true, url: undefined, apiUrl: undefined, patch };

  test('by the App Key', async () => {
    const [alice, bob] = await Promise.all([connect(app, 'alice', found), connect(app, 'bob')]);
    assert.equal(alice.connection.apiUrl, baseUrl);
    assert.equal(alice.connection.url, `${baseUrl.replace('http', 'ws')}/websocket`);
    await alice.text('bob', 'found you');
    await bob.next('onTextMessage', { msg: 'found you' });
    // Nothing but this machine was asked, and nobody is reported to.
    for (const { url } of alice.tab.requests) assert.match(url, /^http:\/\/127\.0\.0\.1:/);
    assert.ok(!alice.tab.requests.some(({ url }) => url.includes('/report') || url.includes('/logs')));
  });

  test('by the App ID alone', async () => {
    const alice = await connect(app, 'alice', { ...found, appId: app.id });
    assert.equal(alice.connection.appKey, app.key);
    const page = await alice.history('bob', { pageSize: 1 });
    assert.ok(page.messages);
  });

  test('registration and login by password go the same way', async () => {
    const open = await createApp('dns-open', 't1', server, ['--open-registration']);
    const client = new Client(open, 'newcomer', found);
    await within('registerUser', client.connection.registerUser({ username: 'newcomer', password: 'pw' }));
    await client.login({ pwd: 'pw' });
  });

  test('an app that is not there', async () => {
    const other = { ...app, key: 't1#nobody', baseUrl, socketUrl: app.socketUrl };
    const client = new Client(other, 'alice', found);
    const error = await rejection(client.connection.open({ user: 'alice', accessToken: 'x' }));
    assert.equal(error.type, 304);
  });
});

describe('frames', () => {
  let app;
  before(async () => {
    app = await createApp('frames');
    await app.register('alice', 'bob');
  });

  test('the SDK offers LZ4 and is answered in plain', async () => {
    const client = new Client(app, 'alice');
    const sent = [];
    client.tab.watchFrames((direction, bytes) => sent.push({ direction, bytes: Buffer.from(bytes) }));
    await client.login();
    const bob = await connect(app, 'bob');
    await client.text('bob', 'plain '.repeat(500));
    await bob.next('onTextMessage', (message) => message.msg.startsWith('plain'));
    const [offer, answer] = ['up', 'down'].map((way) => sent.find(({ direction }) => direction === way));
    // Field 22 of Provision, packed, with the one value 2: an offer; the answer is without.
    const mark = Buffer.from([0xb2, 0x01, 0x01, 0x02]);
    assert.ok(decode('MSync', offer.bytes).payload.includes(mark), 'the SDK does not offer it any more');
    assert.ok(!decode('MSync', answer.bytes).payload.includes(mark));
    // Every frame after it is readable as it is.
    for (const { bytes } of sent) assert.ok(decode('MSync', bytes).command !== 99);
    assert.ok(sent.some(({ direction, bytes }) => direction === 'up' && bytes.includes('plain plain plain')));
  });

  test('who begins with base64 is answered in base64, and nobody else', async () => {
    const token = await app.userToken('alice');
    const login = encode('MSync', {
      version: 0,
      command: Command.PROVISION,
      guid: { appKey: app.key, name: 'alice', domain: 'easemob.com' },
      auth: `$t$${token}`,
      payload: encode('Provision', { version: '4.21.1', resource: 'r', sessionId: '1:' }),
    });
    for (const message of [login, login.toString('base64'), login.toString('base64').replace(/=+$/, '')]) {
      const socket = new WebSocket(app.socketUrl);
      await once(socket, 'open');
      socket.send(message);
      const [data, isBinary] = await once(socket, 'message');
      assert.equal(isBinary, typeof message !== 'string');
      const answer = decode('MSync', isBinary ? data : Buffer.from(data.toString(), 'base64'));
      assert.equal(answer.command, Command.PROVISION);
      assert.ok(!decode('Provision', answer.payload).status.errorCode);
      socket.terminate();
    }
  });
});

describe('SockJS', () => {
  test('tells that it has WebSocket', async () => {
    const answer = await fetch(`${baseUrl}/ws/info`, { headers: { origin: 'https://page.example' } });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('access-control-allow-origin'), 'https://page.example');
    assert.equal(answer.headers.get('access-control-allow-credentials'), 'true');
    const info = await answer.json();
    assert.deepEqual([info.websocket, info.cookie_needed], [true, false]);
    assert.equal(typeof info.entropy, 'number');
  });

  test('and nothing else', async () => {
    for (const transport of ['xhr', 'xhr_streaming', 'xhr_send', 'eventsource', 'htmlfile', 'jsonp', 'websocket']) {
      const method = transport.startsWith('xhr') ? 'POST' : 'GET';
      const answer = await fetch(`${baseUrl}/ws/000/abcdefgh/${transport}`, { method });
      assert.equal(answer.status, 404, transport);
      await answer.text();
    }
    for (const path of ['/ws/iframe.html', '/ws/', '/ws/x', '/ws/1/2/3/websocket']) {
      const answer = await fetch(`${baseUrl}${path}`);
      assert.equal(answer.status, 404, path);
    }
  });
});
