// Annotations: values that a job's task and others write on it while it runs.
import { defineTask, local, type Job } from '@drover/core';
import { waitForAnnotation } from '@drover/core/testing';
import { Job as BullJob, Queue as BullQueue } from 'bullmq';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn, next } from './dispatchers.js';
import { aborted, gate } from '../../../../test/kit/gate.js';

const context = testContext('annotations');
const dispatchers = dispatchersIn(context);

const late = defineTask('annotations.late', () => {});

/** The names of all properties, inherited ones too. */
function namesOf(handle: object): string[] {
  const names: string[] = [];
  for (
    let at = handle;
    at !== null && at !== Object.prototype;
    at = Object.getPrototypeOf(at) as object
  )
    names.push(...Object.getOwnPropertyNames(at));
  return names;
}

/** Puts a task as a job into a queue with its own dispatcher. */
async function run<T>(name: string, task: () => T): Promise<Job> {
  await dispatchers.start(name);
  return await context.queue(name).put(defineTask(`annotations.${name}`, task).job() as Job);
}

it('a task and its producer talk by annotations while it runs', async () => {
  const job = await run('talk', async () => {
    await local.setLiveAnnotation('hello', 'from the task');
    const reply = await local.getLiveAnnotation('reply', { timeout: 20_000 });
    return [reply, local.getJob().annotations, (await local.getJob().refresh()).annotations];
  });
  expect(await waitForAnnotation(job, 'hello')).toBe('from the task');
  expect(job.annotations).toEqual({ hello: 'from the task' });
  await job.annotate('reply', { text: 'hiya', nothing: undefined });
  const reply = { text: 'hiya', nothing: undefined };
  expect(await job.wait()).toEqual([reply, {}, { hello: 'from the task', reply }]);
});

it('an annotation can be replaced, and stays after the end of the job', async () => {
  const job = await run('progress', async () => {
    for (const percent of [10, 50, 100]) await local.setLiveAnnotation('progress', percent);
  });
  await job.wait();
  await job.annotate('afterwards', true);
  expect((await job.refresh()).annotations).toEqual({ progress: 100, afterwards: true });
  const [listed] = await context.queue('progress').jobs({ status: 'completed' });
  expect(listed?.annotations).toEqual({ progress: 100, afterwards: true });
});

it("a task reads another job's annotation, and waits for it", async () => {
  const other = await context
    .queue('other-shelf')
    .put(defineTask('annotations.shelved', () => 1).job());
  const waits = gate();
  const job = await run('other', async () => {
    const found = await context.queue('other-shelf').get(other.id);
    const before = await local.getLiveAnnotation('go', { job: found as Job, default: 'not yet' });
    waits.open();
    return [
      before,
      await local.getLiveAnnotation('go', { job: found as Job, timeout: 20_000, poll: 5_000 }),
    ];
  });
  await waits.opened;
  await other.annotate('go', false);
  expect(await job.wait()).toEqual(['not yet', false]);
});

it('the default is returned when an annotation does not come in time', async () => {
  const job = await run('default', async () => [
    await local.getLiveAnnotation('toString'),
    await local.getLiveAnnotation('missing', { timeout: 60, poll: 20, default: 'default' }),
  ]);
  expect(await job.wait()).toEqual([undefined, 'default']);
});

it("D6 a stop ends a task's wait for an annotation", async () => {
  const waits = gate();
  const dispatcher = await dispatchers.start('stops');
  const task = defineTask('annotations.stops', async () => {
    if (local.fence > 1) return 'again';
    waits.open();
    return await local.getLiveAnnotation('never', { timeout: 600_000 });
  });
  const job = await context.queue('stops').put(task.job());
  await waits.opened;
  await dispatcher.deactivate({ grace: 20_000 });
  await dispatchers.start('stops');
  expect(await job.wait()).toBe('again');
});

it('I5 each write of an interrupted run is refused, and its signal is aborted', async () => {
  const [started, goOn] = [gate(), gate()];
  const dispatcher = await dispatchers.start('zombie');
  const reassigned = next(dispatcher, 'reassigned');
  const errors: unknown[] = [];
  const task = defineTask('annotations.zombie', async () => {
    started.open();
    await goOn.opened;
    const own = local.getJob();
    errors.push(await local.setLiveAnnotation('late', 1).catch((error: unknown) => error));
    errors.push(await own.annotate('late', 2).catch((error: unknown) => error));
    errors.push(await own.addCallback(late.job()).catch((error: unknown) => error));
    errors.push(await own.addCallbacks({ success: late.job() }).catch((error: unknown) => error));
    errors.push(await own.update({ args: ['late'] }).catch((error: unknown) => error));
    return await aborted(local.signal);
  });
  const job = await context.queue('zombie').put(task.job());
  await started.opened;
  const key = `${context.prefix}:zombie:${job.id}`;
  await context.redis.hincrby(key, 'interruptions', 1);
  await context.redis.set(`${key}:lock`, 'an interrupt');
  goOn.open();
  await reassigned;
  const refused = expect.objectContaining({ code: 'DROVER_REASSIGNED' }) as unknown;
  const claimed = expect.objectContaining({ code: 'DROVER_BAD_STATUS' }) as unknown;
  expect(errors).toEqual([refused, refused, refused, refused, claimed]);
  expect(await job.refresh()).toMatchObject({ annotations: {}, args: [] });
  expect(await context.redis.hmget(key, 'callbacks', 'ranCallbacks')).toEqual([null, null]);
});

