// Where things are, seen from the kit's source as from its compiled copy in test/.build.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findRoot(folder: string): string {
  return existsSync(join(folder, 'tsconfig.base.json')) ? folder : findRoot(dirname(folder));
}

export const root = findRoot(dirname(fileURLToPath(import.meta.url)));
/** The kit as compiled: what runs outside of jest. */
export const compiledKit = join(root, 'test/.build/kit');
