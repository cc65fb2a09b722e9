// `npm run help`: the commands of this repository, a line each, as CONTRIBUTING.md lists them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './here.mjs';

const text = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');
for (const [line] of text.matchAll(/^npm .+ # .+$/gm)) console.log(line);
