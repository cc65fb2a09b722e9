// `retry` makes policies from numbers; each process finds them by their names (R1, R2).
import { InvalidArgumentError } from '../../src/errors.js';
import { Failure, type FailureData } from '../../src/codec/failure.js';
import { retry } from '../../src/model/retry/builder.js';
import type { RetryOptions } from '../../src/model/retry/plan.js';
import { retryPolicyNamed } from '../../src/model/retry/lookup.js';
import { type PolicyData, type RetryPolicy } from '../../src/model/retry/policy.js';

const failed = (name = 'Error', own: object = {}): Failure =>
  Failure.from(Object.assign(new Error('x'), { name }, own));

/** The answers of a policy to the same error, one call after another. */
function answers({ jobError }: RetryPolicy, times: number, failure = failed()): unknown[] {
  const data: PolicyData = {};
  return Array.from({ length: times }, () => jobError(failure, data));
}

describe('attempts', () => {
  it('R2 counts runs: with three attempts a job runs again twice, at once', () => {
    expect(answers(retry({ attempts: 3 }), 4)).toEqual([true, true, false, false]);
    expect(answers(retry({ attempts: 1 }), 1)).toEqual([false]);
  });

  it('R2 is five by default, and may be Infinity', () => {
    expect(answers(retry(), 5)).toEqual([true, true, true, true, false]);
    expect(new Set(answers(retry({ attempts: Infinity }), 500))).toEqual(new Set([true]));
  });

  it('R2 errors of the job and of its commit count together, interrupts apart', () => {
    const policy = retry({ attempts: 3, interrupts: 1 });
    const data: PolicyData = {};
    expect(policy.jobError(failed(), data)).toBe(true);
    expect(policy.interrupted(data)).toBe(true);
    expect(policy.commitError(failed(), data)).toBe(true);
    expect(policy.interrupted(data)).toBe(false);
    expect(policy.jobError(failed(), data)).toBe(false);
  });

  it('R2 nine interrupts are allowed by default, and `interrupts: 0` allows none', () => {
    const data: PolicyData = {};
    const interrupts = Array.from({ length: 10 }, () => retry().interrupted(data));
    expect(interrupts).toEqual([...Array<boolean>(9).fill(true), false]);
    expect(retry({ interrupts: 0 }).interrupted({})).toBe(false);
  });
});

describe('backoff', () => {
  it.each<[string, RetryOptions['backoff'], unknown[]]>([
    ['a number is a fixed delay', 100, [100, 100, 100, 100, 100]],
    ['fixed', { type: 'fixed', delay: 70 }, [70, 70, 70, 70, 70]],
    ['exponential doubles', { type: 'exponential', delay: 100 }, [100, 200, 400, 800, 1_600]],
    ['up to its max', { type: 'exponential', delay: 100, max: 350 }, [100, 200, 350, 350, 350]],
    ['none is at once', 0, [true, true, true, true, true]],
  ])('R2 %s', (_what, backoff, delays) => {
    expect(answers(retry({ attempts: 9, backoff }), 5)).toEqual(delays);
  });

  it('R2 an exponential delay grows to a minute by default', () => {
    expect(
      answers(retry({ attempts: Infinity, backoff: { type: 'exponential', delay: 1 } }), 2_000).at(
        -1,
      ),
    ).toBe(60_000);
  });

  it('R2 jitter shortens the delay by a random part', () => {
    const policy = retry({
      attempts: Infinity,
      backoff: { type: 'fixed', delay: 1_000, jitter: 0.5 },
    });
    const delays = answers(policy, 500) as number[];
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(500);
    expect(Math.max(...delays)).toBeLessThanOrEqual(1_000);
    expect(new Set(delays).size).toBeGreaterThan(50);
  });
});

