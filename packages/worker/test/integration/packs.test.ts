// A slot runs the parts of a pack (docs/protocol/packs.md). These tests are about the events of its
// dispatcher, about slots and lanes that are shared with other jobs, and about a stop.
import { defineTask, local, type Job } from '@drover/core';
import { parallel, serial, type Composite } from '@drover/composite';
import type { Dispatcher } from '@drover/worker';
import { testContext } from '../../../../test/kit/context.js';
import { aborted, gatesByName } from '../../../../test/kit/gate.js';
import { note, PATIENCE, ran, short, shorts, upTo } from '../../../../test/kit/noted-tasks.js';
import { packClaims, packsIn } from '../../../../test/kit/packs.js';
import { eventually } from '../../../../test/kit/wait.js';
import { collect, dispatchersIn } from './dispatchers.js';

const context = testContext('worker-packs');
const dispatchers = dispatchersIn(context);
const gateOf = gatesByName();
const fails = defineTask('worker-packs.fails', (of: string, value: unknown) => {
  throw new RangeError(String(note(of, value)));
});
const held = defineTask('worker-packs.held', async (of: string, value: unknown) => {
  note(of, value);
  await gateOf(of).opened;
  return value;
});
const pausesOnce = defineTask('worker-packs.pausesOnce', async (of: string, value: unknown) => {
  note(of, value);
  return local.fence > 1 ? value : await aborted(local.signal);
});
const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Puts a composite. Short jobs come before its packs in the lane, so that these run as packs. */
const putBefore = async (queue: string, whole: Job, others = shorts(`${queue} before`, 80)) =>
  void (await context.queue(queue).putAll([whole, ...others]));

it.each([false, true])(
  'Q6 slow parts are spread over all slots (in a fast lane: %s)',
  async (isFast) => {
    const name = `spread-${isFast}`;
    let [running, most] = [0, 0];
    const slow = defineTask(`worker-packs.slow ${isFast}`, async () => {
      most = Math.max(most, ++running);
      await delay(100);
      running--;
    });
    const whole = parallel(
      upTo(64).map(() => slow.job()),
      { packed: true },
    );
    await putBefore(name, whole as Job, isFast ? undefined : []);
    await dispatchers.start(name, { size: 8 });
    await whole.wait(PATIENCE);
    expect(most).toBe(8);
    for (const part of whole.jobs) expect((await part.refresh()).interruptions).toBe(0);
  },
);

it('Q6 a slow part holds up no other part of its packs', async () => {
  const parts = shorts('slow', 64);
  for (const i of [0, 40]) parts[i] = held.job('slow', i) as Job;
  const whole = parallel(parts, { packed: true });
  await putBefore('slow', whole as Job);
  await dispatchers.start('slow', { size: 3 });
  for (const [i, part] of parts.entries())
    if (i % 40 > 0) expect(await part.wait(PATIENCE)).toBe(i);
  expect((await whole.refresh()).status).toBe('active');
  gateOf('slow').open();
  expect(await whole.wait(PATIENCE)).toEqual(upTo(64));
});

it('Q6 a slow step holds up no other job, and its serial stays in one pack', async () => {
  const parts = shorts('slow-step', 10);
  parts[4] = held.job('slow-step', 4) as Job;
  const whole = serial(parts, { packed: true });
  const queue = context.queue('slow-step');
  await queue.put(whole);
  await dispatchers.start('slow-step', { size: 2 });
  await eventually(async () => (await (parts[4] as Job).refresh()).status === 'active');
  const others = await queue.putAll(shorts('slow-step others', 50));
  expect(await Promise.all(others.map((job) => job.wait(PATIENCE)))).toEqual(upTo(50));
  expect(await packsIn(context, 'slow-step')).toHaveLength(1);
  expect(
    (await Promise.all(parts.map((part) => part.refresh()))).map(({ status }) => status),
  ).toEqual(upTo(10).map((i) => (i < 4 ? 'completed' : i === 4 ? 'active' : 'new')));
  expect(await (parts[3] as Job).wait(PATIENCE)).toBe(3);
  gateOf('slow-step').open();
  expect(await whole.wait(PATIENCE)).toEqual(upTo(10));
});

it('Q6 lanes take turns with a long packed serial', async () => {
  const queue = context.queue('turns');
  const step = defineTask('worker-packs.step', async (i: number) => {
    await delay(10);
    return note('turns', i);
  });
  const whole = serial(
    upTo(60).map((i) => step.job(i)),
    { packed: true },
  );
  await queue.put(whole);
  await dispatchers.start('turns', {
    queues: { turns: { both: { size: 1, lanes: ['main', 'other'] } } },
  });
  await eventually(() => (ran.get('turns')?.length ?? 0) > 2);
  const seen: number[] = [];
  for (let i = 0; i < 3; i++) {
    await (await queue.put(short.job('turns other', i), { lane: 'other' })).wait(PATIENCE);
    seen.push(ran.get('turns')?.length ?? 0);
  }
  expect(seen.at(-1)).toBeLessThan(60);
  expect(await whole.wait(PATIENCE)).toEqual(upTo(60));
  expect(ran.get('turns')).toEqual(upTo(60));
  // It gave the pack back between two steps.
  expect([...(await packClaims(context, 'turns')).values()][0]).toBeGreaterThan(1);
});

