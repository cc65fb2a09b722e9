// Each write of Drover's, with each way in which it can go wrong on its way to Redis and back:
// nothing is lost, nothing is doubled.
import { Queue, type Job } from '@drover/core';
import type { Dispatcher } from '@drover/worker';
import { cleanUpLater } from '../kit/cleanup.js';
import { testContext } from '../kit/context.js';
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
import { changes } from './faulty-changes.js';
import { writes, type Place, type Side, type Write } from './faulty-writes.js';

const context = testContext('faulty-writes');
const { redis, redisUrl, prefix } = context;
const dispatchers = dispatchersIn(context);
const errors: readonly ErrorName[] = ['OOM', 'READONLY', 'LOADING', 'NOREPLICAS', 'TRYAGAIN'];

let proxies: Record<Side, FaultProxy>;
let place: Place;
/** By a scenario. */
const started: Dispatcher[] = [];

beforeAll(async () => {
  const start = (): Promise<FaultProxy> => startFaultProxy(redisUrl);
  proxies = { runner: await start(), stopping: await start(), producer: await start() };
  const throughProxy = (name: string): Queue => {
    const queue = new Queue(name, { connection: proxies.producer.url, prefix });
    cleanUpLater(() => queue.close());
    return queue;
  };
  place = {
    queue: context.queue('q'),
    producer: throughProxy('q'),
    recovered: context.queue('recovered'),
    later: throughProxy('recovered'),
    dispatcher: (side) => {
      const made = dispatchers.make('recovered', { connection: proxies[side].url });
      started.push(made);
      return made;
    },
  };
  await place.queue.quotas.create('one', 1);
  await dispatchers.start('q', { connection: proxies.runner.url, pingInterval: 100 });
});

afterEach(async () => {
  for (const proxy of Object.values(proxies)) proxy.heal();
  await Promise.all(started.splice(0).map((dispatcher) => dispatcher.deactivate()));
});

/** The last events before a scenario. */
const lastEvents = () => Promise.all(['q', 'recovered'].map((name) => lastEvent(context, name)));

/** Nothing is left to be done, and each job has ended once, or so often. */
async function expectAllEnded(
  jobs: readonly Job[],
  [q, recovered]: string[],
  times = 1,
): Promise<void> {
  for (const queue of [place.queue, place.recovered]) {
    const left = (): Promise<number[]> =>
      Promise.all(
        ['active', 'wait', 'waiting-children', 'delayed'].flatMap((list) =>
          ['', '/system'].map(async (lane) => {
            const key = `${prefix}:${queue.name}${lane}:${list}`;
            return list === 'active' || list === 'wait'
              ? await redis.llen(key)
              : await redis.zcard(key);
          }),
        ),
      );
    await eventually(async () => (await left()).every((count) => count === 0));
  }
  const ends = new Map([
    ...(await endsByJob(context, 'q', q)),
    ...(await endsByJob(context, 'recovered', recovered)),
  ]);
  expect(jobs.map(({ id, task }) => [task, ends.get(id)])).toEqual(
    jobs.map(({ task }) => [task, times]),
  );
}

async function disturbed({ side, match, run, ends }: Write, fault: Fault): Promise<void> {
  const before = await lastEvents();
  const happened = proxies[side].next(match, fault);
  await expectAllEnded(await run(place), before, ends);
  await happened;
}

const all: readonly Write[] = [...writes, ...changes];

describe.each(all)('$name', (write) => {
  it('I5, B3 its request is lost', () => disturbed(write, { kind: 'lose request' }));

  it('I5, B3 its reply is lost', () => disturbed(write, { kind: 'lose reply' }));

  // The nightly tests have all of them for each write.
  const some = isNightly ? errors : [errors[all.indexOf(write) % errors.length] as ErrorName];
  it.each(some)('B3 the server answers with an error: %s', (error) =>
    disturbed(write, { kind: 'error', error }),
  );

  if (!write.byText) {
    it('B3 the server has forgotten the script', async () => {
      await write.run(place); // on this connection it is called by its hash from now on
      await disturbed(write, { kind: 'error', error: 'NOSCRIPT' });
    });
  }
});
