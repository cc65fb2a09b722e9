// A call whose reply is lost while the job goes on reports its true outcome, and is done once (B3).
import { parallel } from '@drover/composite';
import { defineTask, Queue, type Job } from '@drover/core';
import { LaneKeys, RedisLane } from '../../../../test/kit/store.js';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { startFaultProxy, type FaultProxy } from '../../../../test/kit/fault-proxy.js';
import { eventually } from '../../../../test/kit/wait.js';
import { hasStarted } from '../../../../test/kit/dispatchers.js';
import { dispatchersIn } from './dispatchers.js';
import { gate } from '../../../../test/kit/gate.js';
import { runs, counted, fails, gives, disturbed } from './counted-tasks.js';

const context = testContext('lost-replies');
const dispatchers = dispatchersIn(context);
const failsOnce = defineTask('lost.failsOnce', () => {
  if (counted() === 1) throw new RangeError('as told');
  return 'again';
});

let proxy: FaultProxy;
beforeAll(async () => void (proxy = await startFaultProxy(context.redisUrl)));

/** A queue whose requests go through the proxy. */
function throughProxy(name: string): Queue {
  const queue = new Queue(name, { connection: proxy.url, prefix: context.prefix });
  cleanUpLater(() => queue.close());
  return queue;
}

const isId = (word: Buffer | undefined): boolean => word?.toString().toUpperCase() === 'ID';

/** The job as another process reads it. */
const seen = async ({ id }: Job, queue: string): Promise<Job> =>
  (await context.queue(queue).get(id)) as Job;

async function ended(name: string, make: () => Job): Promise<Job> {
  const job = await throughProxy(name).put(make());
  await dispatchers.start(name);
  await job.wait().catch(() => {});
  return job;
}

it('O3, B3 a retry that was done resolves, though the job has succeeded meanwhile', async () => {
  const job = await ended('succeeded', () => failsOnce.job());
  const isThrough = async () => (await seen(job, 'succeeded')).result === 'again';
  await disturbed(
    proxy,
    'retryFailed',
    'lose reply',
    () => job.retry(),
    () => eventually(isThrough),
  );
  expect([job.status, job.result, runs.get(job.id)]).toEqual(['completed', 'again', 2]);
});

it('O3, B3 a retry that was done is not repeated when the job has failed again', async () => {
  const job = await ended('failed-again', () => fails.job());
  const hasFailedAgain = async () =>
    ((await seen(job, 'failed-again')).result as Error | undefined)?.message === 'run 2';
  await disturbed(
    proxy,
    'retryFailed',
    'lose reply',
    () => job.retry(),
    () => eventually(hasFailedAgain),
  );
  expect(job.result).toMatchObject({ message: 'run 2' });
  expect(runs.get(job.id)).toBe(2);
});

it('O3, B3 a retry that never arrived rejects for a job that has succeeded', async () => {
  const job = await ended('never', () => gives.job());
  const retry = disturbed(
    proxy,
    'retryFailed',
    'lose request',
    () => job.retry(),
    () => Promise.resolve(),
  );
  await expect(retry).rejects.toThrow(/has succeeded: only a failed job can be retried/);
  expect(runs.get(job.id)).toBe(1);
});

it('O1, B3 a cancel that was done resolves, though the job has ended meanwhile', async () => {
  const job = await throughProxy('cancelled').put(gives.job());
  const isOver = async () => (await seen(job, 'cancelled')).status === 'completed';
  await disturbed(
    proxy,
    'cancel',
    'lose reply',
    () => job.cancel('as told'),
    async () => {
      await dispatchers.start('cancelled');
      await eventually(isOver);
    },
  );
  await expect(job.wait()).rejects.toMatchObject({ name: 'CancelledError', message: 'as told' });
  expect(runs.get(job.id)).toBeUndefined();
});

it('O1, B3 a cancel that never arrived rejects when the job has its result', async () => {
  const job = await throughProxy('too-late').put(gives.job());
  const cancel = disturbed(
    proxy,
    'cancel',
    'lose request',
    () => job.cancel('as told'),
    async () => {
      await dispatchers.start('too-late');
      await (await seen(job, 'too-late')).wait();
    },
  );
  await expect(cancel).rejects.toThrow(/is completed: what has its result cannot be cancelled/);
  expect([job.result, runs.get(job.id)]).toEqual([1, 1]);
});

it('J2, B3 an update that was done resolves, though the job was claimed meanwhile', async () => {
  const open = gate();
  const echo = defineTask('lost.echo', async (value: number) => {
    await open.opened;
    return value;
  });
  const job = await throughProxy('updated').put(echo.job(1));
  // From here on Redis knows the script.
  await job.update({ args: [1] });
  const isClaimed = async () => (await seen(job, 'updated')).status === 'active';
  await disturbed(
    proxy,
    'updateJob',
    'lose reply',
    () => job.update({ args: [2] }),
    async () => {
      await dispatchers.start('updated');
      await eventually(isClaimed);
    },
  );
  open.open();
  expect(await job.wait()).toBe(2);
});

