// The three built-in policies: limits, back-off, and the data that they keep on the job (R2).
import { RetryableError } from '../../src/errors.js';
import { Failure, type FailureData } from '../../src/codec/failure.js';
import {
  NeverRetry,
  RetryCommonForever,
  RetryCommonFourTimes,
} from '../../src/model/retry/common.js';
import { retry } from '../../src/model/retry/builder.js';
import type { InterruptData, PolicyData } from '../../src/model/retry/policy.js';

const failed = (name: string, message = 'x', own: object = {}): Failure =>
  Failure.from(Object.assign(new Error(message), { name }, own));

const transient: [string, Failure][] = [
  ...[
    'ECONNRESET',
    'ECONNREFUSED',
    'ECONNABORTED',
    'ETIMEDOUT',
    'EPIPE',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
  ].map((code): [string, Failure] => [code, failed('Error', 'x', { code })]),
  ['LOADING', failed('ReplyError', 'LOADING Redis is loading the dataset in memory')],
  ['TRYAGAIN', failed('ReplyError', 'TRYAGAIN Multiple keys request during rehashing of slot')],
  ['CLUSTERDOWN', failed('ReplyError', 'CLUSTERDOWN The cluster is down')],
  ['a closed connection', failed('Error', 'Connection is closed.')],
  ['ioredis giving up', failed('MaxRetriesPerRequestError')],
  ['a timeout marked retryable', failed('TimeoutError', 'x', { retryable: true })],
  [
    'a fetch that had no connection',
    failed('TypeError', 'fetch failed', {
      cause: failed('Error', 'x', { code: 'ECONNREFUSED' }).toError(),
    }),
  ],
];
/** Lost connections among the causes of other errors. */
const lost = (code: string): Error => Object.assign(new Error('lost'), { code });
transient.push(
  ...[
    'ENETDOWN',
    'ERR_STREAM_PREMATURE_CLOSE',
    'ERR_HTTP2_SESSION_ERROR',
    'UND_ERR_HEADERS_TIMEOUT',
    '57P01',
    'PROTOCOL_CONNECTION_LOST',
  ].map((code): [string, Failure] => [code, Failure.from(lost(code))]),
  ['a body that was cut off', failed('TypeError', 'terminated', { cause: lost('UND_ERR_SOCKET') })],
  [
    'an error that a lost connection caused',
    failed('Error', 'query failed', { cause: lost('ECONNRESET') }),
  ],
  [
    'a lost connection far below',
    Failure.from(
      new Error('a', {
        cause: new Error('b', {
          cause: new AggregateError([new Error('c', { cause: lost('EPIPE') })]),
        }),
      }),
    ),
  ],
  [
    'several errors, one of them transient',
    Failure.from(new AggregateError([new Error('x'), lost('ETIMEDOUT')])),
  ],
  [
    'an error that keeps its cause in a field',
    failed('SequelizeError', 'x', { original: lost('ECONNREFUSED') }),
  ],
  ['an errno alone', failed('Error', 'x', { errno: -104 })],
  ['an errno that is a name', failed('Error', 'x', { errno: 'ECONNRESET' })],
  [
    'LOADING below another error',
    failed('Error', 'x', { cause: failed('ReplyError', 'LOADING Redis').toError() }),
  ],
  [
    'a lost connection of a stored failure',
    Failure.fromJSON(failed('Error', 'x', { cause: lost('EPIPE') }).toJSON()),
  ],
);
const final: [string, Failure][] = [
  ['an ordinary error', failed('Error')],
  ['a type error', failed('TypeError')],
  ['a timeout that is not marked', failed('TimeoutError')],
  ['a timeout marked as not retryable', failed('TimeoutError', 'x', { retryable: false })],
  ['a mark on an error that is no timeout', failed('Error', 'x', { retryable: true })],
  ['a word that only begins like LOADING', failed('Error', 'LOADINGS are heavy')],
  ['LOADING somewhere in the message', failed('Error', 'while LOADING')],
  [
    'a fetch that failed with a TypeError',
    failed('TypeError', 'fetch failed', { cause: new TypeError('x') }),
  ],
  ['an error that an ordinary one caused', failed('Error', 'x', { cause: new Error('y') })],
  [
    'several errors, none of them transient',
    Failure.from(new AggregateError([new Error('y'), new TypeError('z')])),
  ],
  ['an errno of a file', failed('Error', 'x', { errno: -2 })],
  ['ENOENT', failed('Error', 'x', { code: 'ENOENT' })],
];

class RetryableErrorOfMine extends RetryableError {
  override readonly code = 'E_MINE' as never;
}
const mine = { RetryableError: class RetryableError extends Error {} };
const conflicts: [string, Error][] = [
  ['one of a subclass', new RetryableErrorOfMine('x')],
  ["one of a user's class of that name", new mine.RetryableError('x')],
  ['one of a subclass of that class', new (class Busy extends mine.RetryableError {})('x')],
];

