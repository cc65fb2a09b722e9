// A wait for a job that will never complete ends with an error that says why, whether it began
// before or after (J12).
import { BadStatusError, defineTask, joinJobs, local, Queue, type Job } from '@drover/core';
import { MAIN_LANE, SYSTEM_LANE } from '@drover/core/internal';
import { trimCompleted } from '../../../../test/kit/store.js';
import { waitForAnnotation, waitForStart, waitForStatus } from '@drover/core/testing';
import { parallel, serial, type Composite } from '@drover/composite';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { gate } from '../../../../test/kit/gate.js';
import { eventually } from '../../../../test/kit/wait.js';
import { fail, gather, give, startDispatcher } from './dispatchers.js';

const context = testContext('composite-never-comes');
/** Served by a dispatcher. */
const queue = context.queue('served');
/** Served by no dispatcher. */
const idle = context.queue('idle');
/** The queue as another process has it. */
const elsewhere = (name: string): Queue => {
  const other = new Queue(name, { connection: context.redisUrl, prefix: context.prefix });
  cleanUpLater(() => other.close());
  return other;
};
const others = { served: elsewhere('served'), idle: elsewhere('idle') };
beforeAll(async () => {
  await startDispatcher(context, 'served');
});

const HOUR = 3_600_000;
const stop = { onFailure: 'stop' } as const;
const later = <T>(value: T): Job<T> => give.job(value).with({ beginAfter: HOUR });
const joins = defineTask('neverComes.joins', (...jobs: Job[]) => joinJobs(jobs, stop));
const anyResult = defineTask('neverComes.anyResult', (result: unknown) => String(result));
const puts = defineTask('neverComes.puts', async () => {
  const put = await local.getQueue().put(give.job('never committed'));
  await local.getJob().annotate('put', put);
  await opened;
  throw new Error('as told');
});
const gated = defineTask('neverComes.gated', async (fails: boolean) => {
  await opened;
  if (fails) throw new Error('as told');
});
let { opened, open } = gate();
beforeEach(() => {
  ({ opened, open } = gate());
});

interface Case {
  /**
   * Handles of the job that will never complete: its producer's, and one that another process read.
   */
  jobs: Job[];
  /** After this the job will never complete. */
  end: () => Promise<unknown>;
  why: RegExp | string;
}

/** A job of a composite, by the handle that was put and by one that was read. */
async function ofBoth<J extends Job>(
  album: J,
  pick: (album: J) => Job | undefined,
): Promise<Job[]> {
  const read = (await others[album.queue as 'idle'].get(album.id)) as J;
  return [pick(album) as Job, pick(read) as Job];
}

const REMOVED = /was removed: it will never complete|, which was to store it, was removed/;
const ENDED = 'which was to store it, has ended without it';

