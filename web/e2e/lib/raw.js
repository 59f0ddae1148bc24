// A device that speaks MSYNC by hand, for what the SDK never sends.

import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'node:test';
import protobuf from 'protobufjs';
import WebSocket from 'ws';
import { PATIENCE_MS } from './client.js';

const schema = fileURLToPath(new URL('../../../crates/msync/proto/msync.proto', import.meta.url));
const root = await new protobuf.Root().load(schema, { keepCase: true });
const type = (name) => root.lookupType(`easemob.pb.${name}`);

export const Command = { SYNC: 0, UNREAD: 1, NOTICE: 2, PROVISION: 3, LOGOUT: 4 };
export const Ns = { STATISTIC: 0, CHAT: 1, MUC: 2 };
export const BodyType = { CHAT: 1, GROUPCHAT: 2, READ_ACK: 4, DELIVER_ACK: 5, RECALL: 6, CHANNEL_ACK: 7 };

export function encode(name, fields) {
  return Buffer.from(type(name).encode(type(name).fromObject(fields)).finish());
}

/** Decodes to plain objects; 64-bit numbers as strings, absent fields absent. */
export function decode(name, bytes) {
  return type(name).toObject(type(name).decode(bytes), { longs: String });
}

const downPayload = {
  [Command.SYNC]: 'CommSyncDL',
  [Command.UNREAD]: 'CommUnreadDL',
  [Command.NOTICE]: 'CommNotice',
  [Command.PROVISION]: 'Provision',
  [Command.LOGOUT]: 'Logout',
};

const open = new Set();
afterEach(() => {
  for (const device of open) device.socket.terminate();
});

let lastMetaId = Date.now();

export class RawDevice {
  /** Every frame received so far: {command, body}. */
  frames = [];
  #waiting = new Set();
  #greeted = false;

  static async connect(app, url = app.socketUrl) {
    const device = new RawDevice();
    device.app = app;
    device.socket = new WebSocket(url);
    device.closed = once(device.socket, 'close');
    device.socket.on('error', () => {});
    device.socket.on('message', (data) => device.#receive(data));
    await once(device.socket, 'open');
    open.add(device);
    return device;
  }

  /** A connection that has logged in as `user`. */
  static async login(app, user, { resource = 'raw_1', token, url } = {}) {
    const device = await RawDevice.connect(app, url);
    const reply = await device.provision(user, { resource, token });
    if (reply.status?.errorCode) throw new Error(`login refused: ${JSON.stringify(reply.status)}`);
    return device;
  }

  #receive(data) {
    const frame = decode('MSync', data);
    const body = frame.payload ? decode(downPayload[frame.command ?? 0], frame.payload) : {};
    const entry = { command: frame.command ?? 0, body, taken: false };
    this.frames.push(entry);
    for (const wait of this.#waiting) {
      if (!entry.taken && wait.accepts(entry)) {
        entry.taken = true;
        this.#waiting.delete(wait);
        wait.resolve(entry.body);
      }
    }
  }