it.each(conflicts)('R2 a RetryableError, %s, is retried four times', (_what, error) => {
  const failure = Failure.fromJSON(JSON.parse(JSON.stringify(Failure.from(error))) as FailureData);
  expect(answers((data) => RetryCommonFourTimes.jobError(failure, data), 6)).toEqual([
    ...Array<boolean>(4).fill(true),
    false,
    false,
  ]);
});

function answers<T>(ask: (data: PolicyData) => T, times: number): T[] {
  const data: PolicyData = {};
  return Array.from({ length: times }, () => ask(data));
}

const backOff = [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000];

describe.each([RetryCommonFourTimes, RetryCommonForever])('$name', (policy) => {
  it.each(transient)(
    'R2 %s is retried without limit, with back-off up to a minute',
    (_what, failure) => {
      expect(answers((data) => policy.jobError(failure, data), 11)).toEqual(backOff);
      const data: PolicyData = {};
      for (let i = 0; i < 5_000; i++) policy.jobError(failure, data);
      expect(policy.jobError(failure, data)).toBe(60_000);
    },
  );

  it.each(final)('R2 %s is not retried', (_what, failure) => {
    expect(policy.jobError(failure, {})).toBe(false);
  });

  it("R2 the policy's data is plain JSON, and the back-off goes on from it", () => {
    const [[, lost]] = transient as [[string, Failure]];
    const data: PolicyData = {};
    policy.jobError(lost, data);
    const later = JSON.parse(JSON.stringify(data)) as PolicyData;
    expect(policy.jobError(lost, later)).toBe(500);
  });
});

it.each([
  RetryCommonFourTimes,
  RetryCommonForever,
  NeverRetry,
  retry(),
  retry({ interrupts: 0 }),
  retry({ on: 'jobError' }),
])('R2 $name lets a job wait on that only waited, and counts nothing', (policy) => {
  const data: InterruptData = { waiting: true };
  expect(Array.from({ length: 20 }, () => policy.interrupted(data))).toEqual(
    Array<boolean>(20).fill(true),
  );
  expect(data).toEqual({ waiting: true });
});

describe('RetryCommonFourTimes', () => {
  const conflict = Failure.from(new RetryableError('somebody was faster'));
  const lost = failed('Error', 'x', { code: 'ECONNRESET' });

  it('R2 a conflict is retried at once, four times', () => {
    expect(answers((data) => RetryCommonFourTimes.jobError(conflict, data), 6)).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  it('R2 an error of a subclass of RetryableError is a conflict', () => {
    class Taken extends RetryableError {}
    expect(RetryCommonFourTimes.jobError(Failure.from(new Taken('x')), {})).toBe(true);
  });

  it('R2 conflicts are counted apart from lost connections and interrupts', () => {
    const data: PolicyData = {};
    for (let i = 0; i < 9; i++) RetryCommonFourTimes.interrupted(data);
    for (let i = 0; i < 9; i++) RetryCommonFourTimes.jobError(lost, data);
    expect(RetryCommonFourTimes.jobError(conflict, data)).toBe(true);
  });

  it('R2 an interrupted job is retried nine times', () => {
    expect(answers((data) => RetryCommonFourTimes.interrupted(data), 11)).toEqual([
      ...Array<boolean>(9).fill(true),
      false,
      false,
    ]);
  });

  it('R2 a commit error is decided like an error of the job', () => {
    expect(answers((data) => RetryCommonFourTimes.commitError(lost, data), 3)).toEqual([
      250, 500, 1_000,
    ]);
    expect(answers((data) => RetryCommonFourTimes.commitError(conflict, data), 5)).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
    expect(RetryCommonFourTimes.commitError(failed('SerializationError'), {})).toBe(false);
  });
});

describe('RetryCommonForever', () => {
  it('R2 conflicts and interrupts are retried without limit, conflicts with back-off', () => {
    const conflict = Failure.from(new RetryableError('somebody was faster'));
    const decisions = answers((data) => RetryCommonForever.jobError(conflict, data), 1_000);
    expect(decisions.slice(0, 7)).toEqual([true, true, true, true, 250, 500, 1_000]);
    expect(new Set(decisions.slice(12))).toEqual(new Set([60_000]));
    expect(new Set(answers((data) => RetryCommonForever.interrupted(data), 1_000))).toEqual(
      new Set([true]),
    );
  });

  it('R2 each commit error is retried, with back-off', () => {
    expect(
      answers((data) => RetryCommonForever.commitError(failed('SerializationError'), data), 11),
    ).toEqual(backOff);
  });
});

it('R2 NeverRetry retries nothing', () => {
  for (const [, failure] of transient) {
    expect([NeverRetry.jobError(failure, {}), NeverRetry.commitError(failure, {})]).toEqual([
      false,
      false,
    ]);
  }
  expect(NeverRetry.interrupted({})).toBe(false);
});
