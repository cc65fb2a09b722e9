// Generates scripts.generated.ts of @drover/core from its .lua files. It is built, not committed.
//
// The file `abort-2.lua`, in any room of lua/, becomes `abort`, a script of two keys. A line
// `--- @include "name"` is replaced by `name.lua` of lua/lib, which may include further files. Each
// file enters a script at most once. Comments are left out, and so are functions that the script
// does not call: a file of lua/lib costs a script only what it uses. A line
// `--- @bullmq "moveToFinished"` lets the script call that script of BullMQ's as a function of KEYS
// and ARGV; its text is taken from the installed package when the script is first sent.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { root } from './here.mjs';

const store = join(root, 'packages/core/src/store/bullmq');
const folder = join(store, 'lua');
const MAX_LINES = 250;
const MAX_COLUMNS = 100;
const library = join(folder, 'lib');
const target = join(store, 'scripts/scripts.generated.ts');

/** The paths of all Lua files. */
const luaFiles = existsSync(folder)
  ? readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.lua'))
      .map((entry) => join(entry.parentPath, entry.name))
  : [];
/** The paths of the files of lua/lib, by name. */
const includes = new Map(
  luaFiles.filter((path) => path.startsWith(library)).map((path) => [basename(path, '.lua'), path]),
);

/** The text of a file with its includes in place. `seen`: the names already in this script. */
function expand(path, seen) {
  return readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line, index) => {
      const name = /^\s*--- @include "([^"]+)"\s*$/.exec(line)?.[1];
      if (name === undefined) return line;
      if (seen.has(name)) return undefined;
      seen.add(name);
      const included = includes.get(name);
      if (included === undefined)
        fail(`${relative(root, path)}:${index + 1} includes "${name}", which is not there`);
      return expand(included, seen);
    })
    .filter((line) => line !== undefined)
    .join('\n');
}

/** A function of a Lua file: its first and its last line begin at the left margin. */
const FUNCTION = /^(?:local )?function (\w+)\([^)\n]*\)(?:.* end$|\n[^]*?\nend$)/gm;
/** The functions of Lua that scripts call. */
const LUA = new Set(['ipairs', 'pcall', 'tonumber', 'type', 'unpack']);
const wordsIn = (lua) => lua.match(/\w+/g) ?? [];

/** The text of a script without comments, blank lines, and functions that it does not call. */
function shorten(path, lua, bullmq) {
  const code = lua
    .replace(/^--\[\[[^]*?\]\]\n/, '')
    .split('\n')
    .filter((line) => !/^\s*(?:--.*)?$/.test(line))
    .join('\n');
  const functions = new Map();
  const rest = code.replace(FUNCTION, (text, name) => {
    if (functions.has(name)) fail(`${relative(root, path)}: two functions are named ${name}`);
    functions.set(name, text);
    return '';
  });
  // Redis would find a missing function only when a run of the script comes to the call.
  for (const [, name] of code.matchAll(/(?<![.\w])(\w+)\(/g))
    if (!functions.has(name) && !LUA.has(name) && !bullmq.includes(name))
      fail(`${relative(root, path)} includes no function ${name}`);
  // A line such as `local a, b` declares functions that call each other: it calls none.
  const called = new Set(wordsIn(rest.replace(/^local [\w, ]+$/gm, '')));
  for (const name of called)
    for (const word of wordsIn(functions.get(name) ?? '')) called.add(word);
  return code
    .replace(FUNCTION, (text, name) => (called.has(name) ? text : ''))
    .replace(/\n{2,}/g, '\n');
}

function read(path) {
  const match = /^([a-z][a-z0-9-]*)-(\d+)\.lua$/.exec(basename(path));
  if (match === null)
    fail(
      `${relative(root, path)}: a script's name ends with its number of keys, as in abort-2.lua`,
    );
  const name = match[1].replace(/-(.)/g, (_, letter) => letter.toUpperCase());
  const text = expand(path, new Set());
  const bullmq = [...text.matchAll(/^--- @bullmq "(\w+)"$/gm)].map(([, called]) => called);
  return {
    name,
    numberOfKeys: Number(match[2]),
    bullmq,
    lua: `${shorten(path, text, bullmq)}\n`,
  };
}

/** Lua has the limits that the linter holds for the other languages. */
function checkSize(path) {
  const lines = readFileSync(path, 'utf8').split('\n');
  const where = relative(root, path);
  if (lines.length > MAX_LINES)
    fail(`${where} has over ${MAX_LINES} lines: which two duties has it?`);
  const long = lines.findIndex((line) => line.length > MAX_COLUMNS);
  if (long !== -1) fail(`${where}:${long + 1} has over ${MAX_COLUMNS} columns`);
}

function literal(text) {
  return '`' + text.replace(/[\\`]|\$\{/g, '\\$&') + '`';
}

function generate() {
  luaFiles.forEach(checkSize);
  const scripts = luaFiles
    .filter((path) => !path.startsWith(library))
    .map(read)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const twice = scripts.find(
    (script, index) => scripts.findIndex(({ name }) => name === script.name) !== index,
  );
  if (twice !== undefined) fail(`two scripts are named ${twice.name}`);
  const names = scripts.map(({ name }) => `\n  | '${name}'`).join('');
  const entries = scripts.map(
    ({ name, numberOfKeys, bullmq, lua }) =>
      `  ${name}: {\n    numberOfKeys: ${numberOfKeys},\n    bullmq: ${JSON.stringify(bullmq)},\n    lua: ${literal(lua)},\n  },\n`,
  );
  return `// Generated from lua/**/*.lua by scripts/lua.mjs: change those files, not this one.
type Name =${names};

interface Script {
  readonly numberOfKeys: number;
  /** The scripts of BullMQ's that it calls as functions. */
  readonly bullmq: readonly string[];
  readonly lua: string;
}

/** Typed without their texts, which the compilers of users would have to read. */
export const scripts: Readonly<Record<Name, Script>> = {
${entries.join('')}};
`;
}

function fail(message) {
  console.error(`lua: ${message}`);
  process.exit(1);
}

const wanted = generate();
const found = existsSync(target) ? readFileSync(target, 'utf8') : undefined;
if (wanted !== found && existsSync(store)) writeFileSync(target, wanted);
