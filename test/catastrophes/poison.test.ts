// Jobs that kill their process: they end as failures, and the jobs beside them go on.
// The tests run side by side, each with a queue and UUIDs of its own.
import { waitForResult } from '@drover/core/testing';
import { NeverRetry, retry, type Job } from '@drover/core';
import { parallel } from '@drover/composite';
import { expectEndedOnce } from '../kit/events.js';
import { newUuid, testContext } from '../kit/context.js';
import { echo, outcomes, poison } from '../kit/tasks.js';
import { startWorker } from '../kit/worker.js';
import { PATIENCE, QUICK, SLOW, worker } from './worker-processes.js';

it.concurrent(
  'R3 a job that kills its process each time ends as a failure',
  async () => {
    const context = testContext('poison');
    const queue = context.queue('poison');
    const uuid = newUuid();
    const job = await queue.put(poison.job());
    for (let run = 1; run <= 10; run++) {
      const victim = worker(context, 'poison', uuid, SLOW);
      await victim.program.exited;
    }
    const last = worker(context, 'poison', uuid, SLOW);
    await expect(waitForResult(job, PATIENCE)).rejects.toMatchObject({
      name: 'AbortedError',
      code: 'DROVER_ABORTED',
    });
    expect((await job.refresh()).interruptions).toBe(10);
    expect(await waitForResult(await queue.put(echo.job('next')))).toBe('next');
    await last.end('SIGTERM');
  },
  120_000,
);

it.concurrent(
  'R3 the jobs that share a hand with one that kills its process are interrupted once at most',
  async () => {
    const context = testContext('poison');
    const name = 'poisoned-hand';
    const queue = context.queue(name);
    // By the turn of the poison the slot claims many at once.
    const before = Array.from({ length: 120 }, (_, i) => echo.job(i));
    const mates = Array.from({ length: 20 }, (_, i) => echo.job(`mate ${i}`));
    const careful = echo.job('careful').with({ retryPolicy: NeverRetry });
    const killer = poison.job();
    await queue.putAll([
      ...before,
      killer,
      ...mates.slice(0, 3),
      careful,
      ...mates.slice(3),
    ] as Job[]);
    const size = { queues: { [name]: { main: { size: 1 } } } };
    for (let death = 1; death <= 2; death++) {
      const options = { prefix: context.prefix, uuid: newUuid(), ...size, ...QUICK };
      await startWorker(options).program.exited;
    }
    const shared = await Promise.all(
      mates.map(async (mate) => (await mate.refresh()).interruptions),
    );
    // On a busy machine the poison may have a hand of its own.
    expect(Math.max(...shared)).toBeLessThanOrEqual(1);
    await killer.cancel('poison');
    const last = worker(context, name, newUuid(), QUICK);
    for (const [i, mate] of mates.entries())
      expect(await waitForResult(mate, PATIENCE)).toBe(`mate ${i}`);
    for (const [i, job] of before.entries()) expect(await waitForResult(job, PATIENCE)).toBe(i);
    expect(await waitForResult(careful, PATIENCE)).toBe('careful');
    expect((await careful.refresh()).interruptions).toBe(0);
    // The cancel came before somebody found the second death.
    expect((await killer.refresh()).interruptions).toBe(1);
    await expectEndedOnce(context, name, [...before, ...mates, careful] as Job[]);
    await last.end('SIGTERM');
  },
  60_000,
);

it.concurrent.each([
  ['NeverRetry', NeverRetry, 1],
  ['a policy with two interrupts', retry({ interrupts: 2 }), 3],
])(
  'R3 a job that kills its process ends sooner with %s, and its composite goes on',
  async (what, retryPolicy, deaths) => {
    const context = testContext('poison');
    const name = `poison-${deaths}`;
    const queue = context.queue(name);
    const parts = [poison.job().with({ retryPolicy }), echo.job('part')];
    const [album, ...others] = [
      await queue.put(parallel(parts, { postprocess: outcomes.job() })),
      ...(await queue.putAll(Array.from({ length: 20 }, (_, i) => echo.job(i)))),
    ];
    // Each victim has a UUID of its own: the next one finds it dead, as a pod that replaces another
    // does.
    for (let death = 1; death <= deaths; death++)
      await worker(context, name, newUuid(), QUICK).program.exited;
    const last = worker(context, name, newUuid(), QUICK);
    expect(await waitForResult(album as Job, { timeout: 20_000 })).toEqual([
      'AbortedError',
      'part',
    ]);
    expect((await parts[0]?.refresh())?.interruptions).toBe(deaths);
    for (const [i, job] of others.entries()) expect(await waitForResult(job, PATIENCE)).toBe(i);
    await expectEndedOnce(context, name, [...parts, ...others] as Job[]);
    await last.end('SIGTERM');
  },
  60_000,
);
