// Finds the files that worker threads are started from (D2, D7). They are in the folder of this
// module, also in a bundle; a bundler has to be told to put them there.
import { UnsupportedError } from '@drover/core';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Also the names of the package's entries. */
type ThreadFile = 'heartbeat-thread' | 'task-thread';

/** A bundle has the extension of its own module format. */
const EXTENSIONS = ['js', 'cjs', 'mjs'];

/** @throws UnsupportedError if a bundle was made without the file */
export function threadFile(name: ThreadFile): string {
  // An ES module has no __dirname. Such a bundle is in the folder of the program.
  const folder = typeof __dirname === 'string' ? __dirname : dirname(process.argv[1] ?? '.');
  const found = EXTENSIONS.map((extension) => join(folder, `${name}.${extension}`)).find(
    existsSync,
  );
  if (found !== undefined) return found;
  throw new UnsupportedError(
    `there is no ${name}.js in ${folder}, ` +
      'where this bundle of @drover/worker needs it to start a thread: ' +
      'let the bundler leave @drover/* out (as externals), ' +
      `or give it a second entry ${name} with @drover/worker/${name} (docs/guides/loading.md)`,
  );
}

/**
 * Without this check a bundle without the file would start, and ping from its main loop only.
 * @throws UnsupportedError if the file of a thread that the dispatcher starts is missing
 */
export function assertThreadFiles(agents: readonly { readonly threads: unknown }[]): void {
  threadFile('heartbeat-thread');
  if (agents.some(({ threads }) => threads !== undefined)) threadFile('task-thread');
}
