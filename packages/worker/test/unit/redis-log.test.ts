// The log of Redis errors: at first, seldom while an outage lasts, and when it is over (B3).
import { classifyRedisError } from '../../../../test/kit/store.js';
import { createRequire } from 'node:module';
import type { Log } from '../../src/logging/log.js';
import { RedisLog } from '../../src/logging/redis-log.js';

type AnyClass = new (...args: unknown[]) => Error;

const fromIoredis = createRequire(createRequire(import.meta.url).resolve('ioredis'));
const { MaxRetriesPerRequestError } = fromIoredis('./errors/index.js') as {
  MaxRetriesPerRequestError: AnyClass;
};
const { AbortError } = fromIoredis('redis-errors') as { AbortError: AnyClass };

const lines: string[] = [];
const note = (...line: [object, string] | [string]): void => void lines.push(String(line.at(-1)));
let now = 0;
let log: RedisLog;
const failed = (error: Error): void => log.failed(error, classifyRedisError(error));

const refused = Object.assign(new Error('connect ECONNREFUSED there:1'), { code: 'ECONNREFUSED' });
const reply = (message: string): Error => Object.assign(new Error(message), { name: 'ReplyError' });
const CANNOT =
  'Redis cannot be reached: Redis at there:1, connect ECONNREFUSED there:1. ' +
  'It is tried again until it works.';

beforeEach(() => {
  log = new RedisLog({ info: note, warn: note } as unknown as Log, 'Redis at there:1', () => now);
  lines.length = 0;
});
it('B3 an outage is logged at once, then after 10 s, 20 s more and 40 s more', () => {
  for (let second = 0; second < 72; second++) {
    failed(refused);
    failed(Object.assign(new Error('ping: lost'), { code: 'EPIPE' }));
    now += 1_000;
  }
  const again = (after: number): unknown =>
    expect.stringMatching(new RegExp(`^Redis cannot.* For ${after}\\.0 s now\\.$`));
  expect(lines).toEqual([CANNOT, again(10), again(30), again(70)]);
});

it('B3 the end of an outage is logged with its duration, and late errors of it are not', () => {
  failed(refused);
  now += 2_500;
  log.ready();
  failed(refused);
  expect(lines).toEqual([CANNOT, 'Redis at there:1 is there, after 2.5 s']);
  now += 3_000;
  failed(refused);
  expect(lines.at(-1)).toBe(CANNOT);
});

it.each([
  ['never sent', new MaxRetriesPerRequestError(0)],
  ['cut off', new AbortError('Command aborted due to connection close')],
  ['refused by BullMQ', Object.assign(new Error('closed'), { name: 'ConnectionClosedError' })],
])('B3 a command that was %s does not hide why there is no connection', (_what, command) => {
  failed(refused);
  now += 10_000;
  failed(command);
  expect(lines).toHaveLength(2);
  expect(lines.every((line) => line.includes('connect ECONNREFUSED there:1'))).toBe(true);
});

it('B3 each class of Redis errors has its own line, and other errors are logged each time', () => {
  failed(reply('OOM command not allowed'));
  failed(reply('OOM command not allowed'));
  failed(reply("READONLY You can't write"));
  failed(reply('WRONGTYPE Operation against a key'));
  failed(reply('WRONGTYPE Operation against a key'));
  expect(lines.map((line) => line.slice(0, 16))).toEqual([
    'Redis is full, s',
    'Redis is a repli',
    'an operation fai',
    'an operation fai',
  ]);
});

it('B3 a connection without an outage before it is not logged', () => {
  log.ready();
  expect(lines).toEqual([]);
});

it('B3 a host with several addresses is logged with the error of each', () => {
  failed(
    Object.assign(new AggregateError([refused, new Error('connect ECONNREFUSED ::1:1')]), {
      code: 'ECONNREFUSED',
      message: '',
    }),
  );
  expect(lines[0]).toContain('connect ECONNREFUSED there:1, connect ECONNREFUSED ::1:1.');
});
