// As check-types.mjs, of a TypeScript that is a program of its own.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const [folder, ...projects] = process.argv.slice(2);

function findings(project) {
  const args = [join(folder, 'bin/tsc'), '--pretty', 'false', '-p', project];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return status === 0 ? [] : `${stdout}${stderr}`.trim().split('\n');
}

console.log(
  JSON.stringify(Object.fromEntries(projects.map((project) => [project, findings(project)]))),
);
