// Lost replies to a dispatcher: the outcome of each run is stored once (B3, I5).
import type { JobEvent } from '@drover/worker';
import { CancelledError, defineTask, Failure, joinJobs, type Job } from '@drover/core';
import { DispatcherKeys, LaneKeys, RedisLane } from '../../../../test/kit/store.js';
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { startFaultProxy, type FaultProxy } from '../../../../test/kit/fault-proxy.js';
import { eventually } from '../../../../test/kit/wait.js';
import { collect, dispatchersIn } from './dispatchers.js';
import { gate } from '../../../../test/kit/gate.js';
import { runs, counted, fails, gives, disturbed } from './counted-tasks.js';

const context = testContext('lost-replies-of-runs');
const dispatchers = dispatchersIn(context);

let proxy: FaultProxy;
beforeAll(async () => void (proxy = await startFaultProxy(context.redisUrl)));

it('J5, I5, B3 a suspended job that was woken early does not count as reassigned', async () => {
  const name = 'suspended';
  const waits = defineTask('lost.waits', () => gives.job().with({ lane: 'other' }));
  const job = await context.queue(name).put(waits.job());
  const dispatcher = dispatchers.make(name, { connection: proxy.url });
  const reassigned = collect(dispatcher, 'reassigned');
  await disturbed(
    proxy,
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
    const store = new RedisLane(context.redis, keysOf(name), newUuid());
    const failure = Failure.from(new CancelledError('away'));
    await store.fail({ id, token }, failure, { uuid: newUuid(), epoch: 1 }, { stopsNone: true });
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
        proxy,
        ['hand', 'finish'],
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
