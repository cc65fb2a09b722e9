// A run logs the puts that it drops, and refuses puts after its end (J6).
import { parallel } from '@drover/composite';
import { appendJobs, defineTask, local, RetryableError, type Job } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import { aborted, gate } from '../../../../test/kit/gate.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn, readableLogger, type LogLine } from './dispatchers.js';
import { echo, shelfOf } from './shelf.js';

const context = testContext('dropped-puts');
const dispatchers = dispatchersIn(context);
const { logger, lines } = readableLogger();
const queue = context.queue('work');
const { shelf, shelved } = shelfOf(context);

beforeAll(async () => {
  await dispatchers.start('work', { size: 20, logger });
});

/** Puts a job of a new task. */
const putTask = async (name: string, task: () => unknown): Promise<Job> =>
  await queue.put(defineTask(`outside.${name}`, task).job() as Job);
const failureOf = async (job: Job): Promise<string> => await job.wait().then(String, String);

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
    expect(line).toMatchObject({ puts: 1, tasks: { [echo.name]: 1 } });
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
