// docs/sdk-compatibility.md: what the SDK's typings promise, beside the test that shows it.

import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { seenFolder } from './server.js';
import { unserved } from './unserved.js';

const here = dirname(fileURLToPath(import.meta.url));
const document = join(here, '../../../docs/sdk-compatibility.md');
const typings = createRequire(import.meta.url).resolve('easemob-websdk/Easemob-chat.d.ts');
const { version } = JSON.parse(readFileSync(join(dirname(typings), 'package.json'), 'utf8'));

/** Parts of the SDK that apps can use one by one; each has typings of its own. */
const PLUGINS = ['group', 'chatroom', 'contact', 'presence', 'silent', 'thread', 'translation'];

/** Types of messages that `WebIM.message.create` makes and `send` sends. */
const MESSAGES = ['txt', 'img', 'audio', 'video', 'file', 'loc', 'cmd', 'custom', 'combine', 'read', 'delivery', 'channel'];
/** Other functions of the package that reach a server. */
const FUNCTIONS = ['utils.download', 'utils.uploadFile'];
/** Events whose `operation` says what happened, with the type of the typings that lists the operations. */
const OPERATIONS = {
  onGroupEvent: ['GroupEvent'],
  onChatroomEvent: ['ChatroomEvent'],
  onMessagePinEvent: ['MessagePinEvent'],
  onChatThreadChange: ['onChatThreadChangeType'],
  onMultiDeviceEvent: [
    'multiDeviceEventType',
    'ConversationChangedInfo',
    'RoamingDeleteMultiDeviceInfo',
    'GroupMemberAttributesUpdateMultiDeviceInfo',
    'NotificationConMultiDeviceInfo',
    'NotificationUserMultiDeviceInfo',
  ],
};

/** Lines of the block that begins with a line matching `head`. */
function block(lines, head) {
  const start = lines.findIndex((line) => head.test(line));
  if (start < 0) throw new Error(`the typings have no ${head}`);
  const indent = lines[start].match(/^\t*/)[0];
  const end = lines.findIndex((line, at) => at > start && (line === `${indent}}` || /;$/.test(line) && line.startsWith(`${indent}\t`) && !line.startsWith(`${indent}\t\t`) && /^\t*type /.test(lines[start])));
  return lines.slice(start, end + 1);
}

function operationsOf(lines, name) {
  const body = block(lines, new RegExp(`^\\t(interface|type) ${name}\\b`));
  const from = body.findIndex((line) => /^\t\toperation:/.test(line));
  const part = from < 0 ? body : body.slice(from);
  const end = part.findIndex((line) => line.endsWith(';'));
  return part.slice(0, end + 1).join(' ').match(/'[A-Za-z]+'/g)?.map((quoted) => quoted.slice(1, -1)) ?? [];
}

