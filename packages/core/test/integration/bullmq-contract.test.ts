// The contract with BullMQ's keys: Drover's scripts leave the same keys as BullMQ's own
// FlowProducer and Worker. Not compared: Drover's own fields and events, BullMQ's counter of ids,
// and the stored options.
import { defineTask, Queue, type Job } from '@drover/core';
import { MAIN_LANE } from '@drover/core/internal';
import {
  assertBullMqVersion,
  LaneKeys,
  newStoredJob,
  RedisLane,
} from '../../../../test/kit/store.js';
import { FlowProducer, Job as BullJob, Worker, type FlowJob } from 'bullmq';
import { createRequire } from 'node:module';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { testContext } from '../../../../test/kit/context.js';
import { snapshotKeys, type KeySnapshot } from '../../../../test/kit/key-snapshot.js';
import { playDispatcher, type PlayedDispatcher } from './play-dispatcher.js';

const context = testContext('bullmq-contract');
const flows = new FlowProducer({ connection: { url: context.redisUrl }, prefix: context.prefix });
cleanUpLater(() => flows.close());
const work = defineTask('contract.work', (value: unknown) => value);
const OWN_FIELDS = ['manifest', 'scheduledChunks', 'joined', 'waitingOwner', 'opts'];
const DELAY = 60_000;

/** A job of the flow, with its `delay` in ms. */
interface Shape {
  name: string;
  delay?: number;
}

interface Flow {
  jobs: Shape[];
  inOrder: boolean;
  then?: Shape;
}

const flowsToCompare: Record<string, Flow> = {
  'children side by side': { jobs: [{ name: 'a' }, { name: 'b' }, { name: 'c' }], inOrder: false },
  'children side by side below another job': {
    jobs: [{ name: 'a' }, { name: 'b' }],
    inOrder: false,
    then: { name: 'then' },
  },
  'a chain': { jobs: [{ name: 'a' }, { name: 'b' }, { name: 'c' }], inOrder: true },
  'a chain below another job': {
    jobs: [{ name: 'a' }, { name: 'b' }, { name: 'c' }],
    inOrder: true,
    then: { name: 'then' },
  },
  'a delayed child': {
    jobs: [{ name: 'a', delay: DELAY }, { name: 'b' }],
    inOrder: false,
    then: { name: 'then' },
  },
  'a chain that begins later': {
    jobs: [{ name: 'a', delay: DELAY }, { name: 'b' }],
    inOrder: true,
  },
  'a job without children': { jobs: [], inOrder: false, then: { name: 'then' } },
};

interface Made {
  root: Job;
  byName: Map<string, Job>;
}

/** The jobs of a flow, new, and their root, which is claimed. */
async function make(
  queueName: string,
  { jobs, then }: Flow,
): Promise<Made & { dispatcher: PlayedDispatcher }> {
  const queue = new Queue(queueName, { connection: context.redisUrl, prefix: context.prefix });
  cleanUpLater(() => queue.close());
  const root = await queue.put(work.job('root'));
  const byName = new Map(
    [...jobs, ...(then ? [then] : [])].map(({ name }) => [name, work.job(name)]),
  );
  return { root, byName, dispatcher: playDispatcher(context, queueName) };
}

async function snapshot(
  queueName: string,
  { root, byName }: Made,
  uuid: string,
): Promise<KeySnapshot> {
  const names = Object.fromEntries(
    [['root', root] as const, ...byName].map(([name, { id }]) => [id, name]),
  );
  const base = `${context.prefix}:${queueName}`;
  const found = await snapshotKeys(context.redis, base, {
    names: { ...names, [uuid]: 'dispatcher' },
    without: OWN_FIELDS,
  });
  for (const { content } of Object.values(found)) withoutOwnTraits(content as { parent?: string });
  delete found['id'];
  const { events } = found;
  if (events)
    events.content = (events.content as string[]).filter(
      (event) => !event.startsWith('event added'),
    );
  return found;
}

/** Removes Drover's addition to the field `parent`. */
function withoutOwnTraits(content: { parent?: string }): void {
  if (content.parent !== undefined) content.parent = content.parent.replace(/,"of":"[^"]*"/, '');
}