  /** The next not yet taken frame of this command whose body matches. */
  next(command, wanted = () => true, patience = PATIENCE_MS) {
    const accepts = (frame) => frame.command === command && wanted(frame.body);
    const ready = this.frames.find((frame) => !frame.taken && accepts(frame));
    if (ready) {
      ready.taken = true;
      return Promise.resolve(ready.body);
    }
    const where = new Error();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(wait);
        where.message = `no frame with command ${command}; got ${JSON.stringify(this.frames.slice(-10))}`;
        reject(where);
      }, patience);
      const wait = {
        accepts,
        resolve: (body) => {
          clearTimeout(timer);
          resolve(body);
        },
      };
      this.#waiting.add(wait);
    });
  }

  write(bytes) {
    this.socket.send(bytes);
  }

  frame(command, payload, fields = {}) {
    this.write(encode('MSync', { version: 0, command, payload, ...fields }));
  }

  jid(name, domain = 'easemob.com') {
    return { appKey: this.app.key, name, domain };
  }

  groupJid(id) {
    return this.jid(id, 'conference.easemob.com');
  }

  async provision(user, { resource = 'raw_1', token, version = '4.21.1' } = {}) {
    this.user = user;
    const held = token ?? (await this.app.userToken(user));
    const payload = encode('Provision', {
      osType: 16,
      version,
      compressType: [0],
      encryptType: [0],
      resource,
      deviceUuid: resource,
      deviceName: resource,
      authToken: JSON.stringify({ token: `$t$${held}` }),
      sessionId: `${Date.now()}:`,
      actionVersion: 'v5.2',
    });
    const guid = { ...this.jid(user), clientResource: resource };
    this.frame(Command.PROVISION, payload, { guid, auth: `$t$${held}`, deviceId: 0 });
    return this.next(Command.PROVISION);
  }

  /** Sends a CHAT meta; gives the reply. `body` is a MessageBody. */
  async sendMeta(to, body, { id = ++lastMetaId, ...fields } = {}) {
    this.postMeta(to, body, { id, ...fields });
    return this.next(Command.SYNC, (reply) => reply.metaId === String(id));
  }

  /** As `sendMeta` without waiting for the reply. */
  postMeta(to, body, { id = ++lastMetaId, ...fields } = {}) {
    const payload = encode('MessageBody', { from: { name: this.user }, to: { name: to.name }, ...body });
    const meta = { id, to, ns: Ns.CHAT, payload, routetype: 0, ...fields };
    this.frame(Command.SYNC, encode('CommSyncUL', { meta }));
    return id;
  }

  sendText(user, text, fields) {
    const body = { type: BodyType.CHAT, contents: [{ type: 0, text }] };
    return this.sendMeta(this.jid(user), body, fields);
  }

  async unread() {
    this.frame(Command.UNREAD, encode('CommUnreadUL', {}));
    const reply = await this.next(Command.UNREAD);
    if (!this.#greeted) {
      // The first answer is followed by an empty end of the system queue: it frees an SDK whose list
      // of announced queues still holds one from a lost connection.
      this.#greeted = true;
      await this.next(Command.SYNC, (end) => isFor(end, {}) && end.isLast && !end.metas?.length);
    }
    return reply;
  }

  /** One pull of a queue, answered by one SYNC for it. */
  pull(queue, key) {
    const fields = key === undefined ? { queue } : { queue, key };
    this.frame(Command.SYNC, encode('CommSyncUL', fields));
    return this.next(Command.SYNC, (reply) => isFor(reply, queue));
  }

  /** Pulls a queue as clients do until it is empty; gives the batches, the closing one included. */
  async drain(queue) {
    const batches = [];
    let key;
    for (;;) {
      const batch = await this.pull(queue, key);
      batches.push(batch);
      if (batch.isLast) return batches;
      key = batch.nextKey;
    }
  }

  /** Drains a conversation until a text is there: its delivery may follow the sender's reply. */
  async receive(peer, text) {
    for (;;) {
      const chats = chatsOf(await this.drain(this.jid(peer)));
      if (chats.some(({ body }) => body.contents?.[0]?.text === text)) return;
      await this.next(Command.NOTICE, (body) => body.queue.name === peer);
    }
  }

  close() {
    open.delete(this);
    this.socket.close();
    return this.closed;
  }
}

/** Whether a SYNC reply answers a pull of `queue`. */
export function isFor(reply, queue) {
  return reply.metaId === undefined && (reply.queue?.name ?? '') === (queue.name ?? '');
}

/** The message bodies of CHAT metas. */
export function chatsOf(batches) {
  return batches
    .flatMap((batch) => batch.metas ?? [])
    .filter((meta) => meta.ns === Ns.CHAT)
    .map((meta) => ({ id: meta.id, timestamp: meta.timestamp, body: decode('MessageBody', meta.payload) }));
}
