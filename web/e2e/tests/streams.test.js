// Messages that the app's server sends in chunks, and clients read along.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createApp } from '../lib/app.js';
import { connect, eventually, within } from '../lib/client.js';
import { startProxy } from '../lib/proxy.js';

const START = 0;
const WHOLE = 1;
const GOES_ON = 2;
const COMPLETED = 3;
const ERROR = 4;
const INTERVAL_TIMEOUT = 513;
const TOTAL_TIMEOUT = 514;

describe('streamed messages', () => {
  let app, proxy;
  let count = 0;
  before(async () => {
    app = await createApp('streams');
    proxy = await startProxy();
  });
  after(() => proxy.close());

  async function person() {
    count += 1;
    const user = `reader${count}`;
    await app.register(user);
    return user;
  }

  /** A message of `bot`, chunk by chunk. */
  function stream(to, { target = 'user', on = app, ext } = {}) {
    let msgId;
    let seq = 0;
    return {
      async say(msg, fields = {}) {
        const body = { msg, seq, type: 'markdown', ...(msgId && { msgId }), ...fields };
        const sent = await on.ok('POST', `/stream_message/${target}`, { from: 'bot', to, body, ...(ext && { ext }) });
        msgId ??= sent.data.msgId;
        seq += 1;
        return msgId;
      },
      end(msg, finishReason = 0) {
        return this.say(msg, { finish: true, finishReason });
      },
    };
  }

  const shown = (event) => [event.stream.status, event.stream.text, event.msg];
  /** Something behind the message: whatever comes of it has come before. */
  async function fence(client) {
    const text = `fence ${Math.random()}`;
    await app.sendToUsers('bot', [client.user], 'txt', { msg: text });
    await client.next('onTextMessage', { msg: text });
  }

  test('who is there reads along', async () => {
    const user = await person();
    const reader = await connect(app, user);
    const writing = stream(user, { ext: { model: 'm1' } });
    const id = await writing.say('Once ');
    const first = await reader.next('onStreamMessage', { id });
    assert.deepEqual(shown(first), [START, 'Once ', 'Once ']);
    assert.equal(first.from, 'bot');
    assert.equal(first.to, user);
    assert.equal(first.chatType, 'singleChat');
    assert.equal(first.stream.customType, 'markdown');
    assert.deepEqual(first.ext, { model: 'm1' });
    await writing.say('upon ');
    assert.deepEqual(shown(await reader.next('onStreamMessage', { id })), [GOES_ON, 'upon ', 'Once upon ']);
    await writing.end('a time.', 9);
    const last = await reader.next('onStreamMessage', { id });
    assert.deepEqual(shown(last), [COMPLETED, 'a time.', 'Once upon a time.']);
    assert.equal(last.stream.finishReason, 9);
    assert.equal(last.stream.errorType, 0);
    await fence(reader);
    assert.equal(reader.seen('onStreamMessage', { id }).length, 3);
    reader.none('onTextMessage', { id });
    reader.none('onError');
  });

  test('many chunks at once arrive in order', async () => {
    const user = await person();
    const reader = await connect(app, user);
    const writing = stream(user);
    const id = await writing.say('0 ');
    for (let n = 1; n < 60; n += 1) await writing.say(`${n} `);
    await writing.end('end');
    const events = await reader.collect('onStreamMessage', 61, { id });
    const whole = `${Array.from({ length: 60 }, (_, n) => `${n} `).join('')}end`;
    assert.equal(events.at(-1).msg, whole);
    assert.equal(events.map((event) => event.stream.text).join(''), whole);
  });

  test('one chunk may be all there is', async () => {
    const user = await person();
    const reader = await connect(app, user);
    const id = await stream(user).end('short');
    assert.deepEqual(shown(await reader.next('onStreamMessage', { id })), [WHOLE, 'short', 'short']);
    await fence(reader);
    assert.equal(reader.seen('onStreamMessage', { id }).length, 1);
  });

  test('who comes in the middle gets the whole at the end, who comes later too', async () => {
    const user = await person();
    // The server knows the device; a new one would begin where others stand.
    (await connect(app, user, { device: 'later' })).logout();
    const writing = stream(user, { ext: { n: 1 } });
    const id = await writing.say('The begin');
    const middle = await connect(app, user, { device: 'middle' });
    await writing.say('ning, the mid');
    await fence(middle);
    middle.none('onStreamMessage');
    await writing.end('dle and the end');
    const whole = 'The beginning, the middle and the end';
    assert.deepEqual(shown(await middle.next('onStreamMessage', { id })), [COMPLETED, whole, whole]);
    const later = await connect(app, user, { device: 'later' });
    const got = await later.next('onStreamMessage', { id });
    assert.deepEqual(shown(got), [COMPLETED, whole, whole]);
    assert.deepEqual(got.ext, { n: 1 });
    await fence(later);
    assert.equal(later.seen('onStreamMessage', { id }).length, 1);
  });

  test('a connection that is lost in the middle loses nothing', async () => {
    const user = await person();
    const reader = await connect(app, user, { url: proxy.socketUrl });
    await reader.next('onConnected');
    const writing = stream(user);
    const id = await writing.say('before, ');
    await reader.next('onStreamMessage', { id });
    proxy.breakDown();
    await writing.say('meanwhile, ');
    await writing.end('and the end');
    proxy.mend();
    const got = await reader.next('onStreamMessage', { id }, 20_000);
    assert.deepEqual(shown(got), [COMPLETED, 'meanwhile, and the end', 'before, meanwhile, and the end']);
    assert.equal(reader.seen('onStreamMessage', { id }).length, 2);
  });

  test('a group reads along', async () => {
    const [owner, member] = [await person(), await person()];
    const group = await app.createGroup(owner, [member]);
    const reader = await connect(app, member);
    const writing = stream(group, { target: 'chatgroup' });
    const id = await writing.say('to ');
    await writing.end('all');
    const events = await reader.collect('onStreamMessage', 2, { id });
    assert.deepEqual(events.map(shown), [
      [START, 'to ', 'to '],
      [COMPLETED, 'all', 'to all'],
    ]);
    assert.equal(events[0].chatType, 'groupChat');
    assert.equal(events[0].to, group);
  });

  test('history has the whole message, once it has ended', async () => {
    const user = await person();
    const reader = await connect(app, user);
    const writing = stream(user);
    const id = await writing.say('half ');
    await reader.next('onStreamMessage', { id });
    assert.deepEqual((await reader.history('bot')).messages, []);
    await writing.end('and half');
    await reader.next('onStreamMessage', { id, msg: 'half and half' });
    await fence(reader);
    const page = await reader.history('bot', { pageSize: 10 });
    const message = page.messages.find((one) => one.id === id);
    assert.equal(message.type, 'txt');
    assert.equal(message.msg, 'half and half');
    assert.equal(message.stream.customType, 'markdown');
  });

  test('the conversation list shows it as what it is', async () => {
    const user = await person();
    const reader = await connect(app, user);
    const writing = stream(user);
    const id = await writing.say('last ');
    await writing.end('words', 2);
    await reader.next('onStreamMessage', { id, msg: 'last words' });
    const { data } = await within('the list', reader.connection.getServerConversations({ pageSize: 5 }));
    const { lastMessage } = data.conversations[0];
    assert.equal(lastMessage.id, id);
    assert.equal(lastMessage.msg, 'last words');
    assert.equal(lastMessage.stream.status, COMPLETED);
    assert.equal(lastMessage.stream.finishReason, 2);
  });

  test('a recall takes all of it back', async () => {
    const user = await person();
    const reader = await connect(app, user);
    const writing = stream(user);
    const id = await writing.say('oops');
    await writing.end('!');
    await reader.next('onStreamMessage', { id, msg: 'oops!' });
    await app.ok('POST', '/messages/msg_recall', { msg_id: id, to: user, chat_type: 'chat', from: 'bot', force: true });
    await reader.next('onRecallMessage', { mid: id });
    const later = await connect(app, user, { device: 'later' });
    await fence(later);
    later.none('onStreamMessage', { id });
  });

  for (const [what, feature, errorType] of [
    ['is silent for too long', 'stream_gap_seconds_max', INTERVAL_TIMEOUT],
    ['takes too long', 'stream_seconds_max', TOTAL_TIMEOUT],
  ]) {
    test(`a message whose writer ${what} ends with an error`, async () => {
      const impatient = await createApp('impatient');
      await impatient.feature(feature, '1');
      await impatient.register('reader');
      const reader = await connect(impatient, 'reader');
      // The running server feels the new limit within a second or two.
      await eventually(async () => {
        const writing = stream('reader', { on: impatient });
        const id = await writing.say('half a ');
        await reader.next('onStreamMessage', { id });
        const end = await reader.next('onStreamMessage', { id }, 5_000);
        assert.equal(end.stream.status, ERROR);
        assert.equal(end.stream.errorType, errorType);
        assert.equal(end.msg, 'half a ');
        const more = { from: 'bot', to: 'reader', body: { msgId: id, msg: 'x', seq: 1 } };
        const late = await impatient.call('POST', '/stream_message/user', more);
        assert.equal(late.body.error_code, 14035);
      });
    });
  }
});
