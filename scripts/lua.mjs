// Generates scripts.generated.ts of @drover/core from its .lua files. It is built, not committed.
//
// `seize-3.lua` becomes `seize`, a script of three keys. A line `--- @include "name"` is replaced
// by `includes/name.lua`, which may include further; each one enters a script at most once.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from './here.mjs';

const store = join(root, 'packages/core/src/store/bullmq');
const folder = join(store, 'lua');
const target = join(store, 'scripts.generated.ts');

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
      const included = join(folder, 'includes', `${name}.lua`);
      if (!existsSync(included))
        fail(`${relative(root, path)}:${index + 1} includes "${name}", which is not there`);
      return expand(included, seen);
    })
    .filter((line) => line !== undefined)
    .join('\n');
}

function read(file) {
  const match = /^([a-z][a-z0-9-]*)-(\d+)\.lua$/.exec(file);
  if (match === null)
    fail(`lua/${file}: a script's name ends with its number of keys, as in seize-3.lua`);
  const name = match[1].replace(/-(.)/g, (_, letter) => letter.toUpperCase());
  return {
    name,
    numberOfKeys: Number(match[2]),
    lua: `${expand(join(folder, file), new Set())}\n`,
  };
}

function literal(text) {
  return '`' + text.replace(/[\\`]|\$\{/g, '\\$&') + '`';
}

function generate() {
  const files = existsSync(folder)
    ? readdirSync(folder).filter((file) => file.endsWith('.lua'))
    : [];
  const scripts = files.sort().map(read);
  const twice = scripts.find(
    (script, index) => scripts.findIndex(({ name }) => name === script.name) !== index,
  );
  if (twice !== undefined) fail(`two scripts are named ${twice.name}`);
  const names = scripts.map(({ name }) => `\n  | '${name}'`).join('');
  const entries = scripts.map(
    ({ name, numberOfKeys, lua }) =>
      `  ${name}: {\n    name: '${name}',\n    numberOfKeys: ${numberOfKeys},\n    lua: ${literal(lua)},\n  },\n`,
  );
  return `// Generated from lua/*.lua by scripts/lua.mjs: change those files, not this one.
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
