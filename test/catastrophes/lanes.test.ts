// Dispatchers die whose lanes and queues are served by no other dispatcher (Q6, I1, I6). The tests
// run side by side.
import { waitForResult } from '@drover/core/testing';
import { newUuid, testContext } from '../kit/context.js';
import { pauseOnce } from '../kit/tasks.js';
import { startWorker } from '../kit/worker.js';
import { eventually } from '../kit/wait.js';
import { QUICK, SLOW } from './worker-processes.js';

it.concurrent(
  'Q6, I1 a sibling interrupts jobs in lanes and queues that it does not serve itself',
  async () => {
    const context = testContext('lane-deaths');
    const { prefix } = context;
    const lanes = { main: { size: 1 }, gpu: { size: 1, lanes: ['gpu'] } };
    const dead = startWorker({
      prefix,
      uuid: newUuid(),
      queues: { images: lanes, films: lanes },
      ...QUICK,
    });
    const jobs = [
      await context.queue('images').put(pauseOnce.job(1), { lane: 'gpu' }),
      await context.queue('films').put(pauseOnce.job(2)),
      await context.queue('films').put(pauseOnce.job(3), { lane: 'gpu' }),
    ];
    await dead.event('started', undefined, 3);
    const sibling = startWorker({
      prefix,
      uuid: newUuid(),
      queues: { images: { main: { size: 2 } } },
      ...QUICK,
    });
    await sibling.event('activated');
    await dead.end('SIGKILL');
    await sibling.event('interrupted', undefined, 3);
    expect(
      sibling
        .events('interrupted')
        .map(({ jobId }) => jobId)
        .sort(),
    ).toEqual(jobs.map(({ id }) => id).sort());
    const next = startWorker({
      prefix,
      uuid: newUuid(),
      queues: { images: lanes, films: lanes },
      ...QUICK,
    });
    expect(await Promise.all(jobs.map((job) => waitForResult(job)))).toEqual([1, 2, 3]);
    for (const job of jobs) expect((await job.refresh()).interruptions).toBe(1);
    await sibling.end('SIGTERM');
    await next.end('SIGTERM');
  },
);

it.concurrent(
  'I1 a restart with other queues interrupts jobs in the old ones, after two deaths',
  async () => {
    const context = testContext('lane-deaths');
    const { prefix } = context;
    const uuid = newUuid();
    const first = startWorker({
      prefix,
      uuid,
      queues: { old: { gpu: { lanes: ['gpu'] } } },
      ...SLOW,
    });
    const job = await context.queue('old').put(pauseOnce.job(7), { lane: 'gpu' });
    await first.event('started');
    await first.end('SIGKILL');
    const queues = { fresh: { main: { size: 1 } } };
    await startWorker({ prefix, uuid, queues, ...SLOW }, 'activate.after-epoch').program.exited;
    const second = startWorker({ prefix, uuid, queues, ...SLOW });
    await second.event('interrupted');
    await second.event('activated');
    await eventually(async () => (await job.refresh()).interruptions === 1);
    await second.end('SIGTERM');
    const third = startWorker({
      prefix,
      uuid,
      queues: { old: { gpu: { lanes: ['gpu'] } } },
      ...SLOW,
    });
    expect(await waitForResult(job)).toBe(7);
    await third.end('SIGTERM');
    // After a clean end the record names only the queue of the last activation.
    expect(await context.redis.hget(`${prefix}:dispatcher:${uuid}`, 'queues')).toBe('["old"]');
  },
);