/** The events of a dispatcher about the jobs of a composite, each by the place of its job. */
async function toldOf(name: string, whole: Composite<unknown>): Promise<unknown> {
  const dispatcher = dispatchers.make(name, { size: 2 });
  const kinds = ['started', 'completed', 'failed'] as const;
  const events = kinds.map((kind) => collect(dispatcher, kind));
  await putBefore(name, whole as Job);
  await dispatcher.activate();
  await whole.wait(PATIENCE);
  const ids = [whole, ...whole.jobs].map(({ id }) => id);
  const told = () =>
    events.map((list) =>
      list
        .map(
          ({ job, fence, agent, queue }) =>
            `${ids.indexOf(job.id)} ${fence} ${agent} ${queue === name}`,
        )
        .sort(),
    );
  await dispatcher.deactivate();
  const { started, successful, failed, unknown } = dispatcher.statistics();
  const history = ids.map((id) => {
    const info = dispatcher.jobInfo(id);
    return [info?.task, info?.agent, info?.queue === name];
  });
  return {
    told: told(),
    counts: [started, successful.count, failed.count, unknown.count],
    history,
  };
}

it.each([
  ['parallel', parallel],
  ['serial', serial],
])(
  'D8 events, statistics and histories of a packed %s are those of its parts',
  async (kind, compose) => {
    const make = (packed: boolean) => {
      const parts = shorts(`told ${kind}`, 40);
      parts[7] = fails.job(`told ${kind}`, 7) as Job;
      return compose(parts, { packed }) as Composite<unknown>;
    };
    const told = await toldOf(`told-${kind}-packed`, make(true));
    expect(told).toEqual(await toldOf(`told-${kind}-plain`, make(false)));
  },
);

it.each([
  ['parallel', parallel],
  ['serial', serial],
])('D8 activeJobs and jobInfo show the running part of a packed %s', async (kind, compose) => {
  const name = `active-${kind}`;
  const parts = shorts(name, 10);
  parts[4] = held.job(name, 4) as Job;
  const whole = compose(parts, { packed: true });
  await putBefore(name, whole as Job);
  const dispatcher = await dispatchers.start(name, { size: 1 });
  const [, , , , part] = parts as [Job, Job, Job, Job, Job];
  // The parts before it are shown until their values are stored.
  await eventually(() => ran.get(name)?.length === 5 && dispatcher.activeJobs().length === 1);
  expect(dispatcher.activeJobs()).toMatchObject([
    { id: part.id, task: 'worker-packs.held', status: 'active' },
  ]);
  expect(dispatcher.jobInfo(part.id)).toMatchObject({ id: part.id, task: 'worker-packs.held' });
  expect(part.dispatcher ?? (await part.refresh()).dispatcher).toBe(dispatcher.uuid);
  gateOf(name).open();
  await whole.wait(PATIENCE);
  await dispatcher.deactivate();
  expect(dispatcher.activeJobs()).toEqual([]);
});

/** A composite whose sixth part waits for its first interrupt, in a dispatcher that is to stop. */
async function stopped(name: string, whole: Composite<unknown>): Promise<Dispatcher> {
  await putBefore(name, whole as Job);
  const dispatcher = await dispatchers.start(name, { size: 1 });
  await eventually(() => ran.get(name)?.includes(5));
  await dispatcher.deactivate();
  return dispatcher;
}

it.each([
  ['parallel', parallel],
  ['serial', serial],
])('I1, I2 a stop interrupts the running part of a packed %s alone', async (kind, compose) => {
  const name = `stop-${kind}`;
  const parts = shorts(name, 10);
  parts[5] = pausesOnce.job(name, 5) as Job;
  const whole = compose(parts, { packed: true }) as Composite<unknown>;
  await stopped(name, whole);
  const queue = context.queue(name);
  expect((await queue.jobs()).slice(0, 2).map(({ args }) => (args[0] as Job).id)).toEqual([
    whole.id,
    parts[5].id,
  ]);
  await dispatchers.start(name, { size: 1 });
  expect(await whole.wait(PATIENCE)).toEqual(upTo(10));
  const interruptions = [];
  for (const part of parts) interruptions.push((await part.refresh()).interruptions);
  expect(interruptions).toEqual([0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
  expect((ran.get(name) ?? []).map(Number).sort((a, b) => a - b)).toEqual([
    ...upTo(6),
    5,
    6,
    7,
    8,
    9,
  ]);
  await eventually(async () => (await queue.length()) === 0);
});

it('I1 a stop between two steps gives the pack back, and no step is interrupted', async () => {
  const name = 'stop-between';
  const parts = shorts(name, 10);
  parts[5] = held.job(name, 5) as Job;
  const whole = serial(parts, { packed: true });
  await context.queue(name).put(whole);
  const first = await dispatchers.start(name, { size: 1 });
  await eventually(() => ran.get(name)?.includes(5));
  const stop = first.deactivate({ grace: 20_000 });
  gateOf(name).open();
  await stop;
  await dispatchers.start(name, { size: 1 });
  expect(await whole.wait(PATIENCE)).toEqual(upTo(10));
  expect(ran.get(name)).toEqual(upTo(10));
  for (const part of parts) expect((await part.refresh()).interruptions).toBe(0);
});
