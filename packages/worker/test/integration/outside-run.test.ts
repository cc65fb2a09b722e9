// Code that several tasks share, such as a batch, a pool or a memoised promise, runs in the context
// of the first run that used it. Tested here: the ways out of that run (J6), and the messages where
// the context is kept.
import { parallel } from '@drover/composite';
import {
  appendJobs,
  defineTask,
  JobStatus,
  local,
  outsideRun,
  Queue,
  RetryableError,
  type Job,
} from '@drover/core';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { aborted, gate } from '../../../../test/kit/gate.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn, next, readableLogger, type LogLine } from './dispatchers.js';

const context = testContext('outside-run');
const dispatchers = dispatchersIn(context);
const { logger, lines } = readableLogger();
const queue = context.queue('work');
/** Queues without a dispatcher. */
const shelf = context.queue('shelf');
const atOnce = new Queue('shelf', {
  connection: context.redisUrl,
  prefix: context.prefix,
  immediate: true,
});
const echo = defineTask('outside.echo', (value: unknown) => value);

beforeAll(async () => {
  cleanUpLater(() => atOnce.close());
  await dispatchers.start('work', { size: 20, logger });
});

/** Puts a job of a new task. */
const putTask = async (name: string, task: () => unknown): Promise<Job> =>
  await queue.put(defineTask(`outside.${name}`, task).job() as Job);
const failureOf = async (job: Job): Promise<string> => await job.wait().then(String, String);

/** The second elements of the first arguments in `shelf` that begin with `of`. */
async function shelved(of: string): Promise<unknown[]> {
  const jobs = await shelf.jobs({ status: Object.values(JobStatus) });
  return jobs.flatMap(({ args: [value] }) =>
    Array.isArray(value) && value[0] === of ? [value[1] as unknown] : [],
  );
}

/**
 * A helper that puts the jobs of several tasks together, when it is opened. It runs in the context
 * of its first caller.
 */
function batch(flush: (jobs: Job[]) => Promise<unknown>) {
  const [full, jobs] = [gate(), [] as Job[]];
  let flushed: Promise<unknown> | undefined;
  return {
    full,
    add: async (job: Job): Promise<void> => {
      jobs.push(job);
      flushed ??= full.opened.then(() => flush(jobs));
      await flushed;
    },
  };
}

/** Two tasks share a batch: the first one fails after its job was put, the other one completes. */
async function shareBatch(
  name: string,
  flush: (jobs: Job[]) => Promise<unknown>,
): Promise<unknown[]> {
  const [adaIsIn, { full, add }] = [gate(), batch(flush)];
  const ada = await putTask(`${name}.ada`, async () => {
    const adding = add(echo.job([name, 'ada']) as Job);
    adaIsIn.open();
    await adding;
    throw new Error('ada fails');
  });
  await adaIsIn.opened;
  const bob = await putTask(`${name}.bob`, async () => {
    const adding = add(echo.job([name, 'bob']) as Job);
    full.open();
    await adding;
  });
  await bob.wait();
  expect(await failureOf(ada)).toBe('Error: ada fails');
  return await shelved(name);
}

describe('J6 a batch that several tasks share', () => {
  it('is stored by an immediate queue, though the first caller fails', async () => {
    expect(await shareBatch('immediate', (jobs) => atOnce.putAll(jobs))).toEqual(['ada', 'bob']);
  });

  it('is stored when it is put in outsideRun', async () => {
    expect(await shareBatch('outside', (jobs) => outsideRun(() => shelf.putAll(jobs)))).toEqual([
      'ada',
      'bob',
    ]);
  });

  it('is dropped with the first caller otherwise, and the log counts the puts', async () => {
    expect(await shareBatch('ambient', (jobs) => shelf.putAll(jobs))).toEqual([]);
    const line = await eventually(() => dropsOf('outside.ambient.ada')[0]);
    expect(line).toMatchObject({ level: 40, puts: 2, tasks: { 'outside.echo': 2 } });
  });
});

describe('J6 an immediate queue', () => {
  it('gives handles whose callbacks, annotations and parts are stored at once', async () => {
    const hidden = new Queue('work', {
      connection: context.redisUrl,
      prefix: context.prefix,
      immediate: true,
    });
    cleanUpLater(() => hidden.close());
    const album = await shelf.put(parallel([echo.job(1)]));
    const goOn = gate();
    let late: Promise<unknown> = Promise.resolve();
    const job = await putTask('handles', async () => {
      await appendJobs((await atOnce.get(album.id)) as Job, [echo.job(2) as Job]);
      const own = (await hidden.get(local.getJob().id)) as Job;
      late = goOn.opened.then(async () => {
        await own.annotate('late', 'seen');
        return await own.addCallback(echo.job('callback') as Job);
      });
      throw new Error('no');
    });
    await failureOf(job);
    expect((await album.refresh()).jobs).toHaveLength(2);
    goOn.open();
    await ((await late) as Job).wait();
    expect((await job.refresh()).annotations).toEqual({ late: 'seen' });
  });

  it('B2 refuses `immediate: false` and values that are no booleans', async () => {
    await expect(atOnce.put(echo.job(1), { immediate: false })).rejects.toThrow(
      /the queue shelf is immediate/,
    );
    expect(() => new Queue('odd', { immediate: 'yes' as never })).toThrow(
      'immediate must be true or false',
    );
    expect(() => outsideRun(7 as never)).toThrow('outsideRun takes a function');
  });
});

