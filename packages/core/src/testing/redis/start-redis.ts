// A private Redis for the tests of an application.
import { InvalidArgumentError, UnsupportedError } from '../../errors.js';
import { checkOptions } from '../../lib/unknown-options.js';
import { NoServerError, startGuardedServer } from './guarded-server.js';

export interface TestRedisOptions {
  /** More arguments of redis-server, such as `['--maxmemory', '100mb']`. Default: none. */
  args?: readonly string[];
}

/** A Redis that runs for the tests alone. */
export interface TestRedis {
  /** For the option `connection`, or for `process.env.REDIS_URL`: redis://127.0.0.1:… */
  readonly url: string;
  readonly port: number;
  /** Ends the server, with all that it holds. A second call does nothing. */
  stop(): Promise<void>;
  /** Ends the server: `await using redis = await startRedis()`. */
  [Symbol.asyncDispose](): Promise<void>;
}

const ADVICE =
  'install Redis (apt-get install redis-server, brew install redis) or Valkey, or set ' +
  '$REDIS_SERVER to the path of the program; or start a container ' +
  '(docker run --rm -p 6379:6379 redis) and use its URL in the place of startRedis';

/**
 * Starts a private Redis or Valkey on a free port of 127.0.0.1, within some 100 ms. It keeps
 * nothing on disk, and evicts nothing. The program is `$REDIS_SERVER`, else redis-server or
 * valkey-server of PATH. The server ends by `stop()`, or with this process, also if that is killed.
 * It does not keep this process alive.
 * @throws UnsupportedError where no such program is found: it says how to install one;
 *   InvalidArgumentError for a bad option; Error with the server's log where it does not start
 */
export async function startRedis(options: TestRedisOptions = {}): Promise<TestRedis> {
  const args = argsOf(options);
  const server = await startGuardedServer(args).catch((error: unknown) => {
    if (!(error instanceof NoServerError)) throw error;
    throw new UnsupportedError(`startRedis: ${error.message}: ${ADVICE}`);
  });
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => await (stopping ??= server.stop());
  const { port } = server;
  return { url: `redis://127.0.0.1:${port}`, port, stop, [Symbol.asyncDispose]: stop };
}

function argsOf(options: TestRedisOptions): readonly string[] {
  checkOptions('startRedis', options, ['args']);
  const { args = [] } = options;
  if (Array.isArray(args) && args.every((arg) => typeof arg === 'string')) return args;
  throw new InvalidArgumentError(
    "args must be an array of redis-server's arguments, such as ['--maxmemory', '100mb']",
  );
}
