// A customer's server: takes callbacks, checks their signatures, keeps what it got, and answers as it is told.

import assert from 'node:assert/strict';
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { PATIENCE_MS } from './client.js';

/** Kinds of messages that a rule before sending may name. */
export const ALL_KINDS = ['TEXT', 'IMAGE', 'VIDEO', 'LOCATION', 'VOICE', 'FILE', 'CUSTOM', 'COMMAND', 'COMBINE'];
/** A rule of callbacks as the console writes it, but for `kind`, `name` and `url`. */
export const FORM = {
  enabled: true,
  custom_secret: null,
  chat_types: ['chat', 'groupchat', 'chatroom'],
  msg_types: ALL_KINDS,
  timeout_ms: 2000,
  on_failure: 'pass',
  report_error: false,
  payload_form: 'message',
  events: ['*'],
  event_classes: ['chat'],
  rest_messages: true,
  sdk_messages: true,
  from_ids: [],
  to_ids: [],
  group_ids: [],
  ext_keys: [],
  group_event_format: 'muc',
  delivery: 'compatible',
};

export class Receiver {
  /** What came: {body, headers, path, at}. */
  calls = [];

  /** Gives {status, body, delay} for a call; by default 200 and nothing. */
  answer = () => ({});

  #waiting = new Set();

  static async start({ secret, port = 0 } = {}) {
    const receiver = new Receiver();
    receiver.secret = secret;
    receiver.server = createServer((request, response) => receiver.#take(request, response));
    await new Promise((listening) => receiver.server.listen(port, '127.0.0.1', listening));
    receiver.port = receiver.server.address().port;
    receiver.url = `http://127.0.0.1:${receiver.port}/hook`;
    return receiver;
  }

  async #take(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const call = { body: JSON.parse(text), text, headers: request.headers, path: request.url, at: Date.now() };
    const { status = 200, body = '', delay = 0, headers = {} } = (await this.answer(call)) ?? {};
    this.calls.push(call);
    for (const check of [...this.#waiting]) check();
    const send = () => {
      response.writeHead(status, headers);
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    };
    if (delay) setTimeout(send, delay);
    else send();
  }

  /** Calls so far whose body fits `wanted`: fields to be equal, or a function. */
  seen(wanted) {
    return this.calls.filter(({ body }) => fits(body, wanted));
  }

  /** Waits until `count` calls fit; gives them. */
  async wait(wanted, count = 1, patience = PATIENCE_MS) {
    return new Promise((resolve, reject) => {
      const check = () => {
        const seen = this.seen(wanted);
        if (seen.length < count) return;
        clearTimeout(timer);
        this.#waiting.delete(check);
        resolve(seen);
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(check);
        const bodies = this.calls.map(({ text }) => text).join('\n');
        reject(new Error(`not called ${count} times with ${JSON.stringify(wanted)}; calls:\n${bodies}`));
      }, patience);
      this.#waiting.add(check);
      check();
    });
  }

  /** The body of the first call that fits. */
  async next(wanted) {
    return (await this.wait(wanted))[0].body;
  }

  none(wanted) {
    assert.deepEqual(this.seen(wanted).map(({ text }) => text), []);
  }

  /** Both signatures of a call. */
  verify({ body, text, headers }, secret = this.secret) {
    const security = createHash('md5').update(`${body.callId}${secret}${body.timestamp}`).digest('hex');
    assert.equal(body.security, security);
    assert.equal(headers['webhook-id'], body.callId);
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${text}`;
    const expected = Buffer.from(`v1,${createHmac('sha256', secret).update(signed).digest('base64')}`);
    assert.ok(timingSafeEqual(Buffer.from(headers['webhook-signature']), expected));
  }

  stop() {
    this.server.closeAllConnections();
    return new Promise((closed) => this.server.close(closed));
  }
}

function fits(body, wanted) {
  if (typeof wanted === 'function') return wanted(body);
  return Object.entries(wanted).every(([key, value]) => JSON.stringify(body[key]) === JSON.stringify(value));
}
