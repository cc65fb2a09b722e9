// Writes openapi.json of @drover/monitor: what its API answers at api/openapi.json. Run it in the
// folder of the package, after the compiler.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const folder = process.cwd();
const load = createRequire(join(folder, 'dist/index.js'));
const { openApi } = load('./http/openapi.js');
const { routes } = load('./http/routes.js');
writeFileSync(join(folder, 'openapi.json'), `${JSON.stringify(openApi(routes), undefined, 2)}\n`);
