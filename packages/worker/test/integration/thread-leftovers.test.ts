// Code that a task leaves running in its thread, in the context of a run that has ended, is refused
// loudly.
import { JobStatus } from '@drover/core';
import { RedisRecovery } from '../../../../test/kit/store.js';
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { compiledKit } from '../../../../test/kit/paths.js';
import { echo, leaves, putsKept } from '../../../../test/kit/thread-leftovers.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn } from './dispatchers.js';

const context = testContext('leftovers');
const dispatchers = dispatchersIn(context);
const taskModules = [`${compiledKit}/thread-leftovers.js`];

it('J6, D7 an ended run in a thread refuses puts, and outsideRun allows them', async () => {
  await dispatchers.start('left', { size: 1, threads: true, taskModules });
  const queue = context.queue('left');
  const [go, told] = [`${context.prefix}:go`, `${context.prefix}:told`];
  const job = await queue.put(leaves.job(context.prefix, go, told));
  await job.wait();
  await eventually(
    async () => (await queue.jobs({ status: 'completed', task: echo })).length === 1,
  );
  await context.redis.rpush(go, 'now');
  const came = await eventually(async () => {
    const all = await context.redis.lrange(told, 0, -1);
    return all.length === 10 && all;
  });
  const refused = 'BadStatusError';
  // The callback is accepted, since the stored job takes one; its arguments are fixed.
  expect(came).toEqual([refused, 'done', ...Array<string>(6).fill(refused), 'done', 'done']);
  await eventually(
    async () => (await queue.jobs({ status: 'completed', task: echo })).length === 4,
  );
  const jobs = await queue.jobs({ status: Object.values(JobStatus), task: echo });
  expect(jobs.map(({ args }) => args[0]).sort()).toEqual([
    'callback',
    'immediate',
    'kept',
    'outside the run',
  ]);
});

it('J6, D7 after a refused result the next run in a thread puts the same handle', async () => {
  await dispatchers.start('again', { size: 1, threads: true, taskModules });
  const queue = context.queue('again');
  const [go, told] = [`${context.prefix}:go-again`, `${context.prefix}:told-again`];
  const job = await queue.put(putsKept.job(go, told));
  await eventually(() => context.redis.llen(told));
  const recovery = new RedisRecovery(context.redis, context.prefix, newUuid());
  const [claim] = await recovery.claims('again', 'main');
  expect(claim && (await recovery.interrupt(claim))).toBeDefined();
  await context.redis.rpush(go, 'now');
  expect(await job.wait()).toBe(2);
  await eventually(
    async () => (await queue.jobs({ status: 'completed', task: echo })).length === 1,
  );
});