describe('J6 outsideRun', () => {
  it('leaves the run for all that its function awaits, and only for that', async () => {
    const job = await putTask('leaves', async () => {
      const says = (): string => {
        try {
          return `run ${local.fence}`;
        } catch (error) {
          return (error as Error).name;
        }
      };
      const outside = outsideRun(async () => {
        await Promise.resolve();
        const nested = outsideRun(says);
        await new Promise((resolve) => setImmediate(resolve));
        return [says(), nested];
      });
      return [...(await outside), says(), outsideRun(() => 'its value')];
    });
    expect(await job.wait()).toEqual(['NoLocalJobError', 'NoLocalJobError', 'run 1', 'its value']);
    expect(outsideRun(() => 1)).toBe(1);
  });

  it('keeps a memoised promise out of the run that asked first', async () => {
    const goOn = gate();
    let greeting: Promise<Job> | undefined;
    const greet = (): Promise<Job> =>
      (greeting ??= outsideRun(() =>
        goOn.opened.then(() => shelf.put(echo.job(['memoised', 'once']) as Job)),
      ));
    const first = await putTask('memoised.first', async () => {
      const asking = greet();
      goOn.open();
      await asking;
      throw new Error('the first fails');
    });
    await failureOf(first);
    const second = await putTask('memoised.second', async () => (await greet()).status);
    expect(await second.wait()).toBe('pending');
    expect(await shelved('memoised')).toEqual(['once']);
  });
});

describe('J6 functions of the user run outside of any run', () => {
  it('the onError of a queue that a task made', async () => {
    const told = gate();
    let seen = '';
    const job = await putTask('on-error', async () => {
      const away = new Queue('away', {
        connection: 'redis://127.0.0.1:1',
        onError: () => {
          try {
            seen = `in run ${local.fence}`;
          } catch (error) {
            seen = (error as Error).name;
          }
          told.open();
        },
      });
      await told.opened;
      await away.close();
    });
    await job.wait();
    expect(seen).toBe('NoLocalJobError');
  });

  it('the listeners of a dispatcher that its own task deactivates', async () => {
    const dispatcher = await dispatchers.start('stopped');
    const putting: Promise<Job>[] = [];
    dispatcher.on(
      'interrupted',
      () => void putting.push(shelf.put(echo.job(['listener', 'told']) as Job)),
    );
    const task = defineTask('outside.stops', () => {
      void dispatcher.deactivate();
      return aborted(local.signal);
    });
    await context.queue('stopped').put(task.job() as Job);
    await next(dispatcher, 'deactivated');
    await Promise.all(putting);
    expect(await shelved('listener')).toEqual(['told']);
  });
});

/** The log lines about dropped puts of that task. */
const dropsOf = (task: string): LogLine[] =>
  lines.filter(
    (line) => line['task'] === task && line.msg.startsWith('puts of the run were dropped'),
  );

describe('J6 a run logs its dropped puts', () => {
  const secret = 'an argument';
  const put = async (): Promise<Job> => await shelf.put(echo.job(secret) as Job);

  it('when it is retried, and not when it commits', async () => {
    const job = await putTask('drops.retried', async () => {
      await put();
      if (local.fence === 1) throw new RetryableError('again');
    });
    await job.wait();
    expect(dropsOf('outside.drops.retried')).toMatchObject([{ puts: 1, job: job.id }]);
    expect(dropsOf('outside.drops.retried')[0]?.msg).toMatch(/the job failed, and is tried again$/);
  });

  it('when a function of local.once fails, though the run commits', async () => {
    const job = await putTask('drops.once', async () => {
      const failing = async (): Promise<never> => {
        await put();
        throw new Error('no');
      };
      return await local.once('step', failing).catch(String);
    });
    expect(await job.wait()).toBe('Error: no');
    const line = await eventually(() => dropsOf('outside.drops.once')[0]);
    expect(line).toMatchObject({ puts: 1, tasks: { 'outside.echo': 1 } });
    expect(line.msg).toMatch(/a function of `local.once` failed$/);
  });

  it('when its dispatcher stops or its result is unstorable, without arguments (B2)', async () => {
    const dispatcher = await dispatchers.start('drops', { logger });
    const hasPut = gate();
    const task = defineTask('outside.drops.stopped', async () => {
      await put();
      hasPut.open();
      return await aborted(local.signal);
    });
    await context.queue('drops').put(task.job() as Job);
    await hasPut.opened;
    await dispatcher.deactivate();
    const line = await eventually(() => dropsOf('outside.drops.stopped')[0]);
    expect(line.msg).toMatch(/the job was (interrupted|reassigned)$/);
    const job = await putTask('drops.unstorable', async () => {
      await put();
      return () => {};
    });
    await failureOf(job);
    await eventually(() => dropsOf('outside.drops.unstorable')[0]);
    expect(JSON.stringify(lines)).not.toContain(secret);
  });
});