async function byDrover(queueName: string, flow: Flow): Promise<KeySnapshot> {
  const made = await make(queueName, flow);
  const claim = await made.dispatcher.claimNow();
  const now = Date.now();
  const stored = ({ name, delay = 0 }: Shape) => {
    const job = newStoredJob(made.byName.get(name) as Job);
    return delay > 0 ? { ...job, options: { beginAfter: now + delay } } : job;
  };
  const schedule = {
    jobs: flow.jobs.map(stored),
    inOrder: flow.inOrder,
    then: flow.then && stored(flow.then),
  };
  await made.dispatcher.store.schedule(claim, schedule, now);
  return await snapshot(queueName, made, made.dispatcher.uuid);
}

async function byBullMq(queueName: string, { jobs, inOrder, then }: Flow): Promise<KeySnapshot> {
  const made = await make(queueName, { jobs, inOrder, ...(then && { then }) });
  const { id: rootId } = await made.dispatcher.claimNow();
  const node = ({ name, delay }: Shape, children: FlowJob[] = []): FlowJob => ({
    name: work.name,
    queueName,
    data: [name],
    opts: {
      jobId: made.byName.get(name)?.id as string,
      ignoreDependencyOnFailure: true,
      ...(delay && { delay }),
    },
    children,
  });
  const chain = jobs.reduce<FlowJob[]>((below, shape) => [node(shape, below)], []);
  const below = inOrder ? chain : jobs.map((shape) => node(shape));
  for (const top of then ? [node(then, below)] : below) {
    await flows.add({
      ...top,
      opts: { ...top.opts, parent: { id: rootId, queue: `${context.prefix}:${queueName}` } },
    });
  }
  return await snapshot(queueName, made, made.dispatcher.uuid);
}

it.each(Object.entries(flowsToCompare))(
  'C5 %s: the keys, types and fields equal those of a BullMQ flow',
  async (what, flow) => {
    const name = what.replace(/ /g, '-');
    const ours = await byDrover(`drover-${name}`, flow);
    const theirs = await byBullMq(`bullmq-${name}`, flow);
    expect(ours).toEqual(theirs);
    expect(Object.keys(ours)).toEqual(
      expect.arrayContaining(['<root>', '<root>:dependencies', '<root>:lock', 'active', 'events']),
    );
  },
);

/** Completes jobs one after another; the last finish claims no next job. */
async function completeAll(
  queueName: string,
  complete: (uuid: string, dispatcher: PlayedDispatcher) => Promise<void>,
): Promise<KeySnapshot> {
  const queue = new Queue(queueName, { connection: context.redisUrl, prefix: context.prefix });
  cleanUpLater(() => queue.close());
  const jobs = await queue.putAll(['a', 'b', 'c'].map((name) => work.job(name)));
  const dispatcher = playDispatcher(context, queueName);
  await complete(dispatcher.uuid, dispatcher);
  const names = Object.fromEntries(jobs.map(({ id }, i) => [id, `job ${i}`]));
  const found = await snapshotKeys(context.redis, `${context.prefix}:${queueName}`, {
    names: { ...names, [dispatcher.uuid]: 'dispatcher' },
  });
  // BullMQ leaves the marker of an empty lane, which wakes a worker in vain.
  expect((found['marker']?.content ?? {}) as object).not.toHaveProperty('1');
  delete found['marker'];
  const events = found['events']?.content as string[];
  // A hand of two claims the second job before the first one ends. The end of a job carries more
  // than BullMQ's.
  Object.assign(found['events'] ?? {}, {
    content: events.map((event) => event.replace(/ pb <dispatcher> ats 1$/, '')).sort(),
  });
  return found;
}

/** Completes the jobs in hands of one, or of two. */
const inHands = async (size: number, { claimNow, completeAndClaim }: PlayedDispatcher) => {
  let hand = [await claimNow()];
  const values = ['A', 'B', 'C'];
  while (hand.length > 0) {
    const ended = hand.map((claim): [typeof claim, unknown] => [claim, values.shift()]);
    const { ends, claimed } = await completeAndClaim(ended, Math.min(size, values.length));
    expect(new Set(ends)).toEqual(new Set(['stored']));
    hand = claimed.flatMap(({ job }) => job ?? []);
  }
};

