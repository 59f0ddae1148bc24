// An app on the running server, and what its owner's back end does by REST.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { command, commandReading, createAppByCommand } from './server.js';

if (!process.env.E2E_SERVER) throw new Error('start the tests with `npm test`: run.js starts the server');

/** The server that run.js started. */
export const server = JSON.parse(process.env.E2E_SERVER);

/** Within which each node has looked for changed apps. */
const FOLLOWED_MS = 1200;

/** The password of every user made by `App.register`. */
export const passwordOf = (user) => `pw-of-${user.toLowerCase()}`;

/** A new app with a name of its own; `options` are further arguments of `hongyan app create`. */
export async function createApp(purpose, org = 't1', on = server, options = []) {
  const name = `${purpose}-${randomBytes(4).toString('hex')}`;
  return new App(await createAppByCommand(on, org, name, options), on.baseUrl, on);
}

export class App {
  #token;

  #server;

  /** An app by way of the one node at `url`. */
  static at(app, url, on = server) {
    const facts = { appkey: app.key, app_id: app.id, org: app.org, app: app.name };
    const credentials = { client_id: app.clientId, client_secret: app.clientSecret };
    return new App({ ...facts, ...credentials }, url, { ...on, nodes: undefined });
  }

  constructor({ appkey, app_id, org, app, client_id, client_secret }, baseUrl, on = server) {
    this.#server = on;
    this.key = appkey;
    this.id = app_id;
    this.org = org;
    this.name = app;
    this.clientId = client_id;
    this.clientSecret = client_secret;
    this.baseUrl = baseUrl;
    const nodes = baseUrl === on.baseUrl && on.nodes ? [...on.nodes] : [baseUrl];
    const next = () => (nodes.push(nodes.shift()), nodes.at(-1));
    // Where there are several nodes, of another one each time.
    const address = (get) => ({ enumerable: true, get });
    Object.defineProperties(this, {
      node: address(next),
      url: address(() => `${next()}/${org}/${app}`),
      // As users configure it in the SDK.
      socketUrl: address(() => `${next().replace('http', 'ws')}/ws`),
      // As builds before 4.13 want it.
      sockJsUrl: address(() => `${next()}/ws`),
    });
  }

  /** `hongyan app feature KEY VALUE…`; the running server feels it within a second or two. */
  async feature(key, ...values) {
    const said = await this.#command('feature', key, ...values);
    // Tests wait until they see it, on one node; by then the others have to have looked, too.
    if (this.#server.nodes) await sleep(FOLLOWED_MS);
    return said;
  }

  /** `hongyan app rtc`: sets the carrier's project, or takes it away. */
  calls(project, certificate) {
    const args = ['app', 'rtc', '--org', this.org, '--name', this.name];
    if (project === undefined) return command(this.#server, ...args, '--remove');
    return commandReading(certificate, this.#server, ...args, '--project', project);
  }

  /** `hongyan app suspend` and `resume`. */
  suspend() {
    return this.#command('suspend');
  }

  resume() {
    return this.#command('resume');
  }

  #command(name, ...values) {
    return command(this.#server, 'app', name, '--org', this.org, '--name', this.name, ...values);
  }

  /** The app's own token. */
  token() {
    this.#token ??= this.#fetchToken();
    return this.#token;
  }

  async #fetchToken() {
    const answer = await this.issueToken({
      grant_type: 'client_credentials',
      client_id: this.clientId,
      client_secret: this.clientSecret,
    });
    return answer.access_token;
  }

  async issueToken(grant, headers = {}) {
    const answer = await fetch(`${this.url}/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(grant),
    });
    const body = await answer.json();
    assert.equal(answer.status, 200, JSON.stringify(body));
    return body;
  }

  /** A user's token by the app's authority; `ttl` in seconds. */
  async userToken(username, ttl) {
    const grant = { grant_type: 'inherit', username, autoCreateUser: true, ttl };
    const answer = await this.issueToken(grant, { authorization: `Bearer ${await this.token()}` });
    return answer.access_token;
  }

  /** One REST call as the app, or as the holder of `token`; gives status and JSON body. */
  async call(method, path, body, token) {
    const answer = await fetch(this.url + path, {
      method,
      headers: {
        authorization: `Bearer ${token ?? (await this.token())}`,
        'content-type': 'application/json',
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return { status: answer.status, body: await answer.json() };
  }

  /** As `call`, for calls that must succeed; gives the body. */
  async ok(method, path, body, token) {
    const answer = await this.call(method, path, body, token);
    assert.equal(answer.status, 200, `${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async register(...users) {
    const rows = users.map((username) => ({ username, password: passwordOf(username) }));
    await this.ok('POST', '/users', rows);
  }

  async createGroup(owner, members, fields = {}) {
    const body = { groupname: 'g', description: 'd', public: false, maxusers: 200, owner, members, ...fields };
    const answer = await this.ok('POST', '/chatgroups', body);
    return answer.data.groupid;
  }

  /** Sends to users by REST; gives the ids by receiver. */
  async sendToUsers(from, to, type, body, fields = {}) {
    return (await this.ok('POST', '/messages/users', { from, to, type, body, ...fields })).data;
  }

  async sendToGroups(from, to, type, body, fields = {}) {
    return (await this.ok('POST', '/messages/chatgroups', { from, to, type, body, ...fields })).data;
  }
}
