// A call whose reply is lost while the job goes on reports its true outcome, and is done once (B3).
import { parallel } from '@drover/composite';
import type { JobEvent } from '@drover/worker';
import {
  CancelledError,
  defineTask,
  Failure,
  joinJobs,
  local,
  Queue,
  type Job,
} from '@drover/core';
import { DispatcherKeys, LaneKeys, LaneStore } from '../../../../test/kit/store.js';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { startFaultProxy, type FaultProxy } from '../../../../test/kit/fault-proxy.js';
import { eventually } from '../../../../test/kit/wait.js';
import { collect, dispatchersIn } from './dispatchers.js';
import { gate } from '../../../../test/kit/gate.js';

const context = testContext('lost-replies');
const dispatchers = dispatchersIn(context);
/** The number of runs of each job, by id. */
const runs = new Map<string, number>();
const counted = (): number => {
  const { id } = local.getJob();
  runs.set(id, (runs.get(id) ?? 0) + 1);
  return runs.get(id) as number;
};
const failsOnce = defineTask('lost.failsOnce', () => {
  if (counted() === 1) throw new RangeError('as told');
  return 'again';
});
const fails = defineTask('lost.fails', (): never => {
  throw new RangeError(`run ${counted()}`);
});
const gives = defineTask('lost.gives', () => counted());

let proxy: FaultProxy;
beforeAll(async () => void (proxy = await startFaultProxy(context.redisUrl)));

/** A queue whose requests go through the proxy. */
function throughProxy(name: string): Queue {
  const queue = new Queue(name, { connection: proxy.url, prefix: context.prefix });
  cleanUpLater(() => queue.close());
  return queue;
}

/** The job as another process reads it. */
const seen = async ({ id }: Job, queue: string): Promise<Job> =>
  (await context.queue(queue).get(id)) as Job;

/**
 * Calls, and loses the reply or the request; the repeated request waits at the proxy until
 * `meanwhile` has ended.
 */
async function disturbed(
  script: string,
  kind: 'lose reply' | 'lose request',
  call: () => Promise<unknown>,
  meanwhile: () => Promise<unknown>,
): Promise<void> {
  const lost = proxy.next(script, { kind });
  const repeated = proxy.next(script, { kind: 'black hole' });
  const calling = call();
  calling.catch(() => {});
  await lost;
  await repeated;
  await meanwhile();
  proxy.heal();
  await calling;
}

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
  const isClaimed = async () => (await seen(job, 'updated')).status === 'active';
  await disturbed(
    'updateArgs',
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
    const store = new LaneStore(
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

it('J5, I5, B3 a suspended job that was woken early does not count as reassigned', async () => {
  const name = 'suspended';
  const waits = defineTask('lost.waits', () => gives.job().with({ lane: 'other' }));
  const job = await context.queue(name).put(waits.job());
  const dispatcher = dispatchers.make(name, { connection: proxy.url });
  const reassigned = collect(dispatcher, 'reassigned');
  await disturbed(
    'suspend',
    'lose reply',
    () => dispatcher.activate(),
    async () => {
      await dispatchers.start(name, { queues: { [name]: { other: { lanes: ['other'] } } } });
      await eventually(
        async () => (await context.redis.llen(`${context.prefix}:${name}:wait`)) === 1,
      );
    },
  );
  expect(await job.wait()).toBe(1);
  expect(reassigned).toEqual([]);
});

it('J7, I2, B3 a job whose callbacks run after a lost reply is still owned', async () => {
  const name = 'in-callbacks';
  const { open, opened } = gate();
  const goesOn = defineTask('lost.goesOn', () => fails.job());
  const job = goesOn.job();
  await job.addCallback(defineTask('lost.callback', () => opened).job());
  const dispatcher = dispatchers.make(name, { connection: proxy.url });
  const collected = collect(dispatcher, 'failed');
  const lost = new Promise<void>((resolve) => {
    // The failure of the returned job comes first.
    dispatcher.once(
      'failed',
      () => void proxy.next('finish', { kind: 'lose reply' }).then(resolve),
    );
  });
  await dispatcher.activate();
  await context.queue(name).put(job);
  await lost;
  await eventually(() => collected.length === 2);
  // All requests that were sent before are done.
  await (await context.queue(name).put(gives.job())).wait();
  const owned = new DispatcherKeys(context.prefix).owned(dispatcher.uuid);
  expect(await context.redis.zcard(owned)).toBe(1);
  open();
  await job.wait().catch(() => {});
});

describe('I5, O1, O3, B3 a result that never arrived, of a cancelled and retried job', () => {
  const keysOf = (name: string) => new LaneKeys(context.prefix, name, 'main');
  /**
   * Ends a cancelled job as its drover.cancel job does, since the dispatcher that would run that
   * job is cut off.
   */
  async function endCancelled(name: string, id: string, token: string): Promise<void> {
    const store = new LaneStore(context.redis, keysOf(name), newUuid());
    const failure = Failure.from(new CancelledError('away'));
    await store.fail(
      { id, token },
      failure,
      { uuid: newUuid(), epoch: 1 },
      { claimNext: false, stopsNone: true },
    );
  }

  it.each(['alone', 'with its dependent'])(
    'is not reported as its own: cancelled %s',
    async (how) => {
      const name = `lost-${how.length}`;
      const queue = context.queue(name);
      const finish = gate();
      const gated = defineTask(`lost.gated ${how}`, async () => {
        const run = counted();
        if (run === 1) await finish.opened;
        return run;
      });
      const job = gated.job();
      const joins = defineTask(`lost.joins ${how}`, (part: Job) => joinJobs([part]));
      const top = how === 'alone' ? job : joins.job(job);
      const dispatcher = dispatchers.make(name, { connection: proxy.url });
      const said: string[] = [];
      for (const event of ['completed', 'failed', 'reassigned'] as const) {
        dispatcher.on(event as 'completed', ({ job: { id }, fence }: JobEvent) => {
          if (id === job.id) said.push(`${event} ${fence}`);
        });
      }
      await dispatcher.activate();
      await queue.put(top as Job<unknown, []>);
      await eventually(() => runs.get(job.id));
      const waits = () =>
        context.redis.zscore(`${context.prefix}:${name}:waiting-children`, top.id);
      if (top !== job) await eventually(waits);
      await disturbed(
        'finish',
        'lose request',
        async () => finish.open(),
        async () => {
          await queue.get(top.id).then((found) => found?.cancel('away'));
          const token = (await context.redis.get(keysOf(name).lock(top.id))) as string;
          for (const { id } of new Set([job, top])) await endCancelled(name, id, token);
          await queue.get(top.id).then((found) => found?.retry());
        },
      );
      expect(await top.wait()).toEqual(top === job ? 2 : [2]);
      await eventually(() => said.length > 1);
      expect(said.sort()).toEqual(['completed 2', 'reassigned 1']);
    },
  );
});
