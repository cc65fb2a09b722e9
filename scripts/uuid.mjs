// Puts the code of the package uuid, with its licence, into dist/lib/uuid.js of @drover/core, in
// place of the import: the package is an ES module, which Jest cannot `require` (ADR 0001). Run it
// after the compiler.
import { build } from 'esbuild';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './here.mjs';

const core = join(root, 'packages/core');
const license = join(root, 'node_modules/uuid/LICENSE.md');

await build({
  entryPoints: [join(core, 'src/lib/uuid.ts')],
  outfile: join(core, 'dist/lib/uuid.js'),
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  sourcemap: true,
  sourcesContent: false,
  banner: {
    js:
      '/*! Holds parts of uuid (https://github.com/uuidjs/uuid):\n' +
      `${readFileSync(license, 'utf8').trim()}\n*/`,
  },
});
copyFileSync(license, join(core, 'dist/lib/uuid.LICENSE.md'));
