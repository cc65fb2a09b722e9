// Parts in other lanes than their composite, and waiting for jobs of other queues (C3, Q6).
import { defineTask, joinJobs, JobStatus, local, type Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import type { Dispatcher, JobEvent } from '@drover/worker';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn, hasStarted } from '../../../../test/kit/dispatchers.js';
import { eventually } from '../../../../test/kit/wait.js';
import { abortAlways } from '../../../../test/kit/tasks.js';
import { fail, gather, give } from './dispatchers.js';

const context = testContext('composite-lanes');
const dispatchers = dispatchersIn(context);

/** The agent that ran each job. */
const ranIn = new Map<string, string>();
function watch(dispatcher: Dispatcher, name: string): void {
  dispatcher.on('started', ({ job }: JobEvent) => ranIn.set(job.id, name));
}

async function mainAndGpu(queue: string): Promise<void> {
  watch(await dispatchers.start(queue), 'main');
  watch(
    await dispatchers.start(queue, { queues: { [queue]: { gpu: { size: 2, lanes: ['gpu'] } } } }),
    'gpu',
  );
}

it.each([
  ['parallel', parallel],
  ['serial', serial],
])('C3, Q6 the parts and the postprocess of a %s run in their own lanes', async (name, make) => {
  await mainAndGpu(name);
  const parts = ['a', 'b', 'c', 'd'].map((value, i) =>
    give.job(value).with(i % 2 ? { lane: 'gpu' } : {}),
  );
  const failing = fail.job('no').with({ lane: 'gpu' });
  const job = await context.queue(name).put(
    make([...parts, failing], {
      postprocess: gather.job('bound').with({ lane: 'gpu' }) as Job<unknown>,
    }),
  );
  expect(await job.wait()).toEqual([
    'bound',
    ...['a', 'b', 'c', 'd'].map((value) => ['composite.give', 'completed', value]),
    ['composite.fail', 'completed', 'RangeError: no'],
  ]);
  expect([...parts, failing, job.postprocess as Job].map(({ id }) => ranIn.get(id))).toEqual([
    'main',
    'gpu',
    'main',
    'gpu',
    'gpu',
    'gpu',
  ]);
  for (const part of [...parts, failing])
    expect((await part.refresh()).status).toBe(JobStatus.COMPLETED);
});

it("C3, Q6 a part without a lane is in main, whatever the composite's lane", async () => {
  await mainAndGpu('outer');
  const parts = [give.job(1), give.job(2).with({ lane: 'gpu' })];
  const job = await context.queue('outer').put(parallel(parts), { lane: 'gpu' });
  expect(await job.wait()).toEqual([1, 2]);
  expect([job, ...parts].map(({ id }) => ranIn.get(id))).toEqual(['gpu', 'main', 'gpu']);
});

it('C3 nested composites and their parts can be in different lanes', async () => {
  await mainAndGpu('nested');
  const inner = serial([give.job(1).with({ lane: 'gpu' }), give.job(2)]).with({ lane: 'gpu' });
  const other = parallel([give.job(3), give.job(4).with({ lane: 'gpu' })]);
  const job = await context
    .queue('nested')
    .put(serial([inner, other, give.job(5).with({ lane: 'gpu' })]));
  expect(await job.wait()).toEqual([[1, 2], [3, 4], 5]);
});

it('C3 more parts than a chunk can be in two lanes', async () => {
  await mainAndGpu('many');
  const parts = Array.from({ length: 2_500 }, (_, i) =>
    give.job(i).with(i % 2 ? { lane: 'gpu' } : {}),
  );
  const counts = defineTask('lanes.counts', (...jobs: Job[]) =>
    jobs.map(({ result }) => result as number),
  );
  const postprocess = counts.job().with({ lane: 'gpu' }) as Job<number[]>;
  const job = await context.queue('many').put(parallel(parts, { postprocess }));
  expect(await job.wait()).toEqual(parts.map((_, i) => i));
});

it('I3 an aborted composite takes its unstarted parts from each lane', async () => {
  const queue = context.queue('aborted');
  const first = await dispatchers.start('aborted', { size: 2 });
  const parts = [
    give.job(1),
    give.job(2).with({ lane: 'nobody' }),
    serial([give.job(3)]).with({ lane: 'nobody' }),
  ];
  const job = await queue.put(parallel(parts), { retryPolicy: abortAlways });
  await parts[0]?.wait();
  await first.deactivate();
  await dispatchers.start('aborted');
  await expect(job.wait()).rejects.toMatchObject({ code: 'DROVER_ABORTED' });
  expect(await queue.get(parts[1]?.id ?? '')).toBeUndefined();
  expect(await queue.get(parts[2]?.id ?? '')).toBeUndefined();
  expect(await queue.length()).toBe(0);
});

it('J5 a job of another queue and lane can be waited for', async () => {
  await dispatchers.start('here', {
    queues: { here: { main: {} }, there: { main: { lanes: ['gpu'] } } },
  });
  const there = context.queue('there');
  const joins = defineTask('lanes.joins', (...jobs: Job[]) =>
    joinJobs(jobs, { then: gather.job() as Job<unknown> }),
  );
  const ended = await there.put(give.job('ended'), { lane: 'gpu' });
  await ended.wait();
  const later = await there.put(give.job('later'), { lane: 'gpu', beginAfter: 300 });
  const job = await context.queue('here').put(joins.job(later, ended));
  expect(await job.wait()).toEqual([
    ['composite.give', 'completed', 'later'],
    ['composite.give', 'completed', 'ended'],
  ]);
  const [handle] = (await context.queue('here').get(job.id))?.args as Job[];
  expect([handle?.queue, (await handle?.refresh())?.status]).toEqual([
    'there',
    JobStatus.COMPLETED,
  ]);
});

it('I2 a composite with parts in another lane goes on after its dispatcher stops', async () => {
  const once = defineTask('lanes.once', async () => {
    if (local.fence > 1) return local.fence;
    return await new Promise((_, reject) =>
      local.signal.addEventListener('abort', () => reject(local.signal.reason)),
    );
  });
  const both = { queues: { stop: { both: { size: 4, lanes: ['main', 'gpu'] } } } };
  const first = await dispatchers.start('stop', both);
  const part = once.job().with({ lane: 'gpu' });
  const started = hasStarted(first, part);
  const job = await context.queue('stop').put(parallel([part, give.job(1)]), { lane: 'gpu' });
  await started;
  await first.deactivate();
  await dispatchers.start('stop', both);
  expect(await job.wait()).toEqual([2, 1]);
  await eventually(async () => (await job.refresh()).interruptions === 1);
  expect((await part.refresh()).interruptions).toBe(1);
});