describe('J6 a run whose task has ended', () => {
  it('refuses each call in its context', async () => {
    const goOn = gate();
    const errors: string[] = [];
    let late: Promise<void> = Promise.resolve();
    const album = await shelf.put(parallel([echo.job(1)]));
    const job = await putTask('ended', async () => {
      const tries: (() => Promise<unknown>)[] = [
        () => shelf.put(echo.job(1) as Job),
        () => shelf.putAll([echo.job(1) as Job]),
        () => appendJobs(album, [echo.job(2) as Job]),
        () => local.getJob().annotate('a', 1),
        () => local.getJob().addCallback(echo.job(1) as Job),
        () => local.setLiveAnnotation('a', 1),
        () => local.getLiveAnnotation('a'),
        () => local.once('a', () => 1),
      ];
      const collectAll = async (): Promise<void> => {
        for (const attempt of tries) errors.push(await attempt().then(() => 'done', String));
      };
      late = goOn.opened.then(collectAll);
    });
    await job.wait();
    goOn.open();
    await late;
    expect(errors).toHaveLength(8);
    for (const error of errors)
      expect(error).toMatch(/^BadStatusError: job \S+ \(outside.ended\) has ended: /);
  });

  it('O5 refuses a put in local.once after its function has ended', async () => {
    let late: Promise<string> = Promise.resolve('');
    const job = await putTask('once', async () => {
      await local.once('step', () => {
        setImmediate(() => {
          late = shelf.put(echo.job(['once', 'late'])).then(() => 'put', String);
        });
      });
    });
    await job.wait();
    expect(await late).toMatch(/^BadStatusError: .* has ended/);
    expect(await shelved('once')).toEqual([]);
  });

  it('O5, J7 has stored the puts of local.once, with callbacks, when that returns', async () => {
    const [put, callback] = [echo.job('put'), echo.job('callback')];
    const job = await putTask('once.stored', async () => {
      await put.addCallback(callback as Job);
      await local.once('step', async () => void (await shelf.put(put as Job)));
      return await Promise.all(
        [put, callback].map((handle) => handle.annotate('seen', 1).then(() => 'done', String)),
      );
    });
    expect(await job.wait()).toEqual(['done', 'done']);
  });

  it('O5 refuses a put in a local.once that was not awaited', async () => {
    const [isInside, goOn] = [gate(), gate()];
    let late: Promise<string> = Promise.resolve('');
    const job = await putTask('once.left', async () => {
      local
        .once('step', async () => {
          isInside.open();
          await goOn.opened;
          late = shelf.put(echo.job(['once', 'left'])).then(() => 'put', String);
          await late;
        })
        .catch(() => {});
      await isInside.opened;
    });
    await job.wait();
    goOn.open();
    expect(await eventually(() => late)).toMatch(/^BadStatusError: .* has ended/);
  });

  it('C4 refuses an append that its task did not await', async () => {
    const ends = defineTask('outside.ends', async (id: string) => {
      const album = (await local.getQueue().get(id)) as Job;
      appending = appendJobs(album, [echo.job('appended') as Job]).then(() => 'appended', String);
    });
    let appending: Promise<string> = Promise.resolve('');
    const album = parallel<Job<unknown, []>[]>([echo.job('first') as Job]);
    await album.append(ends.job(album.id) as Job);
    await (await queue.put(album)).wait();
    expect(await appending).toMatch(/^BadStatusError: .* has ended/);
  });

  it('J7 refuses changes of its puts while they are being stored', async () => {
    let late: Promise<string[]> = Promise.resolve([]);
    const job = await putTask('held', async () => {
      const put = await shelf.put(echo.job(['changed', 'old']) as Job);
      // The run continues first: its task has ended, and its puts are not stored yet.
      setImmediate(() => {
        const changes = [
          put.addCallback(echo.job('callback') as Job),
          put.update({ args: [['changed', 'new']] }),
        ];
        late = Promise.all(changes.map((change) => change.then(() => 'done', String)));
      });
    });
    await job.wait();
    for (const error of await eventually(async () =>
      (await late).length > 0 ? await late : undefined,
    ))
      expect(error).toMatch(/^BadStatusError: job \S+ is being stored/);
    expect(await shelved('changed')).toEqual(['old']);
  });
});
