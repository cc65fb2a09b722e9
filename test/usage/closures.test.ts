// Usage, "Closures": a job is a task with arguments bound to it, some now, some later.
import { defineTask, type Job } from '@drover/core';
import { parallel } from '@drover/composite';
import { testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';

const context = testContext('usage-closures');
const queue = context.queue('sums');
beforeAll(async () => void (await dispatchersIn(context).start('sums')));

// A counter that stands for whatever a task changes.
let counter = 1;
const increase = defineTask(
  'closures.increase',
  async (by: number = 1, { times = 1 } = {}) => (counter += by * times),
);

// Arguments are bound when the job is made, in order; those that have a default may be left out.
// Keyword arguments of other languages are fields of an object here.
it('J4 arguments are bound when a job is made', async () => {
  expect(await (await queue.put(increase.job())).wait()).toBe(2);
  expect(await (await queue.put(increase.job(4))).wait()).toBe(6);
  expect(await (await queue.put(increase.job(5, { times: 2 }))).wait()).toBe(16);
});

// The first arguments may be bound, and the rest left for who calls the job later: the
// `postprocess` of a composite gets the completed parts after what was bound to it, and a callback
// gets the result.
it('C1 open arguments are given when the job is called', async () => {
  const total = defineTask(
    'closures.total',
    async (currency: string, first: Job<number>, second: Job<number>) => {
      return `${Number(first.result) + Number(second.result)} ${currency}`;
    },
  );
  const price = defineTask('closures.price', async (amount: number) => amount);
  const bill = await queue.put(
    parallel([price.job(7), price.job(35)], { postprocess: total.job('pounds') }),
  );
  expect(await bill.wait()).toBe('42 pounds');
});

// A job may be an argument of another one. It arrives as a handle, with which one can look at it.
it('J4 a job among the arguments arrives as a handle', async () => {
  const audit = defineTask('closures.audit', async (of: Job<number>) => {
    await of.refresh();
    return `${of.task} came to ${String(of.result)}`;
  });
  const done = await queue.put(increase.job(4));
  await done.wait();
  expect(await (await queue.put(audit.job(done))).wait()).toBe('closures.increase came to 20');
});

// How a job is to be run is bound to it as well, with `with` or when it is put; and once it is put,
// it is fixed.
it('R1 options are bound to a job until it is put', async () => {
  const job = increase.job().with({ retryPolicy: 'NeverRetry' });
  await queue.put(job, { failureLogLevel: 'warn' });
  expect(job.options).toEqual({ retryPolicy: 'NeverRetry', failureLogLevel: 'warn' });
  expect(() => job.with({ failureLogLevel: 'fatal' })).toThrow('its options are fixed');
  await job.wait();
});
