// The files that worker threads are started from (D2, D7). They lie beside this module, in a bundle
// as in the package: a bundler does not find them by itself.
import { UnsupportedError } from '@drover/core';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Their names, in the package and as its entries. */
type ThreadFile = 'heartbeat-thread' | 'task-thread';

/** A bundle may be of CommonJS or of ES modules, whatever its package is. */
const EXTENSIONS = ['js', 'cjs', 'mjs'];

/**
 * The file of a thread.
 * @throws UnsupportedError where there is none: a bundle was made without it
 */
export function threadFile(name: ThreadFile): string {
  // A bundle that is an ES module has no __dirname: it lies where the program does.
  const folder = typeof __dirname === 'string' ? __dirname : dirname(process.argv[1] ?? '.');
  const found = EXTENSIONS.map((extension) => join(folder, `${name}.${extension}`)).find(
    existsSync,
  );
  if (found !== undefined) return found;
  throw new UnsupportedError(
    `there is no ${name}.js in ${folder}, where this bundle of @drover/worker needs it to start a thread: ` +
      `let the bundler leave @drover/* out (as externals), or give it a second entry ${name} with ` +
      `@drover/worker/${name} (docs/guides/loading.md)`,
  );
}

/**
 * Without this look a bundle would start, and ping from its main loop only.
 * @throws UnsupportedError where the file of a thread is missing that a dispatcher starts
 */
export function assertThreadFiles(agents: readonly { readonly threads: unknown }[]): void {
  threadFile('heartbeat-thread');
  if (agents.some(({ threads }) => threads !== undefined)) threadFile('task-thread');
}
