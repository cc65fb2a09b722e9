// Jobs, "Chaining callbacks": a callback may have callbacks, so that one handles what the one
// before has made.
import { defineTask, type Failure } from '@drover/core';
import { testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';

const context = testContext('usage-chains');
const queue = context.queue('chains');
beforeAll(async () => void (await dispatchersIn(context).start('chains')));

const multiply = defineTask(
  'chains.multiply',
  async (first: number, second: number) => first * second,
);
const divide = defineTask('chains.divide', async (first: number, second: number) => {
  if (second === 0) throw new RangeError('nothing can be divided by zero');
  return first / second;
});
const describe = defineTask(
  'chains.describe',
  async (result: number | Failure) => `it is ${String(result)}`,
);

// 5 by 3; that by 4; and a sentence about what came out. Each link is added to the link before.
it('J7 a callback of a callback gets the result of the callback', async () => {
  const job = multiply.job(5, 3);
  const times4 = await job.addCallbacks({ success: multiply.job(4) });
  const sentence = await times4.addCallback(describe.job());
  await queue.put(job);
  expect(await job.wait()).toBe(15);
  expect((await sentence.refresh()).result).toBe('it is 60');
});

// Like `try` and `catch`: a failure is handled, and whoever comes after sees what the handler has
// made of it.
it('J7 a failure handler makes a value of a failure, and the chain goes on with that', async () => {
  const zero = defineTask('chains.zero', async (_failure: Failure) => 0);
  const job = divide.job(5, 0);
  const handled = await job.addCallbacks({ failure: zero.job() });
  const sentence = await handled.addCallback(describe.job());
  await queue.put(job);
  await expect(job.wait()).rejects.toThrow('nothing can be divided by zero');
  expect((await sentence.refresh()).result).toBe('it is 0');
});

// Where nothing was given for the way it went, the result goes through as it is.
it('J7 a result without a handler passes through', async () => {
  const zero = defineTask('chains.zero2', async (_failure: Failure) => 0);
  const job = divide.job(6, 2);
  const sentence = await (
    await job.addCallbacks({ failure: zero.job() })
  ).addCallback(describe.job());
  await queue.put(job);
  await job.wait();
  expect((await sentence.refresh()).result).toBe('it is 3');
});

// A job that is already there, or has completed long ago, takes callbacks, too, from any process
// that finds it. They run at once.
it('J7 a callback on a completed job runs at once', async () => {
  const job = await queue.put(multiply.job(5, 2));
  await job.wait();
  const callback = await job.addCallback(describe.job());
  expect(await callback.wait()).toBe('it is 10');
  expect((await job.refresh()).status).toBe('completed');
});
