// An account of the console by its API: what tests prepare, and what they check beside the page.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { App, server } from './app.js';
import { binary, environment } from './server.js';

/** The password of the accounts made here, once they have signed in. */
export const STAFF_PASSWORD = 'Wild-geese-7';

const CHOSEN_BY_OTHERS = 'Chosen-by-1-other';
const SESSION = 'hongyan_session';

export class Staff {
  /** The value of the session's cookie. */
  session;
  #csrf = '';

  constructor(email, on = server) {
    this.email = email;
    this.server = on;
  }

  /** Registers an organisation; gives its super admin, signed in. */
  static async register(purpose, on = server) {
    const org = `${purpose}-${randomBytes(4).toString('hex')}`;
    const staff = new Staff(`owner@${org}.example`, on);
    const body = {
      kind: 'company',
      company: 'Wild Geese',
      org,
      email: staff.email,
      password: STAFF_PASSWORD,
      agree: true,
    };
    await staff.#withProof('/register', body);
    staff.org = org;
    return staff;
  }

  /** Makes an operator of the installation with the server's own command. */
  static async operator(on = server) {
    const email = `operator-${randomBytes(4).toString('hex')}@example.com`;
    const where = ['--data-dir', on.dataDir, ...(on.database ? ['--database', on.database] : [])];
    const args = ['admin', 'create', '--email', email, '--password-stdin', ...where];
    const made = promisify(execFile)(binary, args, { env: environment });
    made.child.stdin.end(`${CHOSEN_BY_OTHERS}\n`);
    await made;
    return new Staff(email, on).#firstLogin();
  }

  /** As an operator, makes an organisation: registrations are limited. Gives its super admin, signed in. */
  async organisation(purpose) {
    const org = `${purpose}-${randomBytes(4).toString('hex')}`;
    const staff = new Staff(`owner@${org}.example`, this.server);
    await this.ok('POST', '/organisations', { org, title: 'Wild Geese', email: staff.email, password: CHOSEN_BY_OTHERS });
    staff.org = org;
    return staff.#firstLogin();
  }

  /** Makes a member of the organisation, who has signed in and chosen a password. */
  async member(role) {
    const email = `${role}-${randomBytes(4).toString('hex')}@${this.org}.example`;
    const contact = { name: '', phone: '', remark: '' };
    const rights = { role, apps: null, may_reveal_secret: true };
    await this.ok('POST', '/members', { email, password: CHOSEN_BY_OTHERS, ...contact, ...rights });
    const { id } = (await this.ok('GET', '/members')).find((member) => member.email === email);
    await this.ok('POST', `/members/${id}/activate`);
    const member = new Staff(email, this.server);
    member.org = this.org;
    return member.#firstLogin();
  }

  /** Whoever was given a password chooses another. */
  async #firstLogin() {
    await this.login(CHOSEN_BY_OTHERS);
    const { signed_in: me } = await this.ok('GET', '/session');
    if (!me.must_change_password) return this;
    await this.ok('POST', '/account/password', { old: CHOSEN_BY_OTHERS, new: STAFF_PASSWORD });
    return this.login();
  }

  login(password = STAFF_PASSWORD) {
    return this.#withProof('/login', { email: this.email, password });
  }

  /** Sends what needs work done first: registrations, and logins after many failures. */
  async #withProof(path, body) {
    let answer = await this.call('POST', path, body);
    if (answer.body?.error === 'challenge_required') {
      answer = await this.call('POST', path, { ...body, proof: solve(answer.body.params) });
    }
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    this.#csrf = (await this.ok('GET', '/session')).csrf;
    return this;
  }

  /** An app of the organisation, with its credentials; `fields` as for `POST /apps`. */
  async createApp(name, fields = {}) {
    const [{ id }] = await this.ok('GET', '/data-centers');
    const wish = { name, data_center: id, product_name: 'Flock', description: 'Messages that arrive', ...fields };
    await this.ok('POST', '/apps', { open_registration: false, ...wish });
    const path = `/apps/${this.org}/${name}`;
    const { app_key, client_id } = await this.ok('GET', path);
    const { client_secret } = await this.ok('POST', `${path}/secret/reveal`);
    return new App(
      { appkey: app_key, org: this.org, app: name, client_id, client_secret },
      this.server.baseUrl,
      this.server,
    );
  }

  /** One call below `/console/api`; gives status and body. */
  async call(method, path, body) {
    const answer = await fetch(`${this.server.baseUrl}/console/api${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        'x-csrf-token': this.#csrf,
        ...(this.session && { cookie: `${SESSION}=${this.session}` }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, value] = cookie.match(`^${SESSION}=([^;]*)`) ?? [];
      if (value) this.session = value;
    }
    const text = await answer.text();
    return { status: answer.status, body: text ? JSON.parse(text) : undefined };
  }

  /** As `call`, for calls that must succeed; gives the body. */
  async ok(method, path, body) {
    const answer = await this.call(method, path, body);
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** The session for a browser. */
  get cookie() {
    const { hostname } = new URL(this.server.baseUrl);
    return {
      name: SESSION,
      value: this.session,
      domain: hostname,
      path: '/console',
      httpOnly: true,
      sameSite: 'Strict',
    };
  }
}

/** Finds a nonce with which the digest begins with so many zero bits. */
function solve({ challenge, difficulty }) {
  for (let nonce = 0; ; nonce += 1) {
    const digest = createHash('sha256').update(`${challenge}:${nonce}`).digest();
    if (Math.clz32(digest.readUInt32BE()) >= difficulty) return { challenge, nonce: String(nonce) };
  }
}