it.each([1, 2])('jobs completed in hands of %i leave the keys that BullMQ leaves', async (size) => {
  const ours = await completeAll(`drover-completes-${size}`, async (_, dispatcher) =>
    inHands(size, dispatcher),
  );
  const theirs = await completeAll(`bullmq-completes-${size}`, async (uuid) => {
    const worker = new Worker(`bullmq-completes-${size}`, null, {
      connection: { url: context.redisUrl },
      prefix: context.prefix,
      name: uuid,
    });
    cleanUpLater(() => worker.close());
    const token = `${uuid}:1:1`;
    const complete = async (job: BullJob, value: string): Promise<BullJob> => {
      const [data, id] = (await job.moveToCompleted(value, token, true)) as [never, string];
      return BullJob.fromJSON(worker, data, id);
    };
    const first = (await worker.getNextJob(token)) as BullJob;
    const third = await complete(await complete(first, 'A'), 'B');
    await third.moveToCompleted('C', token, false);
  });
  expect(ours).toEqual(theirs);
});

/** A flow of BullMQ's, whose children end one after another; in `flow`, the parent's queue. */
async function endChildren(
  name: string,
  end: (queueName: string, values: readonly string[]) => Promise<void>,
): Promise<KeySnapshot> {
  const id = (what: string) => `${name}-${what}`;
  const opts = { ignoreDependencyOnFailure: true };
  await flows.add({
    ...{ name: work.name, queueName: `${name}-flow`, data: [], opts: { jobId: id('parent') } },
    children: ['a', 'b'].map((child) => ({
      ...{ name: work.name, queueName: `${name}-flow`, data: [child] },
      opts: { ...opts, jobId: id(child) },
    })),
  });
  await end(`${name}-flow`, ['1', '2']);
  const names = Object.fromEntries(['parent', 'a', 'b'].map((what) => [id(what), what]));
  const found = await snapshotKeys(context.redis, `${context.prefix}:${name}-flow`, {
    names: { ...names, [`${name}-worker`]: 'dispatcher' },
  });
  (found['events']?.content as string[]).sort();
  return found;
}

it('C5 children that end in a hand wake their parent as BullMQ does', async () => {
  const ours = await endChildren('drover-children', async (queueName) => {
    const keys = new LaneKeys(context.prefix, queueName, MAIN_LANE);
    const store = new RedisLane(context.redis, keys, 'drover-children-worker');
    const { claimed } = await store.hand({ ended: [], back: [], tokens: ['t:1:1', 't:1:2'] });
    const ended = claimed.flatMap(({ job }, i) => (job ? { ...job, value: `${i + 1}` } : []));
    expect(ended).toHaveLength(2);
    expect((await store.hand({ ended, back: [], tokens: [] })).ends).toEqual(['stored', 'stored']);
  });
  const theirs = await endChildren('bullmq-children', async (queueName, values) => {
    const worker = new Worker(queueName, null, {
      ...{ connection: { url: context.redisUrl }, prefix: context.prefix },
      name: 'bullmq-children-worker',
    });
    cleanUpLater(() => worker.close());
    const jobs = [(await worker.getNextJob('t:1:1')) as BullJob];
    jobs.push((await worker.getNextJob('t:1:2')) as BullJob);
    for (const [i, job] of jobs.entries())
      await job.moveToCompleted(JSON.parse(values[i] as string), `t:1:${i + 1}`, false);
  });
  // Drover adds when the turn of the parent came (D11).
  expect(ours['<parent>']?.content).toHaveProperty('turnAt');
  delete (ours['<parent>']?.content as { turnAt?: string }).turnAt;
  expect(ours).toEqual(theirs);
  expect(ours['wait']?.content).toEqual(['<parent>']);
});

it('the contract holds for the installed version of BullMQ', () => {
  expect(createRequire(import.meta.url)('bullmq/package.json')).toMatchObject({ version: '6.7.0' });
  expect(assertBullMqVersion).not.toThrow();
});