it('Q5, B3 removing a quota resolves when the reply is lost', async () => {
  const { quotas } = throughProxy('quotas');
  await quotas.create('disk', 1);
  const lost = proxy.next('setQuota', { kind: 'lose reply' });
  await quotas.remove('disk');
  await lost;
  expect(await quotas.list()).toEqual([]);
  await expect(quotas.remove('disk')).rejects.toMatchObject({ name: 'UnknownQuotaError' });
});

it.each(['retry', 'drop'] as const)(
  'B1, B3 deadLetters().%s whose reply is lost is done once',
  async (how) => {
    const name = `aside-${how}`;
    const queue = throughProxy(name);
    const job = await queue.put(gives.job());
    const store = new RedisLane(
      context.redis,
      new LaneKeys(context.prefix, name, 'main'),
      newUuid(),
    );
    const { job: claim } = await store.claim('a:1:1');
    await store.deadLetter(claim as NonNullable<typeof claim>, 'as told');
    const lost = proxy.next('endDeadLetter', { kind: 'lose reply' });
    await queue.deadLetters()[how](job.id);
    await lost;
    expect([await queue.deadLetters().list(), await queue.length()]).toEqual([
      [],
      how === 'retry' ? 1 : 0,
    ]);
    await expect(queue.deadLetters()[how](job.id)).rejects.toMatchObject({
      name: 'BadStatusError',
    });
  },
);

it.each(['lose reply', 'lose request'] as const)(
  'Q3, B3 a pull of a job that is gone returns it only if it took it (%s)',
  async (kind) => {
    const name = `pulled-${kind.slice(5)}`;
    const queue = throughProxy(name);
    const [first, second] = await queue.putAll([gives.job(), gives.job()]);
    const pulled: (string | undefined)[] = [];
    const pull = async (from: Queue): Promise<void> => void pulled.push((await from.pull())?.id);
    await disturbed(
      proxy,
      'removePending',
      kind,
      () => pull(queue),
      () => pull(context.queue(name)),
    );
    expect(pulled.sort()).toEqual([first?.id, second?.id]);
    expect(await queue.length()).toBe(0);
  },
);

it('C4, B3 an append that was done resolves, though the composite has started', async () => {
  const all = await throughProxy('appended').put(parallel([gives.job()]));
  const more = gives.job();
  await disturbed(
    proxy,
    'append',
    'lose reply',
    () => all.append(more),
    async () => {
      await dispatchers.start('appended');
      await (await seen(all, 'appended')).wait();
    },
  );
  expect(await all.wait()).toEqual([1, 1]);
  expect(await more.wait()).toBe(1);
});

it('B3, Q2 a wait hears of an end that came while a lost reply held up the events', async () => {
  const queue = throughProxy('held-up');
  const [held, released] = [gate(), gate()];
  const first = defineTask('lost.held', () => held.opened).job();
  const second = defineTask('lost.released', () => released.opened).job();
  const dispatcher = await dispatchers.start('held-up', { size: 2 });
  await queue.put(first);
  // The first wait asks from where on it hears of events, and then who reads them: that is lost.
  const asked = proxy.next(({ command, args: [what] }) => command === 'CLIENT' && isId(what), {
    kind: 'black hole',
  });
  const waiting = first.wait();
  await asked;
  const begun = hasStarted(dispatcher, second);
  await queue.put(second);
  await begun;
  const looked = proxy.next(({ args }) => args.some((arg) => String(arg).includes(second.id)), {
    kind: 'delay',
    ms: 1,
  });
  const late = second.wait({ timeout: 10_000 });
  await looked;
  // Its look has been answered when a later call on the connection is.
  await queue.length();
  released.open();
  await eventually(async () => (await seen(second, 'held-up')).status === 'completed');
  proxy.cut();
  proxy.heal();
  await late;
  held.open();
  await waiting;
});

it('Q1, Q3, B3 a put with a lost reply is not repeated when its job was pulled', async () => {
  const queue = throughProxy('put-and-pulled');
  const job = gives.job();
  const lost = proxy.next('putJobs', { kind: 'lose reply' });
  const repeated = proxy.next('EXISTS', { kind: 'black hole' });
  const putting = queue.put(job);
  await lost;
  await repeated;
  expect((await context.queue('put-and-pulled').pull())?.id).toBe(job.id);
  proxy.heal();
  await putting;
  expect(await queue.length()).toBe(0);
});
