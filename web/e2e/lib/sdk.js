// Runs the unmodified SDK bundle. The bundle keeps state in module variables, so that two
// connections of one copy disturb each other; each tab therefore gets a fresh copy.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { compileFunction } from 'node:vm';
import { openTab } from './browser.js';

const file = createRequire(import.meta.url).resolve('easemob-websdk');
const names = Object.keys(openTab().globals);
const bundle = compileFunction(readFileSync(file, 'utf8'), ['module', 'exports', 'define', ...names], {
  filename: file,
});

/** A fresh copy of the SDK (`WebIM`) in a tab of its own. */
export function loadSdk() {
  const tab = openTab();
  const module = { exports: {} };
  bundle.call(undefined, module, module.exports, undefined, ...names.map((name) => tab.globals[name]));
  return { WebIM: module.exports.default ?? module.exports, tab };
}
