// Usage, "Failures": what a task throws is the result of its job, as data.
import { defineTask, Failure } from '@drover/core';
import { testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';

const context = testContext('usage-failures');
const queue = context.queue('orders');
beforeAll(async () => void (await dispatchersIn(context).start('orders')));

class PaymentError extends Error {
  override readonly name = 'PaymentError';
  readonly code = 'CARD_EXPIRED';
  constructor(readonly order: number) {
    super(`order ${order} is not paid`, { cause: new RangeError('the card expired in 1852') });
  }
}
const pay = defineTask('failures.pay', async (order: number): Promise<string> => {
  throw new PaymentError(order);
});

// A job that fails has completed, too: it has a result, and that is a `Failure`. The class of the
// error stays in the worker; what can be told of an error crosses to whoever asks: name, message,
// code, causes, own fields, and the stack.
it('J3 a job whose task throws has a Failure for its result', async () => {
  const job = await queue.put(pay.job(7));
  await expect(job.wait()).rejects.toThrow();

  expect(job.status).toBe('completed');
  const failure = job.result as Failure;
  expect(failure).toBeInstanceOf(Failure);
  expect(failure).toMatchObject({
    name: 'PaymentError',
    message: 'order 7 is not paid',
    code: 'CARD_EXPIRED',
  });
  expect(failure.fields).toEqual({ order: 7 });
  expect(String(failure.cause)).toBe('RangeError: the card expired in 1852');
  expect(failure.stack).toContain('failures.test.ts');
});

// `wait` throws it, as an Error that looks like the one of the task. Compare its name or code: it
// is no instance of the class, which this process may not even have.
it('J3 wait throws the failure', async () => {
  const job = await queue.put(pay.job(8));
  await expect(job.wait()).rejects.toMatchObject({
    name: 'PaymentError',
    code: 'CARD_EXPIRED',
    order: 8,
  });
});

// Not only errors are thrown in JavaScript.
it('J3 a thrown value of any kind makes a Failure', async () => {
  const odd = defineTask('failures.odd', async () => {
    throw 'a tantrum';
  });
  const job = await queue.put(odd.job());
  await expect(job.wait()).rejects.toThrow('thrown: a tantrum');
});

// A mistake in one job is nobody else's trouble.
it('J3 the queue goes on after a failure', async () => {
  const fine = defineTask('failures.fine', async () => 'fine');
  const [bad, good] = [await queue.put(pay.job(9)), await queue.put(fine.job())];
  expect(await good.wait()).toBe('fine');
  await expect(bad.wait()).rejects.toThrow();
});