const CASES: Record<string, () => Promise<Case>> = {
  'a part whose turn has not come when its serial stops': async () => {
    const album = await queue.put(serial([gated.job(true), give.job(2)] as Job[], stop));
    await waitForStart(album.jobs[0] as Job);
    const end = async () => {
      open();
      await album.wait().catch(() => {});
    };
    return {
      jobs: await ofBoth(album, ({ jobs }) => jobs[1]),
      end,
      why: /removed|ended without it/,
    };
  },
  'the postprocess of a composite that stops': async () => {
    const album = await queue.put(
      parallel([gated.job(true)] as Job[], { ...stop, postprocess: gather.job() }),
    );
    await waitForStart(album.jobs[0] as Job);
    const end = async () => {
      open();
      await album.wait().catch(() => {});
    };
    return {
      jobs: await ofBoth(album, ({ postprocess }) => postprocess),
      end,
      why: /removed|ended without it/,
    };
  },
  'a part of a composite that is removed': async () => {
    const album = await idle.put(parallel([give.job(1)]));
    return {
      jobs: await ofBoth(album, ({ jobs }) => jobs[0]),
      end: () => idle.remove(album),
      why: REMOVED,
    };
  },
  'a part of a composite in a composite that is pulled': async () => {
    const album = await idle.put(serial([give.job(0), parallel([serial([give.job(1)])])] as const));
    const deep = (top: typeof album) => top.jobs[1].jobs[0].jobs[0];
    return { jobs: await ofBoth(album, deep), end: () => idle.pull(), why: REMOVED };
  },
  'a part of a composite that is cancelled before it begins': async () => {
    const album = await queue.put(parallel([give.job(1)]).with({ beginAfter: HOUR }));
    const end = async () => {
      await album.cancel();
      await album.wait().catch(() => {});
    };
    return { jobs: await ofBoth(album, ({ jobs }) => jobs[0]), end, why: ENDED };
  },
  'a part of a composite whose beginBy passes': async () => {
    const album = await queue.put(parallel([give.job(1)]).with({ beginBy: 200, lane: 'nobody' }));
    const end = () => album.wait().catch(() => {});
    return { jobs: await ofBoth(album, ({ jobs }) => jobs[0]), end, why: ENDED };
  },
  'a part of a job that stops at once': async () => {
    const failed = await queue.put(fail.job('before'));
    await failed.wait().catch(() => {});
    const job = await queue.put(
      joins.job(failed, parallel([give.job(1)])).with({ beginAfter: 200 }),
    );
    const inside = (await others.served.get(job.id))?.args[1] as Composite;
    return {
      jobs: [inside, inside.jobs[0] as Job],
      end: () => job.wait().catch(() => {}),
      why: ENDED,
    };
  },
  'a callback of a job that is removed': async () => {
    const job = await idle.put(give.job(1));
    const callback = await job.addCallback(anyResult.job());
    const next = await callback.addCallback(anyResult.job());
    const [read] = (await idle.put(joins.job(callback, next)).then(({ id }) => others.idle.get(id)))
      ?.args as Job[];
    return { jobs: [callback, next, read as Job], end: () => idle.remove(job), why: REMOVED };
  },
  'a callback of a part that never comes': async () => {
    const album = await idle.put(parallel([give.job(1)]));
    const callback = await album.jobs[0].addCallback(anyResult.job());
    const next = await callback.addCallback(anyResult.job());
    return { jobs: [callback, next], end: () => idle.remove(album), why: REMOVED };
  },
  'the job that a callback does not pick': async () => {
    const job = await queue.put(gated.job(false));
    const failure = anyResult.job();
    const picks = await job.addCallbacks({ success: anyResult.job(), failure });
    const read = (await others.served.get(picks.id))?.args[0] as { failure: Job };
    const end = async () => {
      open();
      await picks.wait();
    };
    return { jobs: [failure, read.failure], end, why: ENDED };
  },
  'an uncommitted put of a run that fails': async () => {
    const job = await queue.put(puts.job());
    const put = (await waitForAnnotation(job, 'put')) as Job;
    const end = async () => {
      open();
      await job.wait().catch(() => {});
    };
    return { jobs: [put], end, why: ENDED };
  },
  'a part that was appended, and is removed while its composite goes on': async () => {
    const album = await queue.put(parallel([gated.job(false)] as Job[]).with({ beginAfter: 150 }));
    const part = later('appended');
    await album.append(part);
    await eventually(async () => (await part.refresh()).status === 'pending');
    const read = (await others.served.get(album.id)) as typeof album;
    return { jobs: [part, read.jobs[1]] as Job[], end: () => queue.remove(part), why: REMOVED };
  },
  'a job that is a dead letter, and dropped': async () => {
    const part = later('damaged');
    const album = await queue.put(parallel([part]));
    await eventually(async () => (await part.refresh()).status === 'pending');
    const base = `${context.prefix}:served`;
    await context.redis.hset(`${base}:${part.id}`, 'data', 'damaged');
    await context.redis
      .multi()
      .zrem(`${base}:delayed`, part.id)
      .rpush(`${base}:wait`, part.id)
      .exec();
    await (await queue.put(give.job('word'))).wait();
    await eventually(async () =>
      (await queue.deadLetters().list()).some(({ id }) => id === part.id),
    );
    return {
      jobs: await ofBoth(album, ({ jobs }) => jobs[0]),
      end: () => queue.deadLetters().drop(part.id),
      why: REMOVED,
    };
  },
};

/** Waits for each job, and resolves when the waits listen. */
async function waiting(jobs: readonly Job[]): Promise<Promise<unknown>[]> {
  const waits = jobs.map((job) => job.wait({ timeout: 10_000 }));
  for (const wait of waits) wait.catch(() => {});
  for (const job of jobs) await expect(job.wait({ timeout: 40 })).rejects.toThrow();
  return waits;
}