it('I5 a task that has ended can no longer write on its job', async () => {
  const [ended, goOn] = [gate(), gate()];
  const errors: unknown[] = [];
  const job = await run('ended', () => {
    const own = local.getJob();
    void goOn.opened
      .then(() => own.annotate('late', 1))
      .catch((error: unknown) => errors.push(error))
      .then(() => own.addCallback(late.job()))
      .catch((error: unknown) => errors.push(error))
      .then(ended.open);
  });
  await job.wait();
  goOn.open();
  await ended.opened;
  const refused = expect.objectContaining({ code: 'DROVER_BAD_STATUS' }) as unknown;
  expect(errors).toEqual([refused, refused]);
  expect((await job.refresh()).annotations).toEqual({});
});

it("I5 a task cannot reach BullMQ's own writes, which are not fenced", async () => {
  const job = await run('handles', () =>
    [local.getJob(), local.getQueue(), local.getDispatcher(), local].flatMap((handle) =>
      namesOf(handle),
    ),
  );
  const given = (await job.wait()) as string[];
  expect(given).toEqual(expect.arrayContaining(['annotate', 'putAll', 'uuid', 'fence']));
  // Names of BullMQ that Drover has too, for functions of its own.
  const own = [
    'constructor',
    'toString',
    'name',
    'prefix',
    'once',
    'getJob',
    'retry',
    'remove',
    'close',
    'pause',
    'resume',
    'isPaused',
    'drain',
    'obliterate',
  ];
  const ofBullMq = [...namesOf(BullJob.prototype), ...namesOf(BullQueue.prototype)];
  expect(ofBullMq).toEqual(
    expect.arrayContaining(['updateProgress', 'log', 'updateData', 'moveToDelayed', 'extendLock']),
  );
  expect(given.filter((name) => ofBullMq.includes(name) && !own.includes(name))).toEqual([]);
});

it('annotations are removed with their job', async () => {
  const queue = context.queue('removed');
  const job = await queue.put(defineTask('annotations.removed', () => 1).job());
  await job.annotate('note', 1);
  await queue.remove(job);
  expect(await context.redis.keys(`${context.prefix}:removed:${job.id}*`)).toEqual([]);
  await expect(job.annotate('note', 2)).rejects.toMatchObject({ code: 'DROVER_BAD_STATUS' });
});

it('bad input is refused', async () => {
  const put = await context.queue('refused').put(defineTask('annotations.refused', () => 1).job());
  const made = defineTask('annotations.made', () => 1);
  await expect(put.annotate('', 1)).rejects.toMatchObject({ code: 'DROVER_INVALID_ARGUMENT' });
  await expect(put.annotate('on', () => {})).rejects.toMatchObject({
    path: expect.stringMatching(/^annotations\.on/) as string,
  });
  await expect(made.job().annotate('name', 1)).rejects.toMatchObject({ code: 'DROVER_BAD_STATUS' });
  await expect(waitForAnnotation(put, 'missing', { timeout: 20 })).rejects.toMatchObject({
    code: 'DROVER_TIMEOUT',
  });
  await expect(local.setLiveAnnotation('outside', 1)).rejects.toMatchObject({
    code: 'DROVER_NO_LOCAL_JOB',
  });
  const job = await run('bad', async () => {
    const calls = [
      () => local.setLiveAnnotation('', 1),
      () => local.getLiveAnnotation('x', { timeout: -1 }),
      () => local.getLiveAnnotation('x', { poll: 0 }),
      () => local.getLiveAnnotation('x', { within: 5 } as never),
      () => local.getLiveAnnotation('x', { job: 'a job' as never }),
      () => local.getLiveAnnotation('x', { job: made.job() }),
    ];
    const errors = [];
    for (const call of calls) errors.push(await call().catch((error: Error) => error.name));
    return errors;
  });
  expect(await job.wait()).toEqual([
    'InvalidArgumentError',
    'InvalidArgumentError',
    'InvalidArgumentError',
    'InvalidArgumentError',
    'InvalidArgumentError',
    'BadStatusError',
  ]);
});
