// Usage, "local": the steps of a job that are not to be done twice, whatever happens to the process
// that does them.
import { once } from 'node:events';
import { defineTask, local, RetryableError } from '@drover/core';
import { testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';

const context = testContext('usage-once');
const dispatchers = dispatchersIn(context);

// A task that is tried again does everything again, but for what it does with `once`: that is done
// until it has succeeded, and never after.
it('O5 the next run does not repeat a step that is done', async () => {
  await dispatchers.start('tries');
  const done: string[] = [];
  const order = defineTask('once.order', async (what: string) => {
    const payment = await local.once('pay', () => {
      done.push(`paid for ${what}`);
      return `payment ${done.length}`;
    });
    if (local.fence === 1) throw new RetryableError('the parcel service was busy');
    return await local.once('ship', () => `${what} was sent, ${payment}`);
  });
  const job = await context.queue('tries').put(order.job('a book'));
  expect(await job.wait()).toBe('a book was sent, payment 1');
  expect(done).toEqual(['paid for a book']);
});

// A step that fails is not done: the next try does it.
it('O5 the next run repeats a step that failed', async () => {
  await dispatchers.start('failing');
  let attempts = 0;
  const fetches = defineTask('once.fetches', async () =>
    local.once('fetch', () => {
      attempts++;
      if (attempts < 3) throw new RetryableError('not yet');
      return attempts;
    }),
  );
  expect(await (await context.queue('failing').put(fetches.job())).wait()).toBe(3);
});

// So the steps of a long job are its checkpoints. When its worker is stopped, the job goes on where
// it was.
it('O5, I1 a long job that is interrupted goes on where it was', async () => {
  const done: string[] = [];
  let reached = (): void => {};
  const atThird = new Promise<void>((resolve) => (reached = resolve));
  const walk = defineTask('once.walk', async () => {
    for (const step of ['one', 'two', 'three', 'four']) {
      await local.once(step, async () => {
        const { signal, fence } = local;
        if (step === 'three' && fence === 1) {
          reached();
          if (!signal.aborted) await once(signal, 'abort');
          throw signal.reason;
        }
        done.push(`${step}, in run ${fence}`);
      });
    }
  });
  const queue = context.queue('long');
  const first = await dispatchers.start('long');
  const job = await queue.put(walk.job());
  await atThird;
  await first.deactivate({ grace: 20_000 });
  await dispatchers.start('long');
  await job.wait();
  expect(done).toEqual(['one, in run 1', 'two, in run 1', 'three, in run 2', 'four, in run 2']);
});
