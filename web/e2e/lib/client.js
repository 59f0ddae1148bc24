// One user's device running the official SDK, with its events recorded.
// E2E_SDK_LOG=1 adds the SDK's own log to failures.

import assert from 'node:assert/strict';
import { afterEach } from 'node:test';
import { inspect, isDeepStrictEqual } from 'node:util';
import { CURRENT, note, noteEvent, noting } from './coverage.js';
import { OVER_SOCKJS, loadSdk } from './sdk.js';

/** How long a test waits for something that must happen. */
export const PATIENCE_MS = Number(process.env.E2E_PATIENCE_MS ?? 10_000);

const open = new Set();
let made = 0;

afterEach(() => {
  for (const client of open) client.discard();
});

/** Whether `event` satisfies a function, or has all the fields of an object. */
function matches(event, wanted) {
  if (wanted === undefined) return true;
  if (typeof wanted === 'function') return Boolean(wanted(event));
  return Object.entries(wanted).every(([key, value]) => isDeepStrictEqual(event?.[key], value));
}

export class Client {
  events = [];
  #waiting = new Set();

  /** A client that has not logged in yet. */
  constructor(app, user, options = {}) {
    // The same device each time, as a browser that keeps its storage; null leaves it to the SDK. `build` names another
    // build, `sdk` is a copy of one (lib/sdk.js).
    const { device = 'main', delivery = false, build, sdk = loadSdk(options), patch, ...rest } = options;
    const { WebIM, tab } = sdk;
    this.app = app;
    this.user = user;
    this.WebIM = WebIM;
    this.build = build ?? sdk.name ?? CURRENT;
    this.tab = tab;
    // The SDK numbers messages by the time and a counter that starts anew in each tab. Tests follow
    // each other faster than anybody reloads a page; without this, ids of one device would meet.
    made += 1;
    if (WebIM.utils) WebIM.utils.autoIncrement = made * 100_000;
    const connection = new WebIM.connection({
      // A client that is given an id has no key.
      ...(!rest.appId && { appKey: app.key }),
      url: OVER_SOCKJS.includes(build) ? app.sockJsUrl : app.socketUrl,
      apiUrl: app.node,
      isHttpDNS: false,
      delivery,
      ...(device && { deviceId: device }),
      ...rest,
    });
    const record = (name) => (event) => this.#record(name, event);
    connection.addEventHandler('record', new Proxy({}, { get: (_, name) => record(name) }));
    /** The SDK's connection; calls of it that succeed count in docs/sdk-compatibility.md. */
    this.connection = noting(this.build, connection);
    open.add(this);
  }

  /** Logs in with a password, a token, or by default with a fresh token from the app. */
  async login({ pwd, token } = {}) {
    const credentials = pwd ? { pwd } : { accessToken: token ?? (await this.app.userToken(this.user)) };
    await within(`login of ${this.user}`, this.connection.open({ user: this.user, ...credentials }));
    // Old builds say so before they are connected.
    if (!this.seen('onConnected').length) await this.next('onConnected');
    return this;
  }

  /** The SDK's refusal of a login; the login must fail. */
  async refusal(credentials) {
    return rejection(this.login(credentials));
  }

