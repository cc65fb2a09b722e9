// The contract of packs (C5): a packed part looks to every process like a part that is stored by
// itself, and an opened pack leaves the keys and fields that its parts have without a pack. Not
// compared: the events, BullMQ's counter of ids, and the tokens.
import { defineTask, Queue, type Job } from '@drover/core';
import type { ClaimedJob } from '@drover/core/internal';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { snapshotKeys, type KeySnapshot } from '../../../../test/kit/key-snapshot.js';
import { packsIn } from '../../../../test/kit/packs.js';
import { newStoredJob } from '../../../../test/kit/store.js';
import { playDispatcher, type PlayedDispatcher } from './play-dispatcher.js';

const context = testContext('packs-contract');
const work = defineTask('packs-contract.work', (value: unknown) => value);
const STATUSES = ['new', 'pending', 'active', 'callbacks', 'completed'] as const;

interface Flow {
  inOrder: boolean;
  /** Which of its parts has an option, so that it is in no pack. */
  alone?: number;
  then?: boolean;
}

/** A composite in one state, packed or not. */
interface Scene {
  name: string;
  queue: Queue;
  root: Job;
  parts: Job[];
  then: Job | undefined;
  dispatcher: PlayedDispatcher;
}

const PARTS = 5;

async function schedule(
  name: string,
  { inOrder, alone, then }: Flow,
  packed: boolean,
): Promise<Scene> {
  const queue = new Queue(name, { connection: context.redisUrl, prefix: context.prefix });
  cleanUpLater(() => queue.close());
  const root = await queue.put(work.job('root'));
  const dispatcher = playDispatcher(context, name);
  const claim = await dispatcher.claimNow();
  const parts = Array.from({ length: PARTS }, (_, i) => {
    const part = work.job({ part: i, of: [undefined, 'ä'] }) as Job;
    return i === alone ? part.with({ retryPolicy: 'NeverRetry' }) : part;
  });
  const post = then ? (work.job('then') as Job) : undefined;
  const jobs = parts.map(newStoredJob);
  const flow = { jobs, inOrder, then: post && newStoredJob(post), packed };
  await dispatcher.store.schedule(claim, flow, Date.now());
  await dispatcher.store.suspend(claim, dispatcher.owner);
  return { name, queue, root, parts, then: post, dispatcher };
}

let tokens = 0;

/** Claims up to so many jobs, and a pack as it is. */
async function claimUpTo({ dispatcher }: Scene, count: number): Promise<ClaimedJob[]> {
  const newTokens = Array.from({ length: count }, () => `${dispatcher.uuid}:2:${++tokens}`);
  const hand = { ended: [], back: [], tokens: newTokens, takesPacks: true };
  return (await dispatcher.store.hand(hand)).claimed.flatMap(({ job }) => job ?? []);
}

const valueOf = ({ id }: { id: string }): string => JSON.stringify({ of: id, ä: 1 });

/** Ends claimed jobs, and a claimed pack with the values of its parts that have not ended. */
async function end({ dispatcher }: Scene, claims: readonly ClaimedJob[]): Promise<void> {
  const ended = claims.map(({ id, token, pack }) => ({
    ...{ id, token },
    value: pack ? pack.parts.map(valueOf) : valueOf({ id }),
  }));
  const { ends } = await dispatcher.store.hand({ ended, back: [], tokens: [], takesPacks: true });
  expect(ends).toEqual(ends.map(() => 'stored'));
}

/**
 * Ends so many steps of a serial, which is in one pack or in none.
 * @returns the claim after them: of a step, or of the pack with the steps that are left
 */
async function endSteps(scene: Scene, count: number): Promise<ClaimedJob> {
  let [claim] = (await claimUpTo(scene, 1)) as [ClaimedJob];
  for (let position = 1; position <= count; position++) {
    const { pack } = claim;
    if (pack) {
      const [step, ...parts] = pack.parts as [ClaimedJob, ...ClaimedJob[]];
      await scene.dispatcher.store.recordStep(claim, position, valueOf(step));
      claim = { ...claim, pack: { ...pack, parts } };
    } else {
      await end(scene, [claim]);
      [claim] = (await claimUpTo(scene, 1)) as [ClaimedJob];
    }
  }
  return claim;
}

/** Brings a scheduled composite into a state. */
type Bring = (scene: Scene) => Promise<void>;

const sideBySide: Record<string, Bring> = {
  pending: async () => {},
  active: async (scene) => void (await claimUpTo(scene, PARTS)),
  'given back': async (scene) => {
    const claims = await claimUpTo(scene, PARTS);
    await scene.dispatcher.store.hand({ ended: [], back: claims, tokens: [], takesPacks: true });
  },
  completed: async (scene) => await end(scene, await claimUpTo(scene, PARTS)),
};
const inOrder: Record<string, Bring> = {
  pending: async () => {},
  'active with its first step': async (scene) => void (await endSteps(scene, 0)),
  'active with its third step': async (scene) => void (await endSteps(scene, 2)),
  'active with its last step': async (scene) => void (await endSteps(scene, PARTS - 1)),
  'given back before its third step': async (scene) => {
    const claim = await endSteps(scene, 2);
    const { store } = scene.dispatcher;
    if (claim.pack) await store.putBack(claim);
    else await store.hand({ ended: [], back: [claim], tokens: [], takesPacks: true });
  },
  completed: async (scene) => await end(scene, [await endSteps(scene, PARTS - 1)]),
};

