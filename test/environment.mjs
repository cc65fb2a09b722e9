// Where a test file runs: Node's environment, in which a module is compiled once for all test files
// of a process, and which leaves nothing behind that would slow down the files after it.
import { AsyncLocalStorage } from 'node:async_hooks';
import vm from 'node:vm';
import { TestEnvironment } from 'jest-environment-node';

// Jest evaluates all modules anew for each test file, and has V8 compile their source anew: with
// `importModuleDynamically`, V8 keeps no compiled code. A script without it is compiled once and
// runs in the context of each file. A source that has an `import()` is compiled as before.
const { compileFunction } = vm;
/** By the file's name. No script: Jest compiles it. */
const compiled = new Map();
vm.compileFunction = (source, parameters, options) => {
  const { filename, parsingContext } = options;
  let known = compiled.get(filename);
  if (known?.source !== source) {
    known = { source, script: scriptOf(source, parameters, filename) };
    compiled.set(filename, known);
  }
  return known.script
    ? known.script.runInContext(parsingContext)
    : compileFunction(source, parameters, options);
};

function scriptOf(source, parameters, filename) {
  if (/\bimport\s*\(/.test(source)) return undefined;
  const start = `(function (${parameters}) {`;
  return new vm.Script(`${start}${source}\n})`, { filename, columnOffset: -start.length });
}

// Before Node 24, each promise of the process tells each AsyncLocalStorage that was ever used, and
// each test file makes a few: of its modules, and of Jest. After a hundred files that was most of
// what a test cost. A disabled one is told nothing.
const { prototype } = AsyncLocalStorage;
const used = new Set();
if (typeof prototype._enable === 'function') {
  const enable = prototype._enable;
  prototype._enable = function () {
    used.add(this);
    return enable.call(this);
  };
}

export default class extends TestEnvironment {
  async teardown() {
    await super.teardown();
    for (const storage of used) storage.disable();
    used.clear();
  }
}
