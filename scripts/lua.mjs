// Generates scripts.generated.ts of @drover/core from its .lua files. It is built, not committed.
//
// The file `abort-2.lua`, in any room of lua/, becomes `abort`, a script of two keys. A line
// `--- @include "name"` is replaced by `name.lua` of lua/lib, which may include further files. Each
// file enters a script at most once. Comments are left out, and so are functions that the script
// does not call: a file of lua/lib costs a script only what it uses. The values of constants stand
// in their places. A line
// `--- @bullmq "moveToFinished"` lets the script call that script of BullMQ's as a function of KEYS
// and ARGV; its text is taken from the installed package when the script is first sent.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { root } from './here.mjs';

const store = join(root, 'packages/core/src/store/bullmq');
const folder = join(store, 'lua');
const MAX_LINES = 250;
const MAX_COLUMNS = 100;
/** Of 200: the loops of a script have names too. */
const ENOUGH_LOCALS = 150;
const MAX_LOCALS = 190;
const MAX_UPVALUES = 60;
/** Stands between the functions of lua/lib and the own text of a script. */
const OWN_TEXT = '@own';
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
    .map((line, index) => expandLine(path, line, seen, index + 1))
    .filter((line) => line !== undefined)
    .join('\n');
}

/** Undefined: the line includes a file that is there already. */
function expandLine(path, line, seen, number) {
  const name = /^\s*--- @include "([^"]+)"\s*$/.exec(line)?.[1];
  if (name === undefined) return line;
  if (seen.has(name)) return undefined;
  seen.add(name);
  const included = includes.get(name);
  if (included === undefined)
    fail(`${relative(root, path)}:${number} includes "${name}", which is not there`);
  return expand(included, seen);
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
  return withoutConstants(
    code.replace(FUNCTION, (text, name) => (called.has(name) ? text : '')),
  ).replace(/\n{2,}/g, '\n');
}

/** The names that a Lua text declares at the left margin. */
function localsIn(lua) {
  const found = lua.matchAll(/^local (?:function (\w+)|([\w, ]+))/gm);
  return [...found].flatMap(([, name, names]) => (name ? [name] : names.split(',')));
}

/**
 * The text of a script. Lua allows a function 200 local names, and the use of 60 names from around
 * it. Where a script comes near to that, its own text becomes a function below those of lua/lib,
 * with the last of these where they are too many.
 */
function textOf(path, bullmq) {
  const whole = shorten(path, expand(path, new Set()), bullmq);
  if (localsIn(whole).length <= ENOUGH_LOCALS) return whole;
  const isInclude = (line) => line.startsWith('--- @include');
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  const seen = new Set();
  const included = lines.filter(isInclude).map((line) => expandLine(path, line, seen));
  const text = [...included, OWN_TEXT, ...lines.filter((line) => !isInclude(line))].join('\n');
  const [before, own] = shorten(path, text.replace(/^--\[\[[^]*?\]\]\n/m, ''), bullmq).split(
    OWN_TEXT,
  );
  const split = splits(before, own).find(({ around, within, used }) => {
    const most = Math.max(around.length, within.length);
    return most <= MAX_LOCALS && used.length + bullmq.length <= MAX_UPVALUES;
  });
  if (split === undefined) fail(`${relative(root, path)} uses too much of lua/lib`);
  return `${split.library}local function main()\n${split.inside.trim()}\nend\nreturn main()`;
}

/** The ways to put the last functions of lua/lib into the function of a script: first none. */
function splits(lua, own) {
  const ends = [...lua.matchAll(FUNCTION)].map(({ index }) => index).reverse();
  return [lua.length, ...ends].map((end) => {
    const [library, inside] = [lua.slice(0, end), `${lua.slice(end)}${own}`];
    const words = new Set(wordsIn(inside));
    const around = localsIn(library).map((name) => name.trim());
    const used = around.filter((name) => words.has(name));
    return { library, inside, around, within: localsIn(inside), used };
  });
}

/** A constant of a Lua file, such as `local FEW = 8`. */
const CONSTANT = /^local ([A-Z][A-Z_]*) = (\d+|'\w[^'\n]*')$/gm;

/** A script with the values of its constants in their places: each would be a local name. */
function withoutConstants(lua) {
  const constants = new Map([...lua.matchAll(CONSTANT)].map(([, name, value]) => [name, value]));
  return lua
    .replace(CONSTANT, '')
    .replace(/\b[A-Z][A-Z_]*\b/g, (name) => constants.get(name) ?? name);
}

function read(path) {
  const match = /^([a-z][a-z0-9-]*)-(\d+)\.lua$/.exec(basename(path));
  if (match === null)
    fail(
      `${relative(root, path)}: a script's name ends with its number of keys, as in abort-2.lua`,
    );
  const name = match[1].replace(/-(.)/g, (_, letter) => letter.toUpperCase());
  const text = readFileSync(path, 'utf8');
  const bullmq = [...text.matchAll(/^--- @bullmq "(\w+)"$/gm)].map(([, called]) => called);
  return {
    name,
    numberOfKeys: Number(match[2]),
    bullmq,
    lua: `${textOf(path, bullmq)}\n`,
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

/** The functions of a script, and what stands between them. Joined, they are the script. */
function partsOf(lua) {
  const parts = [];
  let end = 0;
  for (const { 0: text, index } of lua.matchAll(FUNCTION)) {
    parts.push(lua.slice(end, index), text);
    end = index + text.length;
  }
  return [...parts, lua.slice(end)].filter((part) => part !== '');
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
  const positions = new Map();
  const position = (part) => {
    if (!positions.has(part)) positions.set(part, positions.size);
    return positions.get(part);
  };
  const entries = scripts.map(({ name, numberOfKeys, bullmq, lua }) => {
    const parts = partsOf(lua).map(position).join(', ');
    return `  ${name}: {\n    numberOfKeys: ${numberOfKeys},\n    bullmq: ${JSON.stringify(bullmq)},\n    parts: [${parts}],\n  },\n`;
  });
  return `// Generated from lua/**/*.lua by scripts/lua.mjs: change those files, not this one.
type Name =${names};

interface Script {
  readonly numberOfKeys: number;
  /** The scripts of BullMQ's that it calls as functions. */
  readonly bullmq: readonly string[];
  /** Its text: positions in \`parts\`. */
  readonly parts: readonly number[];
}

/** Typed without their texts, which the compilers of users would have to read. */
export const scripts: Readonly<Record<Name, Script>> = {
${entries.join('')}};

/** Functions that several scripts have stand here once. */
export const parts: readonly string[] = [
${[...positions.keys()].map((part) => `  ${literal(part)},\n`).join('')}];
`;
}

function fail(message) {
  console.error(`lua: ${message}`);
  process.exit(1);
}

const wanted = generate();
const found = existsSync(target) ? readFileSync(target, 'utf8') : undefined;
if (wanted !== found && existsSync(store)) writeFileSync(target, wanted);
