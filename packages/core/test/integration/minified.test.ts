// A bundle that esbuild has minified renames the classes of all packages in it: Drover's own, and
// those of ioredis. It behaves as the packages do.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { testContext } from '../../../../test/kit/context.js';

const { redisUrl } = testContext('minified');
const here = dirname(fileURLToPath(import.meta.url));
const esbuild = createRequire(import.meta.url).resolve('esbuild/bin/esbuild');

const PROGRAM = `
  import { Failure, Queue, RetryCommonFourTimes, defineTask } from '@drover/core';
  import { decode, encode } from '../../dist/codec/codec.js';
  import { classifyRedisError, isOfRedis, saysNoReply } from '../../dist/redis/redis-errors.js';
  import { Cluster, Redis } from 'ioredis';

  const quiet = (client) => client.on('error', () => {});
  const judge = (error) => [
    classifyRedisError(error)?.reason ?? null,
    isOfRedis(error),
    saysNoReply(error),
    RetryCommonFourTimes.jobError(Failure.from(error), {}),
  ];
  const errorOf = async (act) => await act().then(() => undefined, (error) => error);

  const nowhere = quiet(new Redis({ port: 1, maxRetriesPerRequest: 0, retryStrategy: () => 10 }));
  const unsent = await errorOf(() => nowhere.get('a'));
  nowhere.disconnect();

  const client = quiet(new Redis(process.env.REDIS_URL));
  const reply = await errorOf(() => client.call('no-such-command'));
  const oom = await errorOf(() => client.eval("return redis.error_reply('OOM')", 0));
  client.disconnect();

  const cluster = new Cluster([{ port: 1 }], { clusterRetryStrategy: () => null });
  const failed = await new Promise((resolve) => cluster.on('error', resolve));

  const queue = new Queue('minified', { connection: 'redis://127.0.0.1:1', unavailableTimeout: 0 });
  const put = await errorOf(() => queue.put(defineTask('minified.work', () => {}).job()));
  await queue.close();

  const passedOn = decode(encode([Failure.from(new TypeError('gone'))], 'args'));
  console.log(JSON.stringify({
    isRenamed: unsent.name !== 'MaxRetriesPerRequestError',
    unsent: judge(unsent),
    reply: judge(reply),
    oom: judge(oom),
    failed: judge(failed),
    put: [put.name, put.reason],
    passedOn: passedOn.map(String),
  }));
`;

let outdir: string;
beforeAll(() => (outdir = mkdtempSync(join(tmpdir(), 'drover-minified-'))));
afterAll(() => rmSync(outdir, { recursive: true }));

it('B3 J4 a minified bundle knows the errors of ioredis and its own failures', () => {
  const outfile = join(outdir, 'program.mjs');
  const banner =
    "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
  execFileSync(
    esbuild,
    ['--bundle', '--minify', '--platform=node', '--format=esm', '--log-level=error'].concat(
      `--outfile=${outfile}`,
      `--banner:js=${banner}`,
    ),
    { cwd: here, input: PROGRAM },
  );
  const env = { ...process.env, NODE_OPTIONS: '', REDIS_URL: redisUrl };
  const options = { env, encoding: 'utf8', timeout: 20_000 } as const;
  const written = execFileSync(process.execPath, [outfile], options);
  expect(JSON.parse(written)).toEqual({
    isRenamed: true,
    unsent: ['unreachable', true, true, 250],
    reply: [null, true, false, false],
    oom: ['out of memory', true, false, false],
    failed: ['unreachable', true, false, 250],
    put: ['UnavailableError', 'unreachable'],
    passedOn: ['TypeError: gone'],
  });
});