  #record(name, event) {
    const entry = { name, event, taken: false };
    this.events.push(entry);
    for (const wait of this.#waiting) {
      if (entry.taken) break;
      if (wait.name === name && matches(event, wait.wanted)) {
        entry.taken = true;
        noteEvent(this.build, name, event);
        this.#waiting.delete(wait);
        wait.resolve(event);
      }
    }
  }

  /** The next not yet taken event of this name that matches; waits for it. */
  next(name, wanted, patience = PATIENCE_MS) {
    const entry = this.events.find((e) => !e.taken && e.name === name && matches(e.event, wanted));
    if (entry) {
      entry.taken = true;
      noteEvent(this.build, name, entry.event);
      return Promise.resolve(entry.event);
    }
    const where = new Error();
    return new Promise((resolve, reject) => {
      const wait = {
        name,
        wanted,
        resolve: (event) => {
          clearTimeout(timer);
          resolve(event);
        },
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(wait);
        where.message = `${this.user}: no ${name} ${short(wanted) ?? ''} in ${patience} ms; ${this.#recent()}`;
        reject(where);
      }, patience);
      this.#waiting.add(wait);
    });
  }

  #recent() {
    const lines = this.events.filter((e) => e.name !== 'onMessage').slice(-15);
    const log = process.env.E2E_SDK_LOG ? this.tab.logs.map(short) : [];
    return ['last events:', ...lines.map((e) => `  ${e.name} ${short(e.event) ?? ''}`), ...log].join('\n');
  }

  /** All events of this name so far, taken or not. */
  seen(name, wanted) {
    return this.events.filter((e) => e.name === name && matches(e.event, wanted)).map((e) => e.event);
  }

  /** Waits until `count` events of this name match, and gives them in order of arrival. */
  async collect(name, count, wanted, patience = PATIENCE_MS) {
    const events = [];
    while (events.length < count) events.push(await this.next(name, wanted, patience));
    return events;
  }

  /** Asserts that no such event has come so far. */
  none(name, wanted) {
    const seen = this.seen(name, wanted);
    assert.ok(seen.length === 0, `${this.user} must not see ${name}: ${this.#recent()}`);
  }

  /** Creates and sends a message with the SDK; `chatType` defaults to one-to-one. */
  async send(fields) {
    const message = this.WebIM.message.create({ chatType: 'singleChat', ...fields });
    const sent = await within(`${this.user} sends ${fields.type}`, this.connection.send(message));
    note(this.build, `send ${fields.type}`);
    return sent;
  }

  text(to, msg, fields = {}) {
    return this.send({ type: 'txt', to, msg, ...fields });
  }

  groupText(group, msg, fields = {}) {
    return this.text(group, msg, { chatType: 'groupChat', ...fields });
  }

  recall(message, to, chatType = 'singleChat', fields = {}) {
    const sent = this.connection.recallMessage({ mid: message, to, chatType, ...fields });
    return within(`${this.user} recalls`, sent);
  }

  /** One page of history by the SDK. */
  history(targetId, options = {}) {
    const asked = this.connection.getHistoryMessages({ targetId, chatType: 'singleChat', ...options });
    return within(`${this.user} reads history`, asked);
  }

  /** Downloads an attachment with the SDK. */
  async download(url, secret) {
    const done = new Promise((resolve, reject) => {
      this.WebIM.utils.download.call(this.connection, {
        url,
        secret,
        onFileDownloadComplete: async (blob) => resolve(Buffer.from(await blob.arrayBuffer())),
        onFileDownloadError: reject,
      });
    });
    const bytes = await within(`${this.user} downloads`, done);
    note(this.build, 'utils.download');
    return bytes;
  }

  /** Uploads a file with the SDK, without a message; gives the server's answer. */
  async upload(file) {
    const done = new Promise((resolve, reject) => {
      this.WebIM.utils.uploadFile.call(this.connection, {
        accessToken: this.connection.token,
        appKey: this.app.key,
        apiUrl: this.app.baseUrl,
        file,
        onFileUploadComplete: resolve,
        onFileUploadError: reject,
      });
    });
    const answer = await within(`${this.user} uploads`, done);
    note(this.build, 'utils.uploadFile');
    return answer;
  }

  /** The SDK's own logout. */
  logout() {
    this.connection.close();
    this.discard();
  }

  /** Ends the client as if its tab were closed. */
  discard() {
    open.delete(this);
    this.tab.close();
  }
}

/** Logs a user in; options of `Client` and of `login` together. */
export async function connect(app, user, { pwd, token, ...options } = {}) {
  return new Client(app, user, options).login({ pwd, token });
}

/** The value a promise is rejected with. */
export async function rejection(promise) {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Hang) throw error;
    return error;
  }
  assert.fail('was accepted, should have been refused');
}

/** Repeats what may fail until it succeeds; for what takes effect a moment later. */
export async function eventually(attempt, patience = PATIENCE_MS) {
  const deadline = Date.now() + patience;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline || error instanceof Hang) throw error;
    }
    await new Promise((later) => setTimeout(later, 100));
  }
}

/** Files as the SDK wants them. */
export function fileOf(bytes, filename, type) {
  return { url: '', filename, filetype: filename.split('.').pop(), data: new File([bytes], filename, { type }) };
}

class Hang extends Error {}

/** Turns a promise that never settles (the SDK has such) into an error. */
export async function within(what, promise, patience = 2 * PATIENCE_MS) {
  let timer;
  const late = new Promise((_, reject) => {
    const error = new Hang(`${what}: no result in ${patience} ms`);
    timer = setTimeout(() => reject(error), patience);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function short(value) {
  return value === undefined ? undefined : inspect(value, { depth: 3, breakLength: Infinity, maxStringLength: 200 });
}
