// Each side does in one process what it is measured at in two, on a real Redis: every job runs
// exactly once, and each result is the right one.
import { Queue, QueueEvents } from 'bullmq';
import { cleanUpLater } from '../../../test/kit/cleanup.js';
import { testContext } from '../../../test/kit/context.js';
import { sidesOf } from '../../scenarios/composite.js';
import { PLAIN_SIDES } from '../../scenarios/plain.js';
import { sides } from '../../sides/index.js';
import { rawSettings } from '../../sides/raw/settings.js';
import { inGroups, QUEUE, sideNames, sumOf, type Producer, type Worker } from '../../sides/side.js';
import { CHAIN, type Chain } from '../../sides/step-job/chain.js';
import { Workload } from '../../workload.js';

const { redisUrl: url, prefix } = testContext('bench-sides');

describe.each(sideNames)('%s', (name) => {
  const workload = new Workload();
  let worker: Worker;
  let producer: Producer;
  beforeAll(async () => {
    const place = { url, prefix: `${prefix}:${name}` };
    worker = await sides[name].worker({ ...place, concurrency: 4, workload });
    await worker.start();
    producer = await sides[name].producer(place);
  });
  afterAll(async () => {
    await producer.close();
    await worker.close();
  });

  if (PLAIN_SIDES.includes(name)) {
    it('runs plain jobs', async () => {
      workload.expect(20);
      await producer.putAll?.(inGroups(20, 1)[0] as number[]);
      await workload.untilCompleted();
      workload.check();
    });

    it('gives the result of one job after another', async () => {
      workload.expect(2);
      expect(await producer.roundTrip?.(0)).toBe(0);
      expect(await producer.roundTrip?.(1)).toBe(1);
      workload.check();
    });
  }

  for (const kind of ['parallel', 'serial'] as const) {
    if (!sidesOf[kind].includes(name)) continue;
    it(`runs ${kind} composites, and their postprocess`, async () => {
      const groups = inGroups(12, 3);
      workload.expect(12);
      const expected = { parallel: groups.map(sumOf), serial: groups.map((all) => all.at(-1)) };
      expect(await producer[kind]?.(groups)).toEqual(expected[kind]);
      workload.check();
    });
  }
});

test('a step job that runs again goes on after the last step that was saved', async () => {
  const place = { url, prefix: `${prefix}:again` };
  const settings = rawSettings(place);
  const queue = new Queue<Chain>(QUEUE, settings);
  const events = new QueueEvents(QUEUE, settings);
  cleanUpLater(async () => void (await Promise.all([queue.close(), events.close()])));
  const workload = new Workload();
  workload.expect(4);
  await workload.run(0);
  await workload.run(1);
  const job = await queue.add(CHAIN, { next: 2, end: 4, value: 1 });
  await events.waitUntilReady();
  const worker = await sides['step-job'].worker({ ...place, concurrency: 1, workload });
  cleanUpLater(() => worker.close());
  await worker.start();
  expect(await job.waitUntilFinished(events)).toBe(3);
  // It is claimed with all steps saved: only its end was missing.
  const ended = await queue.add(CHAIN, { next: 4, end: 4, value: 3 });
  expect(await ended.waitUntilFinished(events)).toBe(3);
  workload.check();
});
