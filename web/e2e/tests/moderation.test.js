// Moderation as the SDK's users feel it: rules, keywords, tags, and the provider's judgement.

import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { createApp, server } from '../lib/app.js';
import { PATIENCE_MS, connect, eventually, fileOf, rejection } from '../lib/client.js';
import { png } from '../lib/media.js';
import { REJECTED_WIDTH } from '../lib/provider.js';
import { FORM, Receiver } from '../lib/receiver.js';
import { startServer } from '../lib/server.js';
import { Staff } from '../lib/staff.js';

/** The SDK's error for what moderation blocks. */
const MODERATED = 508;

const MEASURES = {
  model: true,
  on_reject: 'block',
  on_suspect: 'pass',
  on_failure: 'pass',
  report: true,
  handling: null,
};
const LIST = {
  measure: 'block',
  scope: { type: 'all', tags: [] },
  whole_text: false,
  ignore_case: true,
  normalise: false,
  enabled: true,
};

describe('moderation', () => {
  let staff;
  before(async () => {
    staff = await Staff.operator();
  });

  const call = (app, method, below, body) =>
    staff.ok(method, `/apps/${app.org}/${app.name}/moderation${below}`, body);

  /** An app that examines these kinds. */
  async function moderated(purpose, kinds, users = ['alice', 'bob']) {
    const app = await createApp(purpose);
    await app.register(...users);
    await app.feature('content_moderation', 'on');
    await eventually(() => call(app, 'PUT', '/settings', { kinds, rest: false }));
    return app;
  }

  const rules = async (app) => (await call(app, 'GET', '')).rules;

  /** Changes the rule for one-to-one messages of a kind. */
  async function setRule(app, kind, measures, fields = {}) {
    const rule = (await rules(app)).find((found) => found.kind === kind && found.target.type === 'chat');
    return call(app, 'PUT', `/rules/${rule.id}`, { ...rule, ...fields, measures: { ...MEASURES, ...measures } });
  }

  const makeList = async (app, name, words, fields = {}) => {
    const list = await call(app, 'POST', '/lists', { ...LIST, name, ...fields });
    await call(app, 'POST', `/lists/${list.id}/words`, { text: words.join('\n') });
    return list;
  };

  test('texts wait for the judgement: passed, suspected, rejected, replaced, not judged', async () => {
    const app = await moderated('judged', ['text']);
    const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob')]);
    await alice.text('bob', 'nice');
    await bob.next('onTextMessage', { msg: 'nice' });
    assert.equal((await rejection(alice.text('bob', 'awful'))).type, MODERATED);
    await alice.text('bob', 'odd');
    await bob.next('onTextMessage', { msg: 'odd' });
    // Nobody answers in time: the rule lets it pass.
    await alice.text('bob', 'silent: one');
    await bob.next('onTextMessage', { msg: 'silent: one' });

    await setRule(app, 'text', { on_reject: 'replace', on_suspect: 'block', on_failure: 'block' });
    const replaced = await alice.text('bob', 'a wicked, wicked word');
    const got = await bob.next('onTextMessage', { id: replaced.serverMsgId });
    assert.equal(got.msg, 'a ***, *** word');
    // Beside words of a list.
    const list = await makeList(app, 'masked', ['word'], { measure: 'replace' });
    const both = await alice.text('bob', 'one wicked word');
    assert.equal((await bob.next('onTextMessage', { id: both.serverMsgId })).msg, 'one *** ***');
    await call(app, 'DELETE', `/lists/${list.id}`);
    // Without words nothing can be replaced.
    assert.equal((await rejection(alice.text('bob', 'awful'))).type, MODERATED);
    assert.equal((await rejection(alice.text('bob', 'odd'))).type, MODERATED);
    assert.equal((await rejection(alice.text('bob', 'fails: now'))).type, MODERATED);

    // An edit is spoken like a message.
    const edited = alice.connection.modifyMessage({
      messageId: replaced.serverMsgId,
      modifiedMessage: alice.WebIM.message.create({ type: 'txt', to: 'bob', chatType: 'singleChat', msg: 'awful' }),
    });
    await assert.rejects(edited);

    await setRule(app, 'text', { report: false });
    await alice.text('bob', 'awful again');
    await alice.text('bob', 'the end');
    await bob.next('onTextMessage', { msg: 'the end' });
    bob.none('onTextMessage', (message) => message.msg.startsWith('awful'));

    const { items } = await call(app, 'GET', '/records?limit=50');
    const ends = Object.fromEntries(items.map((item) => [item.content, [item.result, item.act, item.risk]]));
    assert.deepEqual(ends.nice, ['pass', 'pass', '']);
    assert.deepEqual(ends['a wicked, wicked word'], ['reject', 'replace', 'abuse']);
    assert.deepEqual(ends['silent: one'].slice(0, 2), ['failed', 'pass']);
    assert.deepEqual(ends['fails: now'].slice(0, 2), ['failed', 'block']);
    assert.deepEqual(ends['awful again'], ['reject', 'block', 'abuse']);
    assert.deepEqual([items[0].sender, items[0].target, items[0].chat_type, items[0].rule], ['alice', 'bob', 'chat', 'text_chat']);
    const blocked = await call(app, 'GET', '/records?act=block&result=suspect');
    assert.deepEqual(blocked.items.map((item) => item.content), ['odd']);
    const { counts } = await call(app, 'GET', '/statistics?days=7');
    assert.equal(counts.reduce((sum, count) => sum + count.messages, 0), items.length);

    // What the app's own server sends is examined where the app wants it.
    await app.sendToUsers('alice', ['bob'], 'txt', { msg: 'awful by rest' });
    await bob.next('onTextMessage', { msg: 'awful by rest' });
    await call(app, 'PUT', '/settings', { kinds: ['text'], rest: true });
    const body = { from: 'alice', to: ['bob'], type: 'txt', body: { msg: 'awful by rest' } };
    assert.equal((await app.call('POST', '/messages/users', body)).status, 403);
    const rewritten = { new_msg: { type: 'txt', msg: 'awful by rest' } };
    assert.equal((await app.call('PUT', `/messages/rewrite/${replaced.serverMsgId}`, rewritten)).status, 403);
    const broadcast = { from: 'alice', msg: { type: 'txt', msg: 'awful by rest' } };
    assert.equal((await app.call('POST', '/messages/chatrooms/broadcast', broadcast)).status, 403);

    // Switched off, nothing is examined.
    await app.feature('content_moderation', 'off');
    await eventually(() => alice.text('bob', 'awful and free'));
  });

  test('keywords: block, replace, allow; the whole text; in some chats', async () => {
    const app = await moderated('keywords', ['text']);
    const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob')]);
    for (const rule of await rules(app)) {
      const measures = { ...MEASURES, model: false };
      await call(app, 'PUT', `/rules/${rule.id}`, { ...rule, measures });
    }
    await makeList(app, 'forbidden', ['大麻', 'casino']);
    await makeList(app, 'masked', ['damn'], { measure: 'replace' });
    await makeList(app, 'allowed', ['大麻哈鱼'], { measure: 'pass' });
    await makeList(app, 'alone', ['1'], { whole_text: true });
    const groups = await makeList(app, 'groups', ['for groups'], { scope: { type: 'groupchat', tags: [] } });

    assert.equal((await rejection(alice.text('bob', 'buy 大麻'))).type, MODERATED);
    assert.equal((await rejection(alice.text('bob', 'Casino!'))).type, MODERATED);
    const masked = await alice.text('bob', 'Damn, 大麻哈鱼');
    assert.equal((await bob.next('onTextMessage', { id: masked.serverMsgId })).msg, '***, 大麻哈鱼');
    assert.equal((await rejection(alice.text('bob', ' 1 '))).type, MODERATED);
    await alice.text('bob', '1 and only; for groups');
    const group = await app.createGroup('alice', ['bob']);
    await alice.groupText(group, 'hi');
    assert.equal((await rejection(alice.groupText(group, 'for groups'))).type, MODERATED);

    // Only groups with a tag.
    const tag = await call(app, 'POST', '/tags', { name: 'loud', of: 'chats' });
    await call(app, 'PUT', `/lists/${groups.id}`, { ...groups, scope: { type: 'tags', tags: [tag.id] } });
    await alice.groupText(group, 'for groups');
    await call(app, 'POST', `/tags/${tag.id}/members`, { members: [group] });
    assert.equal((await rejection(alice.groupText(group, 'for groups'))).type, MODERATED);
    const used = await staff.call('DELETE', `/apps/${app.org}/${app.name}/moderation/tags/${tag.id}`);
    assert.deepEqual([used.status, used.body.error], [409, 'in_use']);

    const { items } = await call(app, 'GET', '/records?result=reject');
    const [last] = items;
    assert.deepEqual([last.risk, last.detail, last.target, last.chat_type], ['groups', 'for groups', group, 'groupchat']);
    const { rules: there, lists } = await call(app, 'GET', '');
    assert.equal(there.length, 3);
    assert.deepEqual(lists.map(({ name, words }) => [name, words]), [
      ['forbidden', 2],
      ['masked', 1],
      ['allowed', 1],
      ['alone', 1],
      ['groups', 1],
    ]);
  });

  test('users with a tag are treated otherwise, and users who go on are handled', async () => {
    const app = await moderated('tags', ['text'], ['alice', 'bob', 'carol']);
    const [alice, bob, carol] = await Promise.all(['alice', 'bob', 'carol'].map((user) => connect(app, user)));
    const vip = await call(app, 'POST', '/tags', { name: 'vip', of: 'users' });
    const tagged = await call(app, 'POST', `/tags/${vip.id}/members`, { members: ['Carol', 'carol', 'dave'] });
    assert.deepEqual(tagged, { added: 2, already: 0, elsewhere: 0, over_limit: 0 });
    const other = await call(app, 'POST', '/tags', { name: 'new', of: 'users' });
    const once = await call(app, 'POST', `/tags/${other.id}/members`, { members: ['carol'] });
    assert.equal(once.elsewhere, 1);
    const sub_rules = [{ id: '', tags: [vip.id], measures: { ...MEASURES, on_reject: 'pass' } }];
    await setRule(app, 'text', { handling: { act: 'kick', hits: 2, minutes: 10 } }, { sub_rules });

    await carol.text('bob', 'awful');
    await bob.next('onTextMessage', { msg: 'awful' });
    await carol.text('bob', 'awful, twice');
    await bob.next('onTextMessage', { msg: 'awful, twice' });

    assert.equal((await rejection(alice.text('bob', 'awful'))).type, MODERATED);
    await alice.text('bob', 'still here');
    assert.equal((await rejection(alice.text('bob', 'awful'))).type, MODERATED);
    await alice.next('onDisconnected');

    await setRule(app, 'text', { handling: { act: 'ban', hits: 3, minutes: 10 } }, { sub_rules });
    const again = await connect(app, 'alice');
    assert.equal((await rejection(again.text('bob', 'awful'))).type, MODERATED);
    await again.next('onDisconnected');
    assert.equal((await app.ok('GET', '/users/alice')).entities[0].activated, false);
    assert.equal((await app.ok('GET', '/users/carol')).entities[0].activated, true);
  });

  test('pictures wait, audio and video are delivered and recalled', async () => {
    const app = await moderated('media', ['image', 'audio', 'video']);
    const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob')]);
    const picture = (width) => fileOf(png(width, 9), 'p.png', 'image/png');
    await alice.send({ type: 'img', to: 'bob', file: picture(20) });
    await bob.next('onImageMessage');
    const bad = alice.send({ type: 'img', to: 'bob', file: picture(REJECTED_WIDTH) });
    assert.equal((await rejection(bad)).type, MODERATED);

    const said = (words) => fileOf(Buffer.from(words), 'voice.amr', 'audio/amr');
    const fine = await alice.send({ type: 'audio', to: 'bob', filename: 'voice.amr', length: 1, file: said('fine') });
    const wicked = await alice.send({ type: 'audio', to: 'bob', filename: 'voice.amr', length: 1, file: said('wicked') });
    await bob.next('onAudioMessage', { id: wicked.serverMsgId });
    await bob.next('onRecallMessage', { mid: wicked.serverMsgId });
    await alice.next('onRecallMessage', { mid: wicked.serverMsgId });
    const clip = fileOf(Buffer.from('wicked'), 'clip.mp4', 'video/mp4');
    const film = await alice.send({ type: 'video', to: 'bob', filename: 'clip.mp4', length: 1, file: clip });
    await bob.next('onRecallMessage', { mid: film.serverMsgId });
    const { messages } = await bob.history('alice');
    assert.ok(messages.some((message) => message.id === fine.serverMsgId));
    assert.ok(messages.every((message) => ![wicked.serverMsgId, film.serverMsgId].includes(message.id)));

    const { items } = await call(app, 'GET', '/records?act=recall');
    assert.deepEqual(
      items.map((item) => [item.kind, item.message_id, item.risk]),
      [
        ['video', film.serverMsgId, 'video-abuse'],
        ['audio', wicked.serverMsgId, 'audio-abuse'],
      ],
    );
  });

  test('what was delivered before a crash is examined after it', async () => {
    const provider = await Receiver.start();
    provider.answer = () => ({ delay: 60_000 });
    const settings = { HONGYAN_MODERATION__URL: provider.url };
    const label = `${server.label}-moderation`;
    let running = await startServer({ label, settings });
    const operator = await Staff.operator(running.facts);
    const app = await createApp('crash', 't1', running.facts);
    await app.register('alice', 'bob');
    await app.feature('content_moderation', 'on');
    const base = `/apps/${app.org}/${app.name}/moderation`;
    await eventually(() => operator.ok('PUT', `${base}/settings`, { kinds: ['audio'], rest: false }));
    const patient = connect(app, 'bob', { autoReconnectNumMax: 50 });
    const [alice, bob] = await Promise.all([connect(app, 'alice'), patient]);
    const file = fileOf(Buffer.from('words'), 'voice.amr', 'audio/amr');
    const sent = await alice.send({ type: 'audio', to: 'bob', filename: 'voice.amr', length: 1, file });
    await bob.next('onAudioMessage', { id: sent.serverMsgId });
    const [asked] = await provider.wait({ msg_id: sent.serverMsgId });
    assert.deepEqual([asked.path, asked.body.kind, asked.body.from], ['/hook/moderate', 'audio', 'alice']);
    await running.crash();
    provider.server.closeAllConnections();
    provider.answer = () => ({ body: { result: 'REJECT', risk_type: 'noise' } });
    running = await startServer({ label, facts: running.facts, settings });
    await bob.next('onRecallMessage', { mid: sent.serverMsgId }, 2 * PATIENCE_MS);
    assert.equal((await running.stop()).code, 0);
    await provider.stop();
  });

  test('custom messages name what is examined', async () => {
    const app = await moderated('custom', ['text', 'image']);
    const [alice, bob] = await Promise.all([connect(app, 'alice'), connect(app, 'bob')]);
    const custom = (contents) =>
      alice.send({
        type: 'custom',
        to: 'bob',
        customEvent: 'card',
        customExts: { moderation: JSON.stringify({ enable: true, contents }) },
      });
    await custom([{ type: 'text', data: 'nice' }]);
    await bob.next('onCustomMessage');
    assert.equal((await rejection(custom([{ type: 'text', data: 'nice' }, { type: 'text', data: 'awful' }]))).type, MODERATED);
    // Two parts that are rejected are one message.
    await setRule(app, 'text', { on_reject: 'pass', handling: { act: 'kick', hits: 3, minutes: 10 } });
    await custom([{ type: 'text', data: 'awful' }, { type: 'text', data: 'awful' }]);
    await bob.next('onCustomMessage');
    await alice.text('bob', 'still here');
    alice.none('onDisconnected');
    await alice.send({ type: 'custom', to: 'bob', customEvent: 'awful', customExts: { text: 'awful' } });
    await bob.next('onCustomMessage', { customEvent: 'awful' });
  });

  test('a rule is tried out, and the app’s server is told of what was examined', async () => {
    const app = await moderated('trial', ['text']);
    const receiver = await Receiver.start();
    try {
      const rule = await staff.ok('POST', `/apps/${app.org}/${app.name}/callbacks`, {
        ...FORM,
        kind: 'post',
        name: 'told',
        url: receiver.url,
        events: ['moderation'],
      });
      receiver.secret = rule.hx_secret;
      const [found] = await rules(app);
      const tried = await call(app, 'POST', '/test', { rule: found.id, content: 'awful' });
      assert.deepEqual([tried.rule, tried.result, tried.act, tried.risk], ['text_chat', 'reject', 'block', 'abuse']);
      const { items } = await call(app, 'GET', '/records?sender=test');
      assert.equal(items.length, 1);

      const alice = await connect(app, 'alice');
      assert.equal((await rejection(alice.text('bob', 'awful'))).type, MODERATED);
      const told = await receiver.next((body) => body.from === 'alice');
      assert.deepEqual(
        [told.eventType, told.moderationResult, told.providerResult, told.messageType, told.targetType, told.to, told.msg],
        ['moderation', 'REJECT', 'REJECT', 'txt', 'chat', 'bob', 'awful'],
      );
    } finally {
      await receiver.stop();
    }
  });

  test('what may not stand in rules, lists and tags', async () => {
    const app = await moderated('limits', ['text']);
    const refused = async (method, below, body, status = 400) => {
      const answer = await staff.call(method, `/apps/${app.org}/${app.name}/moderation${below}`, body);
      assert.equal(answer.status, status, JSON.stringify(answer.body));
      return answer.body;
    };
    const [rule] = await rules(app);
    const form = { ...rule, measures: MEASURES };
    // One rule for each type of chat; others name groups or rooms.
    await refused('POST', '/rules', { ...form, name: 'second' });
    await refused('POST', '/rules', { ...form, name: 'x'.repeat(33), target: { type: 'groups', ids: ['1'] } });
    await refused('POST', '/rules', { ...form, name: 'none', target: { type: 'groups', ids: [] } });
    await refused('PUT', `/rules/${rule.id}`, { ...form, kind: 'image' });
    await refused('PUT', `/rules/${rule.id}`, { ...form, measures: { ...MEASURES, on_suspect: 'replace' } });
    const handling = { act: 'ban', hits: 0, minutes: 1 };
    await refused('PUT', `/rules/${rule.id}`, { ...form, measures: { ...MEASURES, handling } });
    await refused('PUT', `/rules/${rule.id}`, { ...form, sub_rules: [{ id: '', tags: ['no'], measures: MEASURES }] });

    await app.feature('keyword_lists_max', '10');
    for (let n = 0; n < 10; n += 1) await call(app, 'POST', '/lists', { ...LIST, name: `list ${n}` });
    await eventually(() => refused('POST', '/lists', { ...LIST, name: 'list 0' }, 409));
    const { lists } = await call(app, 'GET', '');
    assert.equal(new Set(lists.map((list) => list.id)).size, 10);
    const many = Array.from({ length: 10_001 }, (_, n) => `word ${n}`);
    const text = [...many, 'word 1', 'x'.repeat(129)].join('\n');
    const added = await call(app, 'POST', `/lists/${lists[0].id}/words`, { text });
    assert.deepEqual(added, { added: 10_000, duplicate: 1, too_long: 1, over_limit: 1 });

    for (let n = 0; n < 10; n += 1) await call(app, 'POST', '/tags', { name: `tag ${n}`, of: 'users' });
    await refused('POST', '/tags', { name: 'one more', of: 'users' }, 409);
    await call(app, 'POST', '/tags', { name: 'tag 0', of: 'chats' });

    // Another app's rules are not there.
    const other = await createApp('other');
    const elsewhere = await staff.call('DELETE', `/apps/${other.org}/${other.name}/moderation/rules/${rule.id}`);
    assert.notEqual(elsewhere.status, 200);
    assert.equal((await rules(app)).length, 3);
  });
});
