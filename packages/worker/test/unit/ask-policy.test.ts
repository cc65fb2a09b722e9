// The meaning of a policy's answer, and the policy's data (R1).
import { type Failure, type RetryDecision } from '@drover/core';
import { askPolicy } from '../../src/policy/ask-policy.js';

const ask = (answer: unknown) => askPolicy({}, () => answer as RetryDecision);

it('R1 `true` is a retry at once, `false` is no retry', () => {
  expect(ask(true)).toEqual({ again: true, delay: 0, policyData: {} });
  expect(ask(false)).toEqual({ again: false });
});

it.each([
  [0, 0],
  [1, 1],
  [0.2, 1],
  [60_000, 60_000],
])('R1 %p is a retry after %p ms', (answer, delay) => {
  expect(ask(answer)).toMatchObject({ again: true, delay });
});

it('R1 a Date is a retry at that time, or at once where it is past', () => {
  const decision = ask(new Date(Date.now() + 60_000));
  expect(decision.again && decision.delay).toBeGreaterThan(50_000);
  // The clock of Redis, as this process knows it, may be some ms behind that of the host.
  expect(decision.again && decision.delay).toBeLessThanOrEqual(60_010);
  expect(ask(new Date(0))).toMatchObject({ again: true, delay: 0 });
});

it.each([
  [undefined],
  [null],
  ['yes'],
  [NaN],
  [-5],
  [{}],
  [new Date('never')],
  [Promise.resolve(true)],
  [1n],
])('R1 %p is an invalid answer: no retry, and the problem is reported', (answer) => {
  const decision = ask(answer);
  expect(decision.again).toBe(false);
  expect((decision as { problem?: Failure }).problem?.message).toMatch(
    /must answer at once with true, false, a delay in ms that is not negative, or a Date, not /,
  );
});

it('R1 a policy that throws: no retry, and its error is reported', () => {
  const decision = askPolicy({}, () => {
    throw new RangeError('bad policy');
  });
  expect(decision).toMatchObject({
    again: false,
    problem: { name: 'RangeError', message: 'bad policy' },
  });
});

it('R1 the policy changes a copy of its data, which counts with its decision only', () => {
  const data = { list: [1] };
  const decision = askPolicy(data, (own) => {
    (own['list'] as number[]).push(2);
    return true;
  });
  expect(decision).toEqual({ again: true, delay: 0, policyData: { list: [1, 2] } });
  expect(data).toEqual({ list: [1] });
});

it.each([Infinity, 1e300])('R1 a delay of %p ms is an invalid answer', (answer) => {
  expect(ask(answer).again).toBe(false);
});
