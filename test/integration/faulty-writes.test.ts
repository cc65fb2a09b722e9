// Each write of Drover's goes wrong in each way on its way to Redis and back: no job is lost, and
// no job ends twice. The tests run side by side, each in a site of its own.
import { Dispatchers, Queue, type Job } from '@drover/core';
import type { Dispatcher } from '@drover/worker';
import { cleanUpLater } from '../kit/cleanup.js';
import { testContext, type TestContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';
import { endsByJob, lastEvent } from '../kit/events.js';
import {
  startFaultProxy,
  type ErrorName,
  type Fault,
  type FaultProxy,
} from '../kit/fault-proxy.js';
import { isNightly } from '../kit/nightly.js';
import { eventually } from '../kit/wait.js';
import type { Place, Side, Write } from './faulty-scene.js';
import { writes } from './faulty-writes.js';

const QUEUES = ['q', 'recovered'];
const errors: readonly ErrorName[] = ['OOM', 'READONLY', 'LOADING', 'NOREPLICAS', 'TRYAGAIN'];

/** Queues under a prefix of their own, with proxies: one test at a time uses it. */
interface Site {
  context: TestContext;
  place: Place;
  proxies: Record<Side, FaultProxy>;
  /** The dispatchers that the scenario has made. */
  started: Dispatcher[];
}

let sites = 0;
const free: Site[] = [];

async function openSite(): Promise<Site> {
  const context = testContext(`faulty-writes-${++sites}`);
  const { redisUrl, prefix } = context;
  const dispatchers = dispatchersIn(context);
  const start = (): Promise<FaultProxy> => startFaultProxy(redisUrl);
  const proxies = { runner: await start(), stopping: await start(), producer: await start() };
  const throughProxy = (name: string): Queue => {
    const queue = new Queue(name, { connection: proxies.producer.url, prefix });
    cleanUpLater(() => queue.close());
    return queue;
  };
  const fleet = new Dispatchers({ connection: proxies.producer.url, prefix });
  cleanUpLater(() => fleet.close());
  const started: Dispatcher[] = [];
  const place: Place = {
    queue: context.queue('q'),
    producer: throughProxy('q'),
    recovered: context.queue('recovered'),
    later: throughProxy('recovered'),
    fleet,
    dispatcher: (side) => {
      const made = dispatchers.make('recovered', { connection: proxies[side].url });
      started.push(made);
      return made;
    },
  };
  await place.queue.quotas.create('one', 1);
  await place.queue.quotas.create('team', 1, { keyed: true });
  await place.queue.rateLimits.create('many', { max: 100, duration: 60_000 });
  await dispatchers.start('q', { connection: proxies.runner.url, pingInterval: 100 });
  return { context, place, proxies, started };
}

/** Gives a site that no other test uses, and clears it. Hooks do not run for concurrent tests. */
async function inSite(test: (site: Site) => Promise<void>): Promise<void> {
  const site = free.pop() ?? (await openSite());
  try {
    await test(site);
  } finally {
    for (const proxy of Object.values(site.proxies)) proxy.heal();
    await Promise.all(site.started.splice(0).map((dispatcher) => dispatcher.deactivate()));
  }
  free.push(site);
}

/** Expects that no job is left to run, and that each of these has ended so often. */
async function expectAllEnded(
  context: TestContext,
  jobs: readonly Job[],
  before: readonly string[],
  times = 1,
): Promise<void> {
  const { redis, prefix } = context;
  const lists = QUEUES.flatMap((queue) =>
    ['', '/system'].flatMap((lane) =>
      ['active', 'wait', 'waiting-children', 'delayed'].map((list) => ({
        list,
        key: `${prefix}:${queue}${lane}:${list}`,
      })),
    ),
  );
  const left = (): Promise<number[]> =>
    Promise.all(
      lists.map(({ list, key }) =>
        list === 'active' || list === 'wait' ? redis.llen(key) : redis.zcard(key),
      ),
    );
  await eventually(async () => (await left()).every((count) => count === 0));
  const ends = await Promise.all(QUEUES.map((queue, i) => endsByJob(context, queue, before[i])));
  const endsOf = (id: string) => ends.map((byJob) => byJob.get(id)).find((count) => count);
  expect(jobs.map(({ id, task }) => [task, endsOf(id)])).toEqual(
    jobs.map(({ task }) => [task, times]),
  );
}

async function disturb(site: Site, write: Write, fault: Fault): Promise<void> {
  const { context, place, proxies } = site;
  const { side, match, run, ends } = write;
  const before = await Promise.all(QUEUES.map((queue) => lastEvent(context, queue)));
  const happened = proxies[side].next(match, fault);
  await expectAllEnded(context, await run(place), before, ends);
  await happened;
}

const disturbed = (write: Write, fault: Fault) =>
  inSite(async (site) => await disturb(site, write, fault));

// The proxies import names of scripts, which Jest forbids while tests run side by side.
beforeAll(async () => void free.push(await openSite()));

it.concurrent.each(writes)('I5, B3 $name takes effect once when its request is lost', (write) =>
  disturbed(write, { kind: 'lose request' }),
);

it.concurrent.each(writes)('I5, B3 $name takes effect once when its reply is lost', (write) =>
  disturbed(write, { kind: 'lose reply' }),
);

/** Each write with one of the errors; in the nightly tests with all of them. */
const refused = writes.flatMap((write, i) =>
  errors
    .filter((_, which) => isNightly || which === i % errors.length)
    .map((error) => ({ ...write, error })),
);
it.concurrent.each(refused)('B3 $name takes effect once when Redis answers $error', (write) =>
  disturbed(write, { kind: 'error', error: write.error }),
);

it.concurrent.each(writes.filter(({ byText }) => !byText))(
  'B3 $name takes effect once when Redis has forgotten its script',
  (write) =>
    inSite(async (site) => {
      await write.run(site.place); // From now on this connection calls the script by its hash.
      await disturb(site, write, { kind: 'error', error: 'NOSCRIPT' });
    }),
);
