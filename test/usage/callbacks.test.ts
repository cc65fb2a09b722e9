// Usage, "Callbacks": jobs that are run with the result of another job.
import { defineTask, Failure } from '@drover/core';
import { testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';

const context = testContext('usage-callbacks');
const queue = context.queue('calls');
beforeAll(async () => void (await dispatchersIn(context).start('calls')));

const call = defineTask('callbacks.call', async () => '200 OK');
const fails = defineTask('callbacks.fails', async (): Promise<string> => {
  throw new ReferenceError('foo is not defined');
});
const scribble = defineTask(
  'callbacks.scribble',
  async (text: string | Failure) => `${String(text)}: SCRIBBLED`,
);

// A callback is a job that is attached to another one. When that has its result, the callback is
// called with it, as its last argument, wherever there is room: not always by the dispatcher that
// ran the job.
it('J7 a callback is called with the result', async () => {
  const job = call.job();
  const callback = await job.addCallback(scribble.job());
  await queue.put(job);

  expect(await job.wait()).toBe('200 OK');
  expect((await callback.refresh()).result).toBe('200 OK: SCRIBBLED');
});

// The value that the callback returns is the callback's own result. That of the job stays what it
// is, also where a callback fails.
it('J7, J3 a callback does not change the result of its job', async () => {
  const trips = defineTask('callbacks.trips', async (_result: string | Failure) => {
    throw new Error('tripped over it');
  });
  const job = call.job();
  const callback = await job.addCallback(trips.job());
  await queue.put(job);
  expect(await job.wait()).toBe('200 OK');
  expect(String((await callback.refresh()).result)).toBe('Error: tripped over it');
});

// Each of several gets the result of the job, not that of the one before it. They run in the order
// in which they were added, and the job has completed when the last of them has.
it('J7 callbacks run in order, before the job has completed', async () => {
  const order: unknown[] = [];
  const note = defineTask(
    'callbacks.note',
    async (name: string, result: string | Failure) => void order.push([name, result]),
  );
  const job = call.job();
  for (const name of ['first', 'second', 'third']) await job.addCallback(note.job(name));
  await queue.put(job);
  await job.wait();
  expect(order).toEqual([
    ['first', '200 OK'],
    ['second', '200 OK'],
    ['third', '200 OK'],
  ]);
});

// `addCallbacks` asks which way it went: `success` is for a value, `failure` for a Failure.
it('J7 addCallbacks picks by the result', async () => {
  const thank = defineTask('callbacks.thank', async (reply: string) => `thanks for ${reply}`);
  const repair = defineTask(
    'callbacks.repair',
    async (failure: Failure) => `repaired a ${failure.name}`,
  );

  const [good, bad] = [call.job(), fails.job()];
  const afterGood = await good.addCallbacks({ success: thank.job(), failure: repair.job() });
  const afterBad = await bad.addCallbacks({ success: thank.job(), failure: repair.job() });
  await queue.putAll([good, bad]);
  await Promise.allSettled([good.wait(), bad.wait()]);

  expect((await afterGood.refresh()).result).toBe('thanks for 200 OK');
  expect((await afterBad.refresh()).result).toBe('repaired a ReferenceError');
  expect(bad.result).toBeInstanceOf(Failure);
});
