// Translation by the provider of the installation (lib/provider.js plays it).

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createApp } from '../lib/app.js';
import { connect, rejection, within } from '../lib/client.js';

const MAX_LIMIT = 50;
const SERVICE_NOT_ENABLED = 505;
const NOT_VALID = 1200;
const TOO_LONG = 1201;
const FAILED = 1204;

describe('translation', () => {
  let app;
  before(async () => {
    app = await createApp('translation');
    await app.feature('translation', 'on');
    await app.register('alice', 'bob');
  });

  const translate = (client, text, ...languages) =>
    within('a translation', client.connection.translateMessage({ text, languages }));

  test('a text in several languages', async () => {
    const alice = await connect(app, 'alice');
    const { data } = await translate(alice, 'hello', 'zh-Hans', 'en');
    assert.deepEqual(data, [
      {
        translations: [
          { text: 'zh-Hans: hello', to: 'zh-Hans' },
          { text: 'en: hello', to: 'en' },
        ],
        detectedLanguage: { language: 'en', score: 0.5 },
      },
    ]);
  });

  test('the languages there are', async () => {
    const alice = await connect(app, 'alice');
    const { data } = await within('the languages', alice.connection.getSupportedLanguages());
    assert.deepEqual(
      data.map((language) => language.code),
      ['en', 'zh-Hans'],
    );
    assert.equal(data[1].nativeName, '中文 (简体)');
  });

  // The SDK asks for the translations first and sends them with the message.
  test('a message takes its translations along, also into history', async () => {
    const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob')]);
    const sent = await alice.text('bob', 'good morning', { msgConfig: { languages: ['zh-Hans'] } });
    const expected = [{ code: 'zh-Hans', text: 'zh-Hans: good morning' }];
    assert.deepEqual(sent.message.translations, expected);
    const got = await bob.next('onTextMessage', { id: sent.serverMsgId });
    assert.equal(got.msg, 'good morning');
    assert.deepEqual(got.translations, expected);
    const page = await bob.history('alice', { pageSize: 1 });
    assert.deepEqual(page.messages[0].translations, expected);
  });

  for (const [what, text, language, code] of [
    ['an unknown language', 'hello', 'tlh', NOT_VALID],
    ['a text that is too long', 'x'.repeat(10_001), 'en', TOO_LONG],
    ['a provider that fails', 'fails: hello', 'en', FAILED],
    ['a provider that answers nonsense', 'nonsense: hello', 'en', FAILED],
    ['a provider that answers too much', 'endless: hello', 'en', FAILED],
    ['a provider that is silent', 'silent: hello', 'en', FAILED],
    ['a provider whose limit is reached', 'limited: hello', 'en', MAX_LIMIT],
  ]) {
    test(`${what} is told as ${code}`, async () => {
      const alice = await connect(app, 'alice');
      const error = await rejection(translate(alice, text, language));
      assert.equal(error.type, code, error.message);
    });
  }

  test('a message whose translation fails is not sent', async () => {
    const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob')]);
    const fields = { msgConfig: { languages: ['en'] } };
    const error = await rejection(alice.text('bob', 'fails: hello', fields));
    assert.equal(error.type, FAILED);
    await alice.text('bob', 'fence');
    await bob.next('onTextMessage', { msg: 'fence' });
    bob.none('onTextMessage', { msg: 'fails: hello' });
  });

  test('an app to which it is not granted is told so', async () => {
    const other = await createApp('untranslated');
    await other.register('carol');
    const carol = await connect(other, 'carol');
    const refused = await rejection(translate(carol, 'hello', 'en'));
    assert.equal(refused.type, SERVICE_NOT_ENABLED);
    const none = await rejection(within('the languages', carol.connection.getSupportedLanguages()));
    assert.equal(none.type, SERVICE_NOT_ENABLED);
  });
});
