// Where a test file runs: Node's environment, which leaves nothing behind that would slow down the
// files after it.
import { AsyncLocalStorage } from 'node:async_hooks';
import { TestEnvironment } from 'jest-environment-node';

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
