// A process with jobs of several priorities is killed: recovery waits behind none of them, and
// interrupted jobs come before the others of their priority (Q7).
import { waitForResult } from '@drover/core/testing';
import { newUuid, testContext } from '../kit/context.js';
import { echo, lateOnce, pauseOnce } from '../kit/tasks.js';
import { eventually } from '../kit/wait.js';
import { PATIENCE, SLOW, worker } from './worker-processes.js';

const context = testContext('priority-deaths');

it('I1, Q7 after a kill interrupted jobs run before the others of their priority', async () => {
  const queue = context.queue('killed');
  const uuid = newUuid();
  const gate = `${context.prefix}:gate`;
  const jobs = [pauseOnce.job(2).with({ priority: 2 }), pauseOnce.job(4).with({ priority: 4 })];
  await queue.putAll(jobs);
  const first = worker(context, 'killed', uuid, SLOW);
  await first.event('started', undefined, 2);
  await first.end('SIGKILL');
  // It holds the only slot of the next process until both interrupts are decided.
  const holds = await queue.put(lateOnce.job(gate));
  const others = [4, 3, 2, 1].map((priority) => echo.job(priority).with({ priority }));
  await queue.putAll(others);
  const queues = { killed: { main: { size: 1 } } };
  const second = worker(context, 'killed', uuid, { ...SLOW, queues });
  const [other4, other3, other2, other1] = others;
  const [two, four] = jobs;
  const inOrder = [other1, two, other2, other3, four, other4].map((job) => job?.id);
  const pending = async () => (await queue.jobs({ status: 'pending' })).map(({ id }) => id);
  await eventually(async () => (await pending()).join() === inOrder.join(), PATIENCE);
  await context.redis.rpush(gate, 'go on');
  const all = [holds, ...jobs, ...others];
  await Promise.all(all.map((job) => waitForResult<unknown>(job, PATIENCE)));
  await second.event('started', undefined, all.length);
  const started = second.events('started').map(({ jobId }) => jobId);
  expect(started).toEqual([holds.id, ...inOrder]);
  await second.end('SIGTERM');
}, 60_000);