describe('on', () => {
  class Busy extends Error {
    override readonly name = 'Busy';
  }

  it('R2 takes names and codes of errors, and classes', () => {
    const policy = retry({ on: ['RangeError', 'E_FULL', Busy] });
    expect(policy.jobError(failed('RangeError'), {})).toBe(true);
    expect(policy.jobError(failed('Error', { code: 'E_FULL' }), {})).toBe(true);
    expect(policy.commitError(Failure.from(new Busy('x')), {})).toBe(true);
    expect(policy.jobError(failed('TypeError', { code: 'E_EMPTY' }), {})).toBe(false);
    expect(policy.interrupted({})).toBe(true);
    expect(retry({ on: RangeError }).jobError(failed('RangeError'), {})).toBe(true);
  });

  class Conflict extends Error {}
  class Stale extends Conflict {}
  class NoRoom extends Stale {
    override readonly name = 'OutOfRoom';
  }
  class Odd extends RangeError {}
  /** The failure as another process reads it from one that knows the class. */
  const elsewhere = (error: Error): Failure =>
    Failure.fromJSON(JSON.parse(JSON.stringify(Failure.from(error))) as FailureData);

  it.each<[string, RetryOptions['on'], Error, boolean]>([
    ['a class without a name of its own', Conflict, new Conflict(), true],
    ['a subclass of it', [Conflict], new Stale(), true],
    ['a subclass of it with another name', [Conflict], new NoRoom(), true],
    ['the class of an error that has another name', [NoRoom], new NoRoom(), true],
    ['the name of such an error', 'OutOfRoom', new NoRoom(), true],
    ['a name that was set on an error', 'Mine', Object.assign(new Stale(), { name: 'Mine' }), true],
    [
      'the class of an error whose name was set',
      Conflict,
      Object.assign(new Stale(), { name: 'Mine' }),
      true,
    ],
    ['the name of a base class', 'Conflict', new Stale(), true],
    ['a native base class', RangeError, new Odd(), true],
    ['the class of all errors', Error, new Odd(), true],
    ['a DOMException by its class', DOMException, new DOMException('x', 'AbortError'), true],
    ['a DOMException by its name', 'AbortError', new DOMException('x', 'AbortError'), true],
    ['a subclass, for an error of its base class', Stale, new Conflict(), false],
    ['unrelated classes', [Odd, TypeError], new Stale(), false],
  ])(
    'R2 %s: the same answer here and in a process without class and policy',
    (_what, on, error, isMeant) => {
      const policy = retry({ on });
      expect(policy.jobError(Failure.from(error), {})).toBe(isMeant);
      const known = retryPolicyNamed(policy.name);
      expect(known.jobError(elsewhere(error), {})).toBe(isMeant);
      // A task that waits for a job throws the job's failure as an error.
      expect(known.jobError(Failure.from(elsewhere(error).toError()), {})).toBe(isMeant);
      expect(known.jobError(elsewhere(elsewhere(error).toError()), {})).toBe(isMeant);
    },
  );

  it('R2 errors that `except` names end the job, in every process', () => {
    const policy = retry({ on: ['jobError', Conflict], except: [Stale, 'E_FULL'] });
    for (const known of [policy, retryPolicyNamed(policy.name)]) {
      expect(known.jobError(elsewhere(new Conflict()), {})).toBe(true);
      expect(known.jobError(elsewhere(new NoRoom()), {})).toBe(false);
      const full = Object.assign(new Conflict(), { code: 'E_FULL' });
      expect(known.jobError(elsewhere(full), {})).toBe(false);
      expect(known.jobError(elsewhere(new Odd()), {})).toBe(false);
    }
    const judged = retry({ on: () => true, except: Odd, name: 'unit.except-judged' });
    expect(judged.jobError(Failure.from(new Stale()), {})).toBe(true);
    expect(judged.commitError(Failure.from(new Odd()), {})).toBe(false);
    expect(judged.interrupted({})).toBe(true);
  });

  it('B2 `except` takes no question and no function', () => {
    expect(() => retry({ except: 'interrupted' })).toThrow(
      '`except` of retry names errors, and interrupted is a question: leave it out of `on`',
    );
    expect(() => retry({ except: (() => true) as never })).toThrow(
      '`except` of retry takes names or codes of errors, classes. A class stands',
    );
  });

  it('R2 a failure that was stored without its classes is matched by its name', () => {
    const stored = Failure.fromJSON({ name: 'Stale', message: 'x' });
    expect([
      retry({ on: Stale }).jobError(stored, {}),
      retry({ on: Conflict }).jobError(stored, {}),
    ]).toEqual([true, false]);
  });

  it('B2 a class without a name is refused with the reason', () => {
    expect(() => retry({ on: [(() => class extends Error {})()] })).toThrow(
      /function\. A class stands for its name, .*: one without a name needs one/,
    );
  });

  it('R2 an error that `on` does not match counts no attempt', () => {
    const policy = retry({ attempts: 2, on: 'RangeError' });
    const data: PolicyData = {};
    expect([policy.jobError(failed(), data), policy.jobError(failed('RangeError'), data)]).toEqual([
      false,
      true,
    ]);
  });

  it('R2 the name of a question matches it, and other questions are answered with `false`', () => {
    const policy = retry({ on: 'jobError' });
    expect([
      policy.jobError(failed(), {}),
      policy.commitError(failed(), {}),
      policy.interrupted({}),
    ]).toEqual([true, false, false]);
    const both = retry({ on: ['commitError', 'interrupted', 'RangeError'] });
    expect([
      both.commitError(failed(), {}),
      both.commitError(failed('RangeError'), {}),
      both.interrupted({}),
    ]).toEqual([false, true, true]);
  });

  it('R2 a function in `on` gets the failure and the question', () => {
    const asked: unknown[] = [];
    const policy = retry({
      name: 'unit.judged',
      on: ({ message }, question) => asked.push([message, question]) === 1,
    });
    expect([policy.jobError(failed(), {}), policy.commitError(failed(), {})]).toEqual([
      true,
      false,
    ]);
    expect(asked).toEqual([
      ['x', 'jobError'],
      ['x', 'commitError'],
    ]);
    expect(policy.interrupted({})).toBe(true);
  });
});

// Values that throw when JavaScript computes with them.
it.each<[string, object]>([
  ['backoff.delay', { type: 'fixed', delay: Symbol('s') }],
  ['backoff.delay', { type: 'fixed', delay: 5n }],
  ['backoff.max', { type: 'exponential', delay: 5, max: 5n }],
  ['backoff.jitter', { type: 'fixed', delay: 5, jitter: Symbol('s') }],
  ['backoff.jitter', { type: 'fixed', delay: 5, jitter: 1n }],
])('B2 %s of retry is checked before any arithmetic', (option, backoff) => {
  expect(() => retry({ backoff } as RetryOptions)).toThrow(InvalidArgumentError);
  expect(() => retry({ backoff } as RetryOptions)).toThrow(option);
});