describe.each(Object.entries(CASES))('%s', (_, make) => {
  it('J12 a wait that has begun ends with the reason', async () => {
    const { jobs, end, why } = await make();
    const waits = await waiting(jobs);
    await end();
    for (const wait of waits)
      await expect(wait).rejects.toMatchObject({ code: 'DROVER_BAD_STATUS' });
    for (const wait of waits) await expect(wait).rejects.toThrow(why);
  });

  it('J12 a later wait, for status or annotation too, ends with the reason', async () => {
    const { jobs, end, why } = await make();
    await end();
    for (const job of jobs) {
      await expect(job.wait({ timeout: 10_000 })).rejects.toThrow(why);
      await expect(job.wait()).rejects.toThrow(BadStatusError);
      await expect(waitForStatus(job, 'active')).rejects.toThrow(why);
      await expect(waitForAnnotation(job, 'any')).rejects.toThrow(why);
    }
  });

  it('J7, J9, J12 new callbacks are refused, and no key of earlier ones is left', async () => {
    const { jobs, end } = await make();
    // The callbacks of an abandoned job run with its failure.
    const early = await Promise.all(
      jobs.map((job) => job.addCallback(anyResult.job()).catch(() => undefined)),
    );
    await end();
    for (const [i, job] of jobs.entries()) {
      const ended = await early[i]?.wait({ timeout: 10_000 }).then(
        () => 'ran',
        ({ code }: { code: string }) => code,
      );
      expect(['ran', 'DROVER_BAD_STATUS', undefined]).toContain(ended);
      // A job that was never put can still be put, and keeps its callbacks.
      if (ended === 'ran' || job.queue === undefined) continue;
      await expect(job.addCallback(anyResult.job())).rejects.toThrow(BadStatusError);
      for (const id of [job.id, early[i]?.id ?? job.id]) expect(await keysOf(id)).toEqual([]);
    }
  });
});

/** All keys that contain the id of a job. */
async function keysOf(id: string): Promise<string[]> {
  return await context.redis.keys(`*${id}*`);
}

it('J9, J12 a wait for a part that retention removed rejects', async () => {
  const album = await context.queue('trimmed').put(parallel([give.job(1)]));
  await startDispatcher(context, 'trimmed');
  await album.wait();
  const [, never] = await (async () => {
    const read = (await elsewhere('trimmed').get(album.id)) as typeof album;
    return [read, read.jobs[0]] as const;
  })();
  const keep = { age: Infinity, count: 0 };
  await trimCompleted(context.redis, context.prefix, 'trimmed', [SYSTEM_LANE, MAIN_LANE], keep);
  for (const job of [album.jobs[0], never])
    await expect(job.wait({ timeout: 10_000 })).rejects.toThrow(REMOVED);
});

it('J12, O3 an abandoned part can be waited for again when its composite is retried', async () => {
  let isReady = false;
  const first = defineTask('neverComes.notReady', () => {
    if (!isReady) throw new Error('not ready');
  });
  const album = await queue.put(serial([first.job(), give.job(2)] as Job[], stop));
  await album.wait().catch(() => {});
  const part = album.jobs[1] as Job;
  await expect(part.wait()).rejects.toThrow(BadStatusError);
  isReady = true;
  await album.retry();
  expect(await part.wait({ timeout: 10_000 })).toBe(2);
});

it('J12 local.getLiveAnnotation of a job that never comes rejects with the reason', async () => {
  const album = await idle.put(parallel([give.job(1)]));
  const asks = defineTask(
    'neverComes.asks',
    async (job: Job) => await local.getLiveAnnotation('go', { job, timeout: HOUR }),
  );
  const asking = await queue.put(asks.job(album.jobs[0]));
  await waitForStart(asking);
  await idle.remove(album);
  await expect(asking.wait({ timeout: 10_000 })).rejects.toThrow(REMOVED);
});

it('J12 a part that is not stored yet can be waited for', async () => {
  const album = await queue.put(
    serial([serial([give.job(1), give.job(2)])]).with({ beginAfter: 200 }),
  );
  const read = (await others.served.get(album.id)) as typeof album;
  const [own, far] = [album.jobs[0].jobs[1], read.jobs[0].jobs[1]];
  expect(await Promise.all([own.wait({ timeout: 10_000 }), far.wait({ timeout: 10_000 })])).toEqual(
    [2, 2],
  );
  const callback = await far.addCallback(anyResult.job());
  expect(await callback.wait({ timeout: 10_000 })).toBe('2');
});
