// Each error that ioredis can throw is known to Drover: as an error of Redis or its connection
// (B3), or as a mistake of the caller. The test searches the code of the installed ioredis, so that
// a version with a new error fails here.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { isOfRedis, classifyRedisError } from '../../src/redis/redis-errors.js';

const require = createRequire(import.meta.url);
const ioredis = dirname(require.resolve('ioredis'));
const fromIoredis = createRequire(join(ioredis, 'index.js'));
const sources = readdirSync(ioredis, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.js'))
  .map((file) => readFileSync(join(ioredis, file), 'utf8').replaceAll(/^ *\*.*$/gm, ''));

/** Wrong calls and options, which fail again however often they are repeated. */
const MISTAKES = [
  'Invalid argument ',
  'Invalid node key x',
  'Invalid option scaleReads "',
  'Invalid role "',
  'Requires at least one sentinel to connect to.',
  'Requires the name of master.',
  '`startupNodes` should contain at least one node.',
  '"sendCommand" is not implemented',
  'The "resp3" replyMapping is only supported with protocol 3',
  'Pipeline cannot be used to send any commands when the `exec()` has been called on it.',
  'All the keys in a pipeline command should belong to the same slot',
  'All keys in the pipeline should belong to the same slots allocation group',
  // Drover uses no sharded channels.
  'Sharded subscriber x cannot be restarted once ended.',
  // It is part of a ClusterAllFailedError, which is known.
  'timeout',
];

const LITERAL = /"([^"]*)"|'([^']*)'|`([^`]*)`/g;
const textOf = ([, double, single, template = '']: RegExpMatchArray): string =>
  double ?? single ?? template.replaceAll(/\$\{[^}]*\}/g, 'x');

/**
 * The texts with which an expression begins, with an x for each `${…}`. For a variable or a
 * constant: all texts that it can have.
 */
function textsOf(expression: string, source: string): string[] {
  const [first] = expression.matchAll(LITERAL);
  if (first?.index === 0) return [textOf(first)];
  const name = /^(?:\w+\.)?(\w+)/.exec(expression)?.[1] ?? '';
  const isItsValue = new RegExp(`(?:const|let) ${name} = ([^;]*);`, 'g');
  const isExported = new RegExp(`^exports\\.${name} = ("[^;]*);`, 'gm');
  const values = [
    ...source.matchAll(isItsValue),
    ...sources.flatMap((one) => [...one.matchAll(isExported)]),
  ];
  // Each branch of a conditional expression begins on its own line.
  return values
    .flatMap(([, value = '']) => value.split(/\n\s*[?:] /))
    .flatMap((part) => {
      const [text] = part.matchAll(LITERAL);
      return text?.index === 0 ? [textOf(text)] : [];
    });
}

const thrown = sources.flatMap((source) =>
  [...source.matchAll(/new Error\(\s*([^;)][^;]*);/g)].map(([, expression = '']) => ({
    expression,
    texts: textsOf(expression, source),
  })),
);
const messages = [...new Set(thrown.flatMap(({ texts }) => texts))];

it('B3 each ioredis error without a class of its own is known by its message', () => {
  // Proves that the search finds the messages.
  expect(thrown.filter(({ texts }) => texts.length === 0)).toEqual([]);
  expect(messages).toContain('Command timed out');
  expect(messages.length).toBeGreaterThan(30);
  const unknown = messages.filter(
    (message) => !isOfRedis(new Error(message)) && !MISTAKES.includes(message),
  );
  expect(unknown).toEqual([]);
  expect(
    MISTAKES.filter((message) => isOfRedis(new Error(message)) || !messages.includes(message)),
  ).toEqual([]);
});

type AnyClass = new (...args: unknown[]) => Error;

/** The error classes of a module, and of the objects that it exports. */
function classesIn(module: object): AnyClass[] {
  return Object.values(module).flatMap((value: unknown) => {
    if (typeof value === 'object' && value !== null) return classesIn(value);
    return typeof value === 'function' && value.prototype instanceof Error
      ? [value as AnyClass]
      : [];
  });
}

const { RedisError } = fromIoredis('redis-errors') as { RedisError: AnyClass };
const inFiles = [
  'redis-errors',
  './errors/index.js',
  './errors/ClusterAllFailedError.js',
  './resp/errors.js',
];
const classes = inFiles.flatMap((file) => classesIn(fromIoredis(file) as object));

it.each(classes.map((one) => [one.name, one] as const))(
  'B3 the class %s of ioredis is known',
  (name, Class) => {
    const error = new Class('as told', Buffer.from('?'), 0);
    expect(error).toBeInstanceOf(RedisError);
    expect(isOfRedis(error)).toBe(true);
    const hasNoReply =
      /^(AbortError|InterruptError|MaxRetriesPerRequestError|ClusterAllFailedError)$/.test(name);
    expect(classifyRedisError(error)?.reason).toBe(hasNoReply ? 'unreachable' : undefined);
    // A later version may add a subclass.
    class OfLater extends Class {}
    expect(isOfRedis(new OfLater('as told', Buffer.from('?'), 0))).toBe(true);
  },
);

/** Drover uses no sharded channels. */
const SHARDED = /^(No sharded subscriber|Possible CROSSSLOT)/;
const { MaxRetriesPerRequestError } = fromIoredis('./errors/index.js') as {
  MaxRetriesPerRequestError: AnyClass;
};
const { default: ClusterAllFailedError } = fromIoredis('./errors/ClusterAllFailedError.js') as {
  default: { defaultMessage: string };
};
const withoutReply = [
  ...sources
    .flatMap((source) => [...source.matchAll(/new [\w.]*AbortError\(("[^"]*"|`[^`]*`)/g)])
    .map(([, text = '']) => text.slice(1, -1))
    .filter((text) => !SHARDED.test(text)),
  new MaxRetriesPerRequestError(3).message,
  ClusterAllFailedError.defaultMessage,
];

it.each(withoutReply)('B3 in a bundle, where classes have lost their names: %s', (message) => {
  expect(classifyRedisError(new Error(message))?.reason).toBe('unreachable');
});

it('B3 in a bundle a reply is known by its class', () => {
  const { ReplyError } = fromIoredis('redis-errors') as { ReplyError: AnyClass };
  const renamed = Object.defineProperty(new ReplyError('OOM'), 'name', { value: 'a' });
  expect(classifyRedisError(renamed)?.reason).toBe('out of memory');
  expect(withoutReply.length).toBeGreaterThan(3);
});

it('B3 ioredis declares no other error classes', () => {
  const declared = sources.flatMap((source) => [
    ...source.matchAll(/class (\w+) extends [\w.]*Error\b/g),
  ]);
  const names = new Set(classes.map(({ name }) => name));
  expect(declared.map(([, name = '']) => name).filter((name) => !names.has(name))).toEqual([]);
  expect(declared.length).toBeGreaterThan(2);
});

it('B3 the error of an AbortSignal is no Redis error, whatever its name', () => {
  const { reason } = AbortSignal.abort() as { reason: Error };
  expect([reason.name, classifyRedisError(reason), isOfRedis(reason)]).toEqual([
    'AbortError',
    undefined,
    false,
  ]);
});