function promised() {
  const lines = readFileSync(typings, 'utf8').split('\n');
  const methods = new Set();
  for (const line of block(lines, /^\tclass Connection\b/)) {
    const found = line.match(/^\t\t([a-zA-Z]+)(?:<[^>]*>)?\(/);
    if (found && found[1] !== 'constructor') methods.add(found[1]);
  }
  // Some are named by the plug-ins' typings only.
  for (const part of PLUGINS) {
    const plugin = readFileSync(join(dirname(typings), part, `${part}.d.ts`), 'utf8').split('\n');
    for (const line of plugin) {
      const found = line.match(/^\t([a-zA-Z]+)(?:<[^>]*>)?\(/);
      if (found) methods.add(found[1]);
    }
  }
  const events = [];
  for (const line of block(lines, /^\tinterface EventHandlerType\b/)) {
    const found = line.match(/^\t\t(on[A-Za-z]+)\??[:(]/);
    if (!found) continue;
    const types = OPERATIONS[found[1]];
    if (!types) events.push(found[1]);
    else for (const operation of new Set(types.flatMap((type) => operationsOf(lines, type)))) events.push(`${found[1]}: ${operation}`);
  }
  // Some the bundle raises and these typings do not name.
  const bundle = readFileSync(join(dirname(typings), 'Easemob-chat.js'), 'utf8');
  const known = new Set(events.map((event) => event.split(':')[0]));
  for (const [, event] of bundle.matchAll(/dispatch\("(on[A-Za-z]+)"/g)) {
    if (!known.has(event)) events.push(event);
    known.add(event);
  }
  return { methods: [...methods], events };
}

/** What the last run saw: by `kind name`, the tests as `file: test`, in order. */
function evidence() {
  const tests = new Map();
  if (!existsSync(seenFolder)) return tests;
  for (const file of readdirSync(seenFolder).sort()) {
    for (const [test, names] of JSON.parse(readFileSync(join(seenFolder, file), 'utf8'))) {
      for (const name of names) {
        const found = tests.get(name) ?? [];
        found.push({ file: file.replace(/\.json$/, ''), test });
        tests.set(name, found);
      }
    }
  }
  return tests;
}

function row(name, shown, problems) {
  const why = unserved[name];
  const key = `sdk ${name}`;
  const tests = shown.get(key);
  if (tests && why) problems.push(`${name} has a test and yet a reason in lib/unserved.js`);
  if (tests) {
    const { file, test } = [...tests].sort((a, b) => order(a) < order(b) ? -1 : 1)[0];
    return `| \`${name}\` | ✓ | \`${file}\`: ${test.replaceAll('|', '\\|')} |`;
  }
  if (why) return `| \`${name}\` | – | ${why.because} |`;
  problems.push(`${name}: no test shows it, and lib/unserved.js does not say why`);
  return `| \`${name}\` | **?** | |`;
}

const order = ({ file, test }) => `${file}\t${test}`;

/** The document as the last run of all tests makes it, and what is wrong with it. */
export function makeDocument() {
  const shown = evidence();
  const { methods, events } = promised();
  const problems = [];
  const table = (names) => ['| | | shown by |', '|---|---|---|', ...names.map((name) => row(name, shown, problems))];
  const all = [...methods, ...FUNCTIONS, ...MESSAGES.map((type) => `send ${type}`), ...events];
  for (const name of Object.keys(unserved)) if (!all.includes(name)) problems.push(`lib/unserved.js: the SDK has no ${name}`);
  const builds = new Map();
  for (const [key, tests] of shown) {
    const build = key.slice(0, key.lastIndexOf(' ', key.indexOf(' ') + 1)) || key.split(' ')[0];
    if (build === 'sdk') continue;
    const list = builds.get(build) ?? new Set();
    for (const test of tests) list.add(`\`${test.file}\`: ${test.test}`);
    builds.set(build, list);
  }
  const text = [
    '# What works of the Web SDK',
    '',
    '<!-- Made by the tests in web/e2e (`npm run compatibility`); do not edit. -->',
    '',
    `Every public method and event that the typings of \`easemob-websdk\` ${version} name or its bundle raises, each with one test in \`web/e2e\` in which the`,
    'unmodified SDK calls the method with success, or in which a test waits for the event. A dash says that nothing of it reaches a server, or why it is',
    'not there. A method may have more tests: its refusals, other devices, PostgreSQL.',
    '',
    '## Methods of `WebIM.connection`',
    '',
    ...table(methods),
    '',
    '## Other functions',
    '',
    ...table(FUNCTIONS),
    '',
    '## Messages by type',
    '',
    ...table(MESSAGES.map((type) => `send ${type}`)),
    '',
    '## Events',
    '',
    ...table(events),
    '',
    '## Other builds',
    '',
    '| build | shown by |',
    '|---|---|',
    ...[...builds].sort().map(([build, tests]) => `| ${build} | ${[...tests].sort().join('<br>')} |`),
    '',
  ].join('\n');
  return { text, problems };
}

/** Compares the document with the one that is committed, or writes it; gives what is wrong as lines. */
export function checkDocument(update) {
  const { text, problems } = makeDocument();
  if (update) writeFileSync(document, text);
  else if (!existsSync(document) || readFileSync(document, 'utf8') !== text) {
    problems.push(`${relative(process.cwd(), document)} is not what the tests show: run \`npm run compatibility\``);
  }
  return problems;
}
