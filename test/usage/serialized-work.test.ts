// Usage, "Returning jobs: serialized work": work in several legs, one after another.
import { defineTask, Failure, local, type Job } from '@drover/core';
import { serial } from '@drover/composite';
import { testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';

const context = testContext('usage-serialized');
const queue = context.queue('legs');
// One job at a time. A job that waits for another one must not hold the only slot, or neither would
// ever end.
beforeAll(async () => void (await dispatchersIn(context).start('legs', { size: 1 })));

// A task that has done its leg may return a job for the next one. Then the first job is not done
// yet: its result will be that of the job it returned. Meanwhile it is active, and occupies no
// slot.
it('J5 a task returns the job that goes on, and gets its result', async () => {
  const second = defineTask('serialized.second', async (value: number) => value * 2);
  const first = defineTask('serialized.first', async () => {
    const intermediate = 21;
    return second.job(intermediate);
  });
  const job = await queue.put(first.job());
  expect(await job.wait()).toBe(42);
});

// The second could have returned a job as well, and so on: the last result comes down through all
// of them. Work may thus be as long as it likes, in legs that are short, each of which another
// process may run.
it('J5 jobs can return jobs to any depth', async () => {
  const countdown = defineTask('serialized.countdown', async (n: number): Promise<Job | string> => {
    return n === 0 ? 'lift-off' : countdown.job(n - 1);
  }) as { job(n: number): Job<string> };
  expect(await (await queue.put(countdown.job(5))).wait()).toBe('lift-off');
});

// Where each leg knows the next, the work and its order are one. `serial` keeps them apart: some
// tasks do the work, and the composite says in what order. `postprocess` gets the jobs, completed,
// and makes the result of them.
const numbers = ['zero', 'one', 'two'].map((name, n) =>
  defineTask(`serialized.${name}`, async () => n),
);
const results = defineTask('serialized.results', async (...jobs: Job<number>[]) =>
  jobs.map(({ result }) => result),
);

it('C1 serial runs jobs one after another, and then its postprocess', async () => {
  const parts = numbers.map((task) => task.job());
  const job = await queue.put(serial(parts, { postprocess: results.job() }));
  expect(await job.wait()).toEqual([0, 1, 2]);
});

// Without a postprocess the result is what the parts have brought, in order.
it('C1 without a postprocess, the result is the array of results', async () => {
  const job = await queue.put(serial(numbers.map((task) => task.job())));
  expect(await job.wait()).toEqual([0, 1, 2]);
});

// A postprocess may be a closure, like any job: what it is bound to comes before the jobs.
it('C1 the postprocess gets its own arguments first', async () => {
  const label = defineTask('serialized.label', async (title: string, ...jobs: Job<number>[]) => ({
    title,
    sum: jobs.reduce((sum, { result }) => sum + Number(result), 0),
  }));
  const job = await queue.put(
    serial(
      numbers.map((task) => task.job()),
      { postprocess: label.job('foo') },
    ),
  );
  expect(await job.wait()).toEqual({ title: 'foo', sum: 3 });
});

// Each part begins when the one before has completed, whether that went well or not: what to make
// of a failure is for the postprocess to say.
it('C2 the parts after a failed one run as well', async () => {
  const order: string[] = [];
  const note = defineTask('serialized.note', async (name: string) => void order.push(name));
  const trip = defineTask('serialized.trip', async () => {
    order.push('trip');
    throw new Error('tripped');
  });
  const failures = defineTask('serialized.failures', async (...jobs: Job[]) =>
    jobs.map(({ result }) => (result instanceof Failure ? result.message : 'well')),
  );
  const parts = [note.job('before'), trip.job(), note.job('after')];
  const job = await queue.put(serial(parts, { postprocess: failures.job() }));
  expect(await job.wait()).toEqual(['well', 'tripped', 'well']);
  expect(order).toEqual(['before', 'trip', 'after']);
});

// Where going on after a failure makes no sense, say so: the rest is not started, and the composite
// fails with that failure.
it("C2 with onFailure: 'stop', the first failure ends the composite", async () => {
  const order: string[] = [];
  const step = defineTask('serialized.step', async (name: string) => {
    order.push(name);
    if (name === 'bad') throw new Error('this will not do');
    return name;
  });
  const job = await queue.put(
    serial([step.job('good'), step.job('bad'), step.job('never')], { onFailure: 'stop' }),
  );
  await expect(job.wait()).rejects.toThrow('this will not do');
  expect(order).toEqual(['good', 'bad']);
});

// A part can see what the one before has made: it gets that job as an argument.
it('C1, J4 a part gets the job before it as an argument', async () => {
  const make = defineTask('serialized.make', async () => 'dough');
  const bake = defineTask('serialized.bake', async (before: Job<string>) => {
    await before.refresh();
    return `bread of ${String(before.result)}`;
  });
  const made = make.job();
  const job = await queue.put(serial([made, bake.job(made)]));
  expect(await job.wait()).toEqual(['dough', 'bread of dough']);
});

// The returned job may have been put before, by this task or another one; a composite is a job,
// too.
it('J5 the job that is returned may be in the queue already, and may be a composite', async () => {
  const leg = defineTask('serialized.leg', async (n: number) => n);
  const outer = defineTask('serialized.outer', async () => {
    return await local.getQueue().put(serial([leg.job(1), leg.job(2)]));
  });
  expect(await (await queue.put(outer.job())).wait()).toEqual([1, 2]);
});
