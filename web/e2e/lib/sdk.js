// Runs the unmodified SDK bundles. A bundle keeps state in module variables, so that two
// connections of one copy disturb each other; each tab therefore gets a fresh copy.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { compileFunction } from 'node:vm';
import { openTab } from './browser.js';
import { openMiniProgram } from './mini-program.js';

const { resolve } = createRequire(import.meta.url);
const compiled = new Map();

/** The current build, which `loadSdk` gives unless it is asked for another. */
export const CURRENT = 'easemob-websdk';
/** Old and sister builds, by the names of their packages here. */
export const SISTERS = [
  'easemob-websdk-4.1.6',
  'easemob-websdk-4.7.0',
  'easemob-websdk-4.13.0',
  'easemob-websdk-4.17.0',
  'agora-chat',
];
/** Builds that come over SockJS: they want an `http:` address in the place of the socket's. */
export const OVER_SOCKJS = ['easemob-websdk-4.1.6', 'easemob-websdk-4.7.0'];
/** The small build and its plug-ins, by the names under which the documentation has them used. */
const PLUGINS = ['contact', 'group', 'chatroom', 'presence', 'silent', 'thread', 'translation'];

/** What a file of a package exports, run with `globals`. `patch` changes its text before. */
function run(file, globals, patch) {
  const names = Object.keys(globals);
  const key = `${file} ${names}`;
  let bundle = patch ? undefined : compiled.get(key);
  if (!bundle) {
    const text = readFileSync(file, 'utf8');
    bundle = compileFunction(patch ? patch(text) : text, ['module', 'exports', 'define', ...names], { filename: file });
    if (!patch) compiled.set(key, bundle);
  }
  const module = { exports: {} };
  bundle.call(globals.self ?? {}, module, module.exports, undefined, ...names.map((name) => globals[name]));
  return module.exports.default ?? module.exports;
}

/**
 * A fresh copy of the SDK (`WebIM`) in a tab of its own. `patch` is for what is fixed in a bundle and would lead out
 * of this machine: the addresses from which it fetches where its server is.
 */
export function loadSdk({ build = CURRENT, patch } = {}) {
  const tab = openTab();
  return { WebIM: run(resolve(build), tab.globals, patch), tab };
}

/** A `patch` that has a bundle fetch `server.json` from here instead of its vendor; the first address answers nothing. */
export function askingAt(baseUrl) {
  const fixed = /dnsArr=\[[^\]]*\]/g;
  return (text) => {
    if (!fixed.test(text)) throw new Error('the bundle has other addresses than it used to');
    return text.replaceAll(fixed, `dnsArr=${JSON.stringify(['http://127.0.0.1:9', baseUrl])}`);
  };
}

/** The small build with all of its plug-ins. */
export function loadMiniCore() {
  const tab = openTab();
  const load = (name) => run(resolve(`easemob-websdk/${name}/${name}.js`), tab.globals);
  const MiniCore = load('miniCore');
  const plugins = PLUGINS.map((name) => [name, load(name)]);
  return { MiniCore, plugins, tab, name: 'miniCore' };
}

/** The build for mini-programs (`miniProgram`, `uniApp`), in the surroundings that `platform` has: `wx`, `my`, `uni`. */
export function loadMiniProgram(platform, build = 'miniProgram') {
  const tab = openMiniProgram(platform);
  const WebIM = run(resolve(`easemob-websdk/${build}/Easemob-chat.js`), tab.globals);
  return { WebIM, tab, name: `${build}/${platform}` };
}