const jobsOf = ({ root, parts, then }: Scene): Job[] => [root, ...parts, ...(then ? [then] : [])];

/** The facts that the handles of all jobs show. */
async function shown(scene: Scene): Promise<unknown> {
  const jobs = [];
  for (const { id } of jobsOf(scene)) {
    const job = (await scene.queue.get(id)) as Job;
    const { status, task, args, interruptions, options } = job;
    const isClaimed = job.dispatcher === scene.dispatcher.uuid;
    const result = job.result === undefined ? 'none' : (job.result as { of: string }).of === id;
    jobs.push({ status, task, args, interruptions, options, isClaimed, result });
  }
  return jobs;
}

/** The length of the queue, and its jobs in each status, by their numbers. */
async function listed(scene: Scene): Promise<unknown> {
  const ids = jobsOf(scene).map(({ id }) => id);
  const lists = [];
  for (const status of STATUSES) {
    const numbers = (await scene.queue.jobs({ status })).map(({ id }) => ids.indexOf(id));
    // Pending jobs have an order (Q1).
    lists.push([status, status === 'pending' ? numbers : numbers.sort((a, b) => a - b)]);
  }
  return { length: await scene.queue.length(), lists };
}

async function keysOf(scene: Scene, callbacks: readonly Job[]): Promise<KeySnapshot> {
  const { root, parts, then, dispatcher, name } = scene;
  const names: Record<string, string> = { [dispatcher.uuid]: 'dispatcher', [root.id]: 'root' };
  for (const [i, { id }] of parts.entries()) names[id] = `part ${i}`;
  for (const [i, { id }] of callbacks.entries()) names[id] = `callback ${i}`;
  if (then) names[then.id] = 'then';
  const found = await snapshotKeys(context.redis, `${context.prefix}:${name}`, { names });
  for (const key of ['events', 'id', 'meta']) delete found[key];
  for (const [key, entry] of Object.entries(found))
    if (key.endsWith(':lock')) entry.content = 'a token';
  return found;
}

const cases = [
  ...Object.entries(sideBySide).map(([what, bring]) => ({ kind: 'parallel', what, bring })),
  ...Object.entries(inOrder).map(([what, bring]) => ({ kind: 'serial', what, bring })),
].flatMap((one) => [
  { ...one, flow: {} as Pick<Flow, 'alone' | 'then'> },
  { ...one, what: `${one.what}, with a postprocess`, flow: { then: true } },
]);
const mixed = [
  { kind: 'parallel', what: 'with a part alone in the middle', flow: { alone: 2, then: true } },
  { kind: 'serial', what: 'with a step alone at first', flow: { alone: 0 } },
  { kind: 'serial', what: 'with a step alone at last', flow: { alone: 4, then: true } },
  { kind: 'serial', what: 'with a step alone in the middle', flow: { alone: 2, then: true } },
].map((one) => ({ ...one, bring: async () => {}, flow: one.flow as Pick<Flow, 'alone' | 'then'> }));

describe.each([...cases, ...mixed])('$kind $what', ({ kind, what, bring, flow }) => {
  const name = `${kind} ${what}`.replace(/\W+/g, '-');
  /** The composite packed, and not packed, in the state. */
  const both = async (test: string): Promise<[packed: Scene, plain: Scene]> => {
    const of = { inOrder: kind === 'serial', ...flow };
    const packed = await schedule(`${name}-packed-${test}`, of, true);
    const plain = await schedule(`${name}-plain-${test}`, of, false);
    for (const scene of [packed, plain]) await bring(scene);
    expect((await packsIn(context, packed.name)).length).toBeGreaterThan(0);
    expect(await packsIn(context, plain.name)).toEqual([]);
    return [packed, plain];
  };

  it('C5 its handles show what they show without a pack, and reads open none', async () => {
    const [packed, plain] = await both('read');
    const packs = await packsIn(context, packed.name);
    expect(await shown(packed)).toEqual(await shown(plain));
    expect(await packsIn(context, packed.name)).toEqual(packs);
  });

  it('C5 its queue lists and counts its parts, and opens no pack', async () => {
    const [packed, plain] = await both('list');
    const packs = await packsIn(context, packed.name);
    expect(await listed(packed)).toEqual(await listed(plain));
    expect(await packsIn(context, packed.name)).toEqual(packs);
  });

  it('C5 an opened pack leaves the keys that its parts have without a pack', async () => {
    const [packed, plain] = await both('keys');
    const keys = [];
    for (const scene of [packed, plain]) {
      const callbacks: Job[] = [];
      // A part of each pack gets one.
      for (const i of flow.alone === 2 ? [1, 3] : [3]) {
        const part = (await scene.queue.get((scene.parts[i] as Job).id)) as Job;
        callbacks.push(await part.addCallback(work.job(`callback of ${i}`) as Job));
      }
      keys.push(await keysOf(scene, callbacks));
    }
    expect(await packsIn(context, packed.name)).toEqual([]);
    expect(keys[0]).toEqual(keys[1]);
    expect(await shown(packed)).toEqual(await shown(plain));
    expect(await listed(packed)).toEqual(await listed(plain));
  });
});
