// Named retry policies (R1).
import { DuplicateNameError, InvalidArgumentError, UnknownPolicyError } from '../../src/errors.js';
import { Failure } from '../../src/codec/failure.js';
import { NeverRetry, RetryCommonFourTimes } from '../../src/model/retry/common.js';
import { retryPolicyNamed } from '../../src/model/retry/lookup.js';
import { defineRetryPolicy, type RetryQuestions } from '../../src/model/retry/policy.js';

const questions = (): RetryQuestions => ({
  jobError: (failure, data) => {
    data['seen'] = failure.message;
    return 5;
  },
  commitError: () => new Date(0),
  interrupted: () => true,
});

it('R1 a policy is found by its name', () => {
  const policy = defineRetryPolicy('unit.found', questions());
  expect(retryPolicyNamed('unit.found')).toBe(policy);
  expect(policy.name).toBe('unit.found');
  expect(retryPolicyNamed('NeverRetry')).toBe(NeverRetry);
});

it("R1 a policy asks the given questions, with the job's data", () => {
  const policy = defineRetryPolicy('unit.asks', questions());
  const data = {};
  expect(policy.jobError(Failure.from(new Error('e')), data)).toBe(5);
  expect(data).toEqual({ seen: 'e' });
  expect(policy.commitError(Failure.from(new Error('e')), data)).toEqual(new Date(0));
  expect(policy.interrupted(data)).toBe(true);
});

it('R1 the questions may use `this`', () => {
  class Limited implements RetryQuestions {
    readonly limit = 7;
    jobError = () => this.limit;
    commitError() {
      return this.limit;
    }
    interrupted() {
      return this.limit;
    }
  }
  const policy = defineRetryPolicy('unit.this', new Limited());
  const { commitError, interrupted } = policy;
  expect([commitError(Failure.from(1), {}), interrupted({})]).toEqual([7, 7]);
});

it('R2 a job without a policy has RetryCommonFourTimes', () => {
  expect(retryPolicyNamed(undefined)).toBe(RetryCommonFourTimes);
});

it('R1 an undefined policy name is refused with its name', () => {
  expect(() => retryPolicyNamed('unit.nobody')).toThrow(UnknownPolicyError);
  expect(() => retryPolicyNamed('unit.nobody')).toThrow(
    /"unit\.nobody" is not defined in this process/,
  );
});

it('R1 the same questions give the same policy, and others for its name are refused', () => {
  const own = questions();
  const policy = defineRetryPolicy('unit.twice', own);
  expect(defineRetryPolicy('unit.twice', own)).toBe(policy);
  const other = { ...questions(), commitError: () => 7 };
  expect(() => defineRetryPolicy('unit.twice', other)).toThrow(DuplicateNameError);
  expect(() => defineRetryPolicy('NeverRetry', questions())).toThrow(DuplicateNameError);
});

it('R1 an empty name is refused', () => {
  expect(() => defineRetryPolicy('', questions())).toThrow(InvalidArgumentError);
});

it.each<[string, unknown, string]>([
  ['nothing', undefined, 'jobError is missing'],
  ['a function', () => true, 'jobError is missing'],
  ['two questions', { jobError: () => true, interrupted: () => true }, 'commitError is missing'],
  ['an answer', { ...questions(), interrupted: true }, 'interrupted is missing'],
])('R1 %s is refused as a policy, and the error names the missing question', (_what, odd, why) => {
  expect(() => defineRetryPolicy('unit.odd', odd as RetryQuestions)).toThrow(InvalidArgumentError);
  expect(() => defineRetryPolicy('unit.odd', odd as RetryQuestions)).toThrow(why);
});

it('J1 a module that is evaluated again replaces its policy, others need `replace`', () => {
  defineRetryPolicy('unit.evaluated', questions());
  const again = defineRetryPolicy('unit.evaluated', questions());
  expect(retryPolicyNamed('unit.evaluated')).toBe(again);
  const other = { ...questions(), interrupted: () => false };
  expect(() => defineRetryPolicy('unit.evaluated', other)).toThrow(
    /another function \(at .*define-retry-policy/,
  );
  expect(retryPolicyNamed('unit.evaluated')).toBe(again);
  expect(defineRetryPolicy('unit.evaluated', other, { replace: true }).interrupted({})).toBe(false);
  expect(() => defineRetryPolicy('unit.evaluated', other, { replaces: true } as never)).toThrow(
    /no option "replaces"/,
  );
});
