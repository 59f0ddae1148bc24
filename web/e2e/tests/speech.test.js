// Voice as text, by the provider of the installation (lib/provider.js plays it).

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createApp } from '../lib/app.js';
import { connect, fileOf, rejection, within } from '../lib/client.js';

const MAX_LIMIT = 50;
const INVALID = 407;
const TOO_LONG = 408;
const FAILED = 409;
const NOT_FOUND = 410;
const TOO_LARGE = 411;
const SERVICE_NOT_ENABLED = 505;

describe('speech', () => {
  let app;
  before(async () => {
    app = await createApp('speech');
    await app.feature('speech_to_text', 'on');
    await app.register('alice', 'bob');
  });

  const recording = (said, type = 'audio/mpeg') => new File([Buffer.from(said)], 'r.mp3', { type });
  const ofFile = (client, file, audio) => within('recognition', client.connection.voiceFileToText(file, audio));
  const ofMessage = (client, message, audio) =>
    within('transcription', client.connection.voiceMessageToText(message, audio));

  test('a voice message that was received', async () => {
    const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob')]);
    const file = fileOf(Buffer.from('what was said'), 'voice.amr', 'audio/amr');
    const sent = await alice.send({ type: 'audio', to: 'bob', filename: 'voice.amr', length: 3, file });
    const got = await bob.next('onAudioMessage', { id: sent.serverMsgId });
    const { data } = await ofMessage(bob, got, { format: 'amr', sampleRate: 8000 });
    assert.deepEqual(JSON.parse(data.text), {
      app: app.key,
      audio: { format: 'amr', sample_rate: '8000' },
      type: 'audio/amr',
      said: 'what was said',
    });
    const plain = await ofMessage(bob, got);
    assert.deepEqual(JSON.parse(plain.data.text).audio, {});
  });

  test('a recording of the device', async () => {
    const alice = await connect(app, 'alice');
    const audio = { format: 'pcm', sampleRate: 16000, bitsPerSample: 16, channels: 1 };
    const { data } = await ofFile(alice, recording('你好', 'audio/pcm'), audio);
    assert.deepEqual(JSON.parse(data.text), {
      app: app.key,
      audio: { format: 'pcm', sample_rate: '16000', bits_per_sample: '16', channels: '1' },
      type: 'audio/pcm',
      said: '你好',
    });
  });

  for (const [what, said, code] of [
    ['what is no recording', 'invalid: x', INVALID],
    ['a recording that is too long', 'long: x', TOO_LONG],
    ['a provider that fails', 'fails: x', FAILED],
    ['a provider that answers nonsense', 'nonsense: x', FAILED],
    ['a provider that answers too much', 'endless: x', FAILED],
    ['a provider that is silent', 'silent: x', FAILED],
    ['a provider whose limit is reached', 'limited: x', MAX_LIMIT],
    ['an empty recording', '', INVALID],
  ]) {
    test(`${what} is told as ${code}`, async () => {
      const alice = await connect(app, 'alice');
      const error = await rejection(ofFile(alice, recording(said)));
      assert.equal(error.type, code, error.message);
    });
  }

  test('a message whose file is not there', async () => {
    const alice = await connect(app, 'alice');
    const url = `${app.url}/chatfiles/00000000-0000-4000-8000-000000000000`;
    const error = await rejection(ofMessage(alice, { type: 'audio', url }));
    assert.equal(error.type, NOT_FOUND);
  });

  test('a recording that is too large', async () => {
    const alice = await connect(app, 'alice');
    const error = await rejection(ofFile(alice, recording(Buffer.alloc(10 * 1024 * 1024 + 1))));
    assert.equal(error.type, TOO_LARGE, error.message);
  });

  test('an app to which it is not granted is told so', async () => {
    const other = await createApp('speechless');
    await other.register('carol');
    const carol = await connect(other, 'carol');
    const url = `${other.url}/chatfiles/00000000-0000-4000-8000-000000000000`;
    for (const ask of [() => ofFile(carol, recording('x')), () => ofMessage(carol, { type: 'audio', url })]) {
      const error = await rejection(ask());
      assert.equal(error.type, SERVICE_NOT_ENABLED, error.message);
    }
  });
});
