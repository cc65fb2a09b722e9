// Jobs and transactions: what a task puts belongs to it, and is there when its result is there, or
// not at all.
import { defineTask, local, NeverRetry, outsideRun, Queue, RetryableError } from '@drover/core';
import { testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';

const context = testContext('usage-puts');
const dispatchers = dispatchersIn(context);
const note = defineTask('puts.note', async (text: string) => text);

// A task puts as everybody does. The jobs stand in the queue together with its result.
it('J6 the puts of a task appear with its result', async () => {
  const [books, notes] = [context.queue('books'), context.queue('notes')];
  await dispatchers.start('books');
  const read = defineTask('puts.read', async (titles: string[]) => {
    const jobs = await Promise.all(titles.map((title) => notes.put(note.job(title))));
    // It is not in the queue yet: nobody can begin with it, and it makes no sense to wait for it in
    // here.
    return jobs.map(({ status }) => status);
  });
  const job = await books.put(read.job(['Emma', 'Persuasion']));
  expect(await job.wait()).toEqual(['new', 'new']);
  expect((await notes.jobs()).map(({ args }) => args[0]).sort()).toEqual(['Emma', 'Persuasion']);
});

// A task that fails has put nothing; one that is tried again has put what its last run put, once.
it('J6 a failed run puts nothing, and the next run puts nothing twice', async () => {
  const queue = context.queue('tries');
  const notes = context.queue('notes of tries');
  await dispatchers.start('tries');
  const fails = defineTask('puts.fails', async () => {
    await notes.put(note.job('of a failure'));
    throw new Error('no');
  });
  const again = defineTask('puts.again', async () => {
    await notes.put(note.job(`of run ${local.fence}`));
    if (local.fence < 3) throw new RetryableError('once more');
  });
  const jobs = [
    fails.job().with({ retryPolicy: NeverRetry, failureLogLevel: 'debug' }),
    again.job(),
  ];
  await queue.putAll(jobs);
  await Promise.allSettled(jobs.map((job) => job.wait()));
  expect((await notes.jobs()).map(({ args }) => args[0])).toEqual(['of run 3']);
});

// The option `immediate` opts out of that: then the job is there at once, whatever becomes of the
// task that put it.
it('J6 an immediate put is stored at once', async () => {
  const queue = context.queue('immediate');
  const notes = context.queue('notes at once');
  await dispatchers.start('immediate');
  const fails = defineTask('puts.failsLater', async () => {
    await notes.put(note.job('it went wrong'), { immediate: true });
    throw new Error('no');
  });
  const job = await queue.put(fails.job(), { failureLogLevel: 'debug' });
  await expect(job.wait()).rejects.toThrow('no');
  expect((await notes.jobs()).map(({ args }) => args[0])).toEqual(['it went wrong']);
});

// A helper that several tasks share would put in the name of the task that came first, and lose
// with it what the others have put. It has a queue of its own, which is immediate: what is put
// through that belongs to no task.
it('J6 a helper that tasks share has an immediate queue', async () => {
  const queue = context.queue('shared');
  await dispatchers.start('shared');
  const mails = new Queue('mails', {
    connection: context.redisUrl,
    prefix: context.prefix,
    immediate: true,
  });
  let connected: Promise<Queue> | undefined;
  // The first task makes the promise. `outsideRun` keeps everything that it awaits or starts out of
  // that task.
  const mailer = (): Promise<Queue> => (connected ??= outsideRun(async () => mails));
  const invite = defineTask('puts.invite', async (name: string) => {
    await (await mailer()).put(note.job(`to ${name}`));
    if (name === 'Ada') throw new Error('she has moved');
  });
  const jobs = await queue.putAll([invite.job('Ada'), invite.job('Bob')], {
    failureLogLevel: 'debug',
  });
  await Promise.allSettled(jobs.map((job) => job.wait()));
  expect((await mails.jobs()).map(({ args }) => args[0]).sort()).toEqual(['to Ada', 'to Bob']);
  await mails.close();
});
