// A pack is claimed too late for the cleanup of its dispatcher, or for the slot that asked for it
// (docs/protocol/packs.md). The reconcile pass that opens it goes on with the claims of its parts.
import { defineTask, type Job } from '@drover/core';
import { MAIN_LANE, type ClaimedJob } from '@drover/core/internal';
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { beforeScripts } from '../../../../test/kit/dying-client.js';
import { startFaultProxy } from '../../../../test/kit/fault-proxy.js';
import { upTo } from '../../../../test/kit/noted-tasks.js';
import { packsIn } from '../../../../test/kit/packs.js';
import {
  DispatcherStore,
  newStoredJob,
  type RedisClient,
  type RedisLane,
} from '../../../../test/kit/store.js';
import { Activation, newRun } from '../../src/activation/activation.js';
import { reconcile } from '../../src/recovery/reconcile.js';
import { dispatchersIn } from './dispatchers.js';
import { HOUR, laneStores, playedProcess, recoveryDeps } from './recovery-deps.js';

const context = testContext('packs-late');
const { redis, prefix } = context;
const dispatchers = dispatchersIn(context);
const records = new DispatcherStore(redis, prefix);
const echo = defineTask('packs-late.echo', (value: unknown) => value);

/** A token of an activation whose cleanup is over. */
async function lateToken(queue: string): Promise<string> {
  const uuid = newUuid();
  await records.activate(uuid, playedProcess, HOUR, [queue], undefined);
  await records.beginCleaning(uuid, 1, uuid, HOUR);
  expect(await records.endCleaning(uuid, 1)).toBe(true);
  return `${uuid}:1:7`;
}

interface Scene {
  whole: Job;
  activation: Activation;
  store: RedisLane;
  parts: Job[];
  claimPack(token: string): Promise<ClaimedJob>;
  /** Makes one pass of the activation. Returns the ids of the jobs that it has interrupted. */
  pass(client?: RedisClient): Promise<string[]>;
  /** The number of interrupts of each part. */
  interruptions(): Promise<number[]>;
  /** The numbers of the parts with this status. */
  partsThatAre(status: string): Promise<number[]>;
}

/** A composite of an activation that lives. It waits for its parts, which are in packs. */
async function waiting(queue: string, count: number, inOrder: boolean): Promise<Scene> {
  const activation = new Activation(newUuid(), 1);
  const store = laneStores(redis, prefix, activation.uuid)(queue, MAIN_LANE);
  const whole = await context.queue(queue).put(echo.job('whole') as Job);
  const claim = (await store.claim(activation.newToken())).job as ClaimedJob;
  const parts = upTo(count).map((i) => echo.job(i) as Job);
  const jobs = parts.map((part) => newStoredJob(part));
  await store.schedule(claim, { jobs, inOrder, then: undefined, packed: true }, Date.now());
  await store.suspend(claim, activation);
  const read = async (): Promise<Job[]> =>
    (await Promise.all(parts.map(({ id }) => context.queue(queue).get(id)))) as Job[];
  return {
    whole,
    activation,
    store,
    parts,
    async claimPack(token) {
      const { job } = await store.claim(token, true, true);
      expect(job?.pack).toBeDefined();
      return job as ClaimedJob;
    },
    async pass(client = redis) {
      const interrupted: string[] = [];
      const deps = recoveryDeps(client, prefix, activation.uuid, ({ jobId }) =>
        interrupted.push(jobId),
      );
      await reconcile(deps, activation, [queue]);
      return interrupted;
    },
    interruptions: async () => (await read()).map((part) => part.interruptions),
    async partsThatAre(status) {
      const found = await read();
      return upTo(count).filter((i) => found[i]?.status === status);
    },
  };
}

const idsOf = (parts: readonly Job[]): string[] => parts.map(({ id }) => id).sort();

it.each([
  ['a parallel', 8, false],
  ['a parallel, two packs', 40, false],
  ['a serial', 8, true],
])(
  'I1, I6 one pass interrupts what an ended activation claimed late in packs: %s',
  async (what, count, inOrder) => {
    const queue = what.replace(/\W+/g, '-');
    const scene = await waiting(queue, count, inOrder);
    const { parts, pass, claimPack, store, interruptions } = scene;
    const token = await lateToken(queue);
    for (const [i] of (await packsIn(context, queue)).entries()) {
      const pack = await claimPack(`${token}${i}`);
      if (inOrder) await store.recordStep(pack, 1, '"value"');
    }
    const begun = inOrder ? parts.slice(1, 2) : parts;
    expect((await pass()).sort()).toEqual(idsOf(begun));
    expect(await pass()).toEqual([]);
    expect(await interruptions()).toEqual(parts.map((part) => (begun.includes(part) ? 1 : 0)));
  },
);

it('I1, I7 one pass interrupts the parts of a pack that another process opens meanwhile', async () => {
  const { parts, pass, claimPack } = await waiting('meanwhile', 8, false);
  await claimPack(await lateToken('meanwhile'));
  const part = (await context.queue('meanwhile').get((parts[3] as Job).id)) as Job;
  const client = await beforeScripts(redis, ['interruptActive'], () =>
    part.annotate('opens', true),
  );
  expect((await pass(client)).sort()).toEqual(idsOf(parts));
});

it('B3 the pass that opens a pack of its own puts back the parts that no slot holds', async () => {
  const { activation, pass, claimPack, partsThatAre } = await waiting('own', 8, false);
  const pack = await claimPack(activation.newToken());
  // The request that gave the other parts back is lost.
  activation.begin(newRun(pack.pack?.parts[2] as ClaimedJob, 'own', 'main', () => {}));
  activation.retire(pack.token);
  expect(await pass()).toEqual([]);
  expect(await partsThatAre('active')).toEqual([2]);
  expect(await partsThatAre('pending')).toEqual(upTo(8).filter((i) => i !== 2));
});

it('I1, I6 a dispatcher goes on with a packed serial that was claimed late, after one pass', async () => {
  const { whole, interruptions, claimPack } = await waiting('goes-on', 6, true);
  await claimPack(await lateToken('goes-on'));
  const proxy = await startFaultProxy(context.redisUrl);
  // Its first pass comes after an error, and the second one would come after an hour.
  await dispatchers.start('goes-on', { connection: proxy.url, deathInterval: HOUR });
  const lost = proxy.next('hand', { kind: 'lose reply' });
  await context.queue('goes-on').put(echo.job('lost'));
  await lost;
  expect(await whole.wait({ timeout: 20_000 })).toEqual(upTo(6));
  expect(await interruptions()).toEqual([1, 0, 0, 0, 0, 0]);
});
