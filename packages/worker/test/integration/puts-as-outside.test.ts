// The puts of a task are stored as puts from outside are (J6).
import { parallel, serial } from '@drover/composite';
import { defineTask, JobStatus, Queue, type Job } from '@drover/core';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { snapshotKeys, type KeySnapshot } from '../../../../test/kit/key-snapshot.js';
import { dispatchersIn } from './dispatchers.js';

const context = testContext('puts-as-outside');
const dispatchers = dispatchersIn(context);
const echo = defineTask('puts-as-outside.echo', (value: unknown) => value);
const soon = new Date(Date.now() + 3_600_000);

/** The origin of a reference, in JSON inside JSON. */
const FROM_RUN = /,\\"origin\\":\{\\"id\\":\\"[^"]*\\",\\"queue\\":\\"runs-[^}]*\}/g;

/** Puts jobs of one kind; returns them and the jobs inside them, by name. */
type Put = (queue: Queue) => Promise<Record<string, Job>>;

const kinds: Record<string, Put> = {
  'a job': async (queue) => ({ job: await queue.put(echo.job({ a: 1 })) }),
  'several jobs': async (queue) => {
    const [a, b] = await queue.putAll([echo.job('a'), echo.job('b')]);
    return { a: a as Job, b: b as Job };
  },
  'a job for later': async (queue) => ({ job: await queue.put(echo.job(1), { beginAfter: soon }) }),
  'a job that must begin in time': async (queue) => ({
    job: await queue.put(echo.job(1), { beginAfter: soon, beginBy: 1_000 }),
  }),
  'jobs in new lanes': async (queue) => ({
    gpu: await queue.put(echo.job(1), { lane: 'gpu' }),
    own: await queue.put(echo.job(2).with({ lane: 'own', beginBy: 600_000 })),
  }),
  'a job with quotas, and options': async (queue) => {
    await queue.quotas.create('disk', 2);
    return {
      job: await queue.put(echo.job(1), {
        quotas: ['disk'],
        retryPolicy: 'NeverRetry',
        failureLogLevel: 'warn',
      }),
    };
  },
  'a job with callbacks': async (queue) => {
    const job = echo.job(1);
    const callback = await job.addCallback(echo.job().with({ lane: 'callbacks' }) as Job);
    const inner = await callback.addCallback(echo.job() as Job);
    return { job: await queue.put(job), callback, inner };
  },
  'a job of several, some with callbacks': async (queue) => {
    const job = echo.job(1);
    const callback = await job.addCallback(echo.job() as Job);
    const [, other] = await queue.putAll([job, echo.job(2)]);
    return { job, callback, other: other as Job };
  },
  'a job in the arguments of another': async (queue) => {
    const inner = await queue.put(echo.job('inner'));
    return {
      inner,
      outer: await queue.put(echo.job(inner)),
      holder: await queue.put(echo.job({ inner })),
    };
  },
  'a composite': async (queue) => {
    const part = echo.job(1).with({ lane: 'gpu', quotas: [] });
    const callback = await part.addCallback(echo.job() as Job);
    const postprocess = echo.job('postprocess') as Job;
    const nested = serial([echo.job(2), echo.job(3)]);
    const composite = parallel([part, nested], {
      postprocess: postprocess as never,
      onFailure: 'stop',
    });
    await queue.put(composite);
    const [two, three] = nested.jobs as readonly Job[];
    return { part, callback, postprocess, nested, composite, two: two as Job, three: three as Job };
  },
};

async function stored(queue: Queue, jobs: Record<string, Job>): Promise<[KeySnapshot, unknown[]]> {
  const ids = Object.entries(jobs).map(([name, { id }]) => [id, name] as const);
  const names: Record<string, string> = Object.fromEntries([...ids, [queue.name, 'queue']]);
  // `opts` and `delay` contain times that count from the put.
  const keys = await snapshotKeys(context.redis, `${context.prefix}:${queue.name}`, {
    names,
    without: ['opts', 'delay'],
  });
  // BullMQ's counter of jobs and its settings depend on more than the puts.
  for (const key of Object.keys(keys)) if (/(^|:)(id|meta)$/.test(key)) delete keys[key];
  // Until the run commits, a put job has the run's job as its origin (J12).
  const shownKeys = JSON.parse(JSON.stringify(keys).replace(FROM_RUN, '')) as KeySnapshot;
  const listed = await queue.jobs({ status: Object.values(JobStatus) });
  const shown = listed.map(({ id, status, options }) => ({
    ...{ name: names[id], status },
    options: { ...options, delay: undefined },
  }));
  return [shownKeys, shown];
}

/** A queue with defaults, and a connection of its own. */
function queueNamed(name: string): Queue {
  const queue = new Queue(name, {
    ...{ connection: context.redisUrl, prefix: context.prefix },
    defaultJobOptions: { failureLogLevel: 'fatal' },
  });
  cleanUpLater(() => queue.close());
  return queue;
}

it.each(Object.entries(kinds))(
  'J6 %s has the same keys as after a put from outside',
  async (kind, put) => {
    const name = kind.replace(/[^a-z]+/g, '-');
    const [outside, inside] = [queueNamed(`outside-${name}`), queueNamed(`inside-${name}`)];
    const wanted = await stored(outside, await put(outside));
    const runs = context.queue(`runs-${name}`);
    await dispatchers.start(runs.name);
    let jobs: Record<string, Job> = {};
    const task = defineTask(`puts-as-outside.${name}`, async () => {
      jobs = await put(inside);
      return Object.values(jobs).map(({ status }) => status);
    });
    expect(new Set((await (await runs.put(task.job())).wait()) as JobStatus[])).toEqual(
      new Set(['new']),
    );
    const [keys, shown] = await stored(inside, jobs);
    expect(keys).toEqual(wanted[0]);
    expect(shown).toEqual(wanted[1]);
    expect(Object.keys(keys).length).toBeGreaterThan(2);
  },
);
