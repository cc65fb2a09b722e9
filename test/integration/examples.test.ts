// The programs in examples/ run as they are, and print what stands at their end.
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cleanUpLater } from '../kit/cleanup.js';
import { root } from '../kit/paths.js';
import { startRedis } from '../kit/redis-server.js';
import { linksOf, read } from '../unit/docs/markdown.js';

const examples = readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.mjs'));

/** Drover's packages, Node's modules, files beside it, and what the monitor is mounted in. */
const PUBLIC = new RegExp(
  '^(@drover/(core|worker|composite|monitor)|node:.*|\\./.*' +
    '|@hono/node-server|express|fastify|@nestjs/(common|core)|bullmq|@bull-board/.*)$',
);

let cwd = '';
let env: NodeJS.ProcessEnv = {};

beforeAll(async () => {
  // They use the default prefix: in a Redis that others use, they would meet others' jobs.
  const redis = await startRedis();
  env = {
    ...process.env,
    REDIS_URL: redis.url,
    NODE_OPTIONS: '',
    DROVER_UUID: '',
    FORCE_COLOR: '0',
  };
  cwd = await mkdtemp(join(tmpdir(), 'drover-examples-')); // for the file with the dispatcher's UUID
  cleanUpLater(() => rm(cwd, { recursive: true }));
});

test.each(examples)('%s prints the lines at its end, and ends by itself', async (name) => {
  const options = { cwd, env, timeout: 25_000, killSignal: 'SIGKILL' } as const;
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [join(root, 'examples', name)],
    options,
  );
  expect(stderr).toBe('');
  expect(withoutLog(stdout)).toBe(promisedBy(name));
});

test('each program is short, begins with its purpose, and uses the public packages alone', () => {
  for (const name of examples) {
    const code = read(`examples/${name}`);
    expect([name, code.split('\n').length < 60, /^\/\/ \w/.test(code)]).toEqual([name, true, true]);
    const imports = [...code.matchAll(/ from '([^']+)'/g)].map(([, module]) => module ?? '');
    expect(imports.filter((module) => !PUBLIC.test(module))).toEqual([]);
  }
});

test('the list of examples has each of them', () => {
  const listed = linksOf(read('examples/README.md')).map(({ target }) => target);
  expect(listed.filter((target) => target.endsWith('.mjs')).sort()).toEqual(examples.sort());
});

/** The output of a program without the dispatcher's log. */
function withoutLog(output: string): string {
  return output.replace(/^\{"level":.*\n/gm, '');
}

/** The lines that stand as a comment at the end of a program. */
function promisedBy(name: string): string {
  const [, promised] = read(`examples/${name}`).split('\n// Prints:\n');
  if (promised === undefined) throw new Error(`examples/${name} does not end with what it prints`);
  return promised.replace(/^\/\/ ?/gm, '');
}
