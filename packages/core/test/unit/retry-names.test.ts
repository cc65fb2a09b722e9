// The names of policies that `retry` makes, and options that it refuses (R1, B2).
import { DuplicateNameError, InvalidArgumentError, UnknownPolicyError } from '../../src/errors.js';
import { Failure } from '../../src/codec/failure.js';
import { retry } from '../../src/model/retry/builder.js';
import type { RetryOptions } from '../../src/model/retry/plan.js';
import { retryPolicyNamed } from '../../src/model/retry/lookup.js';
import { definedPolicy, type PolicyData, type RetryPolicy } from '../../src/model/retry/policy.js';

const failed = (name = 'Error', own: object = {}): Failure =>
  Failure.from(Object.assign(new Error('x'), { name }, own));

/** The answers of a policy to the same error, one call after another. */
function answers({ jobError }: RetryPolicy, times: number, failure = failed()): unknown[] {
  const data: PolicyData = {};
  return Array.from({ length: times }, () => jobError(failure, data));
}

describe('names', () => {
  const all: RetryOptions = {
    attempts: 3,
    interrupts: Infinity,
    backoff: { type: 'exponential', delay: 100, max: 350, jitter: 0 },
    on: ['E_FULL', RangeError, 'jobError'],
  };

  it('R1 the same options make the same name, in any order, and other options another name', () => {
    const { name } = retry(all);
    expect(retry({ ...all, on: ['jobError', 'RangeError', 'E_FULL', 'E_FULL'] }).name).toBe(name);
    expect(retry({}).name).toBe(retry({ attempts: 5, interrupts: 9, backoff: 0 }).name);
    const others: RetryOptions[] = [
      { attempts: 4 },
      { interrupts: 2 },
      { backoff: 100 },
      { on: 'E_FULL' },
    ];
    const names = others.map((other) => retry({ ...all, ...other }).name);
    expect(new Set([name, ...names]).size).toBe(5);
  });

  it('R1 a process that never called `retry` finds the policy by its name', () => {
    const { name } = retry(all);
    expect(definedPolicy(name)).toBeUndefined();
    const known = retryPolicyNamed(name);
    expect(known.name).toBe(name);
    const full = failed('Error', { code: 'E_FULL' });
    expect(answers(known, 3, full)).toEqual([100, 200, false]);
    expect([
      known.jobError(failed(), {}),
      known.commitError(full, {}),
      known.interrupted({}),
    ]).toEqual([false, false, false]);
  });

  it.each([
    ['retry'],
    ['retry '],
    ['retry {'],
    ['retry null'],
    ['retry {"attempts":0}'],
    ['retry {"attempts":5}'],
  ])('R1 %j names no policy', (name) => {
    expect(() => retryPolicyNamed(name)).toThrow(UnknownPolicyError);
  });

  it('R1 an own name stands for the same options, and refuses other options', () => {
    const policy = retry({ ...all, name: 'unit.own' });
    expect(policy.name).toBe('unit.own');
    expect(retryPolicyNamed('unit.own')).toBe(policy);
    expect(retry({ ...all, name: 'unit.own' })).toBe(policy);
    expect(() => retry({ ...all, attempts: 4, name: 'unit.own' })).toThrow(DuplicateNameError);
    const on = () => true;
    const judged = retry({ on, name: 'unit.own-judged' });
    expect(retry({ on, name: 'unit.own-judged' })).toBe(judged);
    // J1: a module that is evaluated again.
    const again = retry({ on: () => true, name: 'unit.own-judged' });
    expect(retryPolicyNamed('unit.own-judged')).toBe(again);
    expect(() => retry({ on: () => false, name: 'unit.own-judged' })).toThrow(DuplicateNameError);
  });

  it('R1 options that do not fit in a name need an own name', () => {
    expect(() => retry({ on: () => true })).toThrow('needs a `name`');
    expect(() => retry({ on: Array.from({ length: 30 }, (_, i) => `E_NUMBER_${i}`) })).toThrow(
      'needs a `name`',
    );
  });
});

it.each<[unknown, string]>([
  [null, 'retry takes an object of options'],
  [3, 'retry takes an object of options'],
  [{ attempt: 3 }, 'retry has no option "attempt"'],
  [{ attempts: 0 }, 'attempts of retry must be a whole number, from 1, or Infinity'],
  [{ attempts: '3' }, 'attempts of retry'],
  [{ interrupts: -1 }, 'interrupts of retry must be a whole number, from 0, or Infinity'],
  [{ backoff: -1 }, 'backoff.delay of retry'],
  [{ backoff: NaN }, 'backoff.delay of retry'],
  [{ backoff: 'slow' }, 'backoff of retry must be a delay in ms, or'],
  [
    { backoff: { type: 'linear', delay: 1 } },
    "backoff.type of retry must be 'fixed' or 'exponential'",
  ],
  [{ backoff: { type: 'fixed' } }, 'backoff.delay of retry'],
  [{ backoff: { type: 'exponential', delay: 9, max: 8 } }, 'backoff.max of retry must not be less'],
  [
    { backoff: { type: 'fixed', delay: 9, jitter: 2 } },
    'backoff.jitter of retry must be from 0 to 1',
  ],
  [{ backoff: { type: 'fixed', delay: 9, factor: 2 } }, 'backoff of retry has no option "factor"'],
  [{ on: 7 }, '`on` of retry takes'],
  [{ on: [''] }, '`on` of retry takes'],
  [{ on: [class extends Error {}] }, '`on` of retry takes'],
  [{ name: '' }, 'the name of a retry policy must be'],
])('B2 retry(%j) is refused, and the error names the wrong option', (options, why) => {
  expect(() => retry(options as RetryOptions)).toThrow(InvalidArgumentError);
  expect(() => retry(options as RetryOptions)).toThrow(why);
});
