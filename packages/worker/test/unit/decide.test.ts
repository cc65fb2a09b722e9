// What a policy's answer means, and what becomes of its data (R1).
import { type Failure, type RetryDecision } from '@drover/core';
import { askPolicy } from '../../src/policy/decide.js';

const ask = (answer: unknown) => askPolicy({}, () => answer as RetryDecision);

it('R1 true is now, false is never', () => {
  expect(ask(true)).toEqual({ again: true, delay: 0, policyData: {} });
  expect(ask(false)).toEqual({ again: false });
});

it.each([
  [0, 0],
  [1, 1],
  [0.2, 1],
  [60_000, 60_000],
])('R1 %p is a delay of %p ms', (answer, delay) => {
  expect(ask(answer)).toMatchObject({ again: true, delay });
});

it('R1 a Date is the time until then, or now where it is past', () => {
  const decision = ask(new Date(Date.now() + 60_000));
  expect(decision.again && decision.delay).toBeGreaterThan(50_000);
  // Redis's clock as it is known here may be behind that of the host by some ms.
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
])('R1 %p is no answer: not again, and the problem is told', (answer) => {
  const decision = ask(answer);
  expect(decision.again).toBe(false);
  expect((decision as { problem?: Failure }).problem?.message).toMatch(
    /must answer at once with true, false, a delay in ms that is not negative, or a Date, not /,
  );
});

it('R1 a policy that throws: not again, and what it threw is told', () => {
  const decision = askPolicy({}, () => {
    throw new RangeError('bad policy');
  });
  expect(decision).toMatchObject({
    again: false,
    problem: { name: 'RangeError', message: 'bad policy' },
  });
});

it('R1 the policy gets its data as a copy: what it changes counts with its decision only', () => {
  const data = { list: [1] };
  const decision = askPolicy(data, (own) => {
    (own['list'] as number[]).push(2);
    return true;
  });
  expect(decision).toEqual({ again: true, delay: 0, policyData: { list: [1, 2] } });
  expect(data).toEqual({ list: [1] });
});

it.each([Infinity, 1e300])('R1 a delay of %p ms is no answer', (answer) => {
  expect(ask(answer).again).toBe(false);
});
