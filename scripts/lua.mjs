// Generates scripts.generated.ts of @drover/core from its .lua files. It is built, not committed.
//
// `abort-2.lua`, in whichever room of lua/, becomes `abort`, a script of two keys. A line
// `--- @include "name"` is replaced by `name.lua` of a room of lua/lib, which may include further;
// each one enters a script at most once.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { root } from './here.mjs';

const store = join(root, 'packages/core/src/store/bullmq');
const folder = join(store, 'lua');
const library = join(folder, 'lib');
const target = join(store, 'scripts/scripts.generated.ts');

/** All files of Lua, in whichever room. */
const luaFiles = existsSync(folder)
  ? readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.lua'))
      .map((entry) => join(entry.parentPath, entry.name))
  : [];
/** Those of the library, by name. */
const includes = new Map(
  luaFiles.filter((path) => path.startsWith(library)).map((path) => [basename(path, '.lua'), path]),
);

/**
 * The text of one file with its includes in place; `seen` holds the names already in this script.
 */
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

function read(path) {
  const match = /^([a-z][a-z0-9-]*)-(\d+)\.lua$/.exec(basename(path));
  if (match === null)
    fail(
      `${relative(root, path)}: a script's name ends with its number of keys, as in abort-2.lua`,
    );
  const name = match[1].replace(/-(.)/g, (_, letter) => letter.toUpperCase());
  return {
    name,
    numberOfKeys: Number(match[2]),
    lua: `${expand(path, new Set())}\n`,
  };
}

function literal(text) {
  return '`' + text.replace(/[\\`]|\$\{/g, '\\$&') + '`';
}

function generate() {
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
    ({ name, numberOfKeys, lua }) =>
      `  ${name}: {\n    name: '${name}',\n    numberOfKeys: ${numberOfKeys},\n    lua: ${literal(lua)},\n  },\n`,
  );
  return `// Generated from lua/**/*.lua by scripts/lua.mjs: change those files, not this one.
type Name =${names};

interface Script {
  readonly name: string;
  readonly numberOfKeys: number;
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
