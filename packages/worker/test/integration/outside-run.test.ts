// Code that several tasks share, such as a batch, a pool or a memoised promise, runs in the context
// of the first run that used it. Tested here: the ways out of that run (J6), and the messages where
// the context is kept.
import { parallel } from '@drover/composite';
import { appendJobs, defineTask, local, outsideRun, Queue, type Job } from '@drover/core';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { aborted, gate } from '../../../../test/kit/gate.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn, next, readableLogger, type LogLine } from './dispatchers.js';
import { echo, shelfOf } from './shelf.js';

const context = testContext('outside-run');
const dispatchers = dispatchersIn(context);
const { logger, lines } = readableLogger();
const queue = context.queue('work');
const { shelf, shelved } = shelfOf(context);
const atOnce = new Queue('shelf', {
  connection: context.redisUrl,
  prefix: context.prefix,
  immediate: true,
});

beforeAll(async () => {
  cleanUpLater(() => atOnce.close());
  await dispatchers.start('work', { size: 20, logger });
});

/** Puts a job of a new task. */
const putTask = async (name: string, task: () => unknown): Promise<Job> =>
  await queue.put(defineTask(`outside.${name}`, task).job() as Job);
const failureOf = async (job: Job): Promise<string> => await job.wait().then(String, String);

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
    expect(line).toMatchObject({ level: 40, puts: 2, tasks: { [echo.name]: 2 } });
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
