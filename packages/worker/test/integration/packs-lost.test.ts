// Requests and replies of a slot that are lost while it runs packed parts: each part runs and ends
// once, and none is interrupted (docs/protocol/packs.md).
import { defineTask, type Job } from '@drover/core';
import { parallel, serial, type Composite } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import {
  startFaultProxy,
  type FaultKind,
  type FaultProxy,
} from '../../../../test/kit/fault-proxy.js';
import { gatesByName } from '../../../../test/kit/gate.js';
import { note, PATIENCE, ran, short, shorts, upTo } from '../../../../test/kit/noted-tasks.js';
import { packsIn } from '../../../../test/kit/packs.js';
import { eventually } from '../../../../test/kit/wait.js';
import { collect, dispatchersIn } from './dispatchers.js';

const context = testContext('packs-lost');
const dispatchers = dispatchersIn(context);
const QUICK = { pingInterval: 500, deathInterval: 2_000 };
const gateOf = gatesByName();
const KINDS = ['lose request', 'lose reply'] as const;

let proxy: FaultProxy;
beforeAll(async () => void (proxy = await startFaultProxy(context.redisUrl)));

/** The scripts whose next requests are disturbed, one after the other. */
type Plan = [script: string, kind: (typeof KINDS)[number]][];
const planned = new Map<string, number>();

function planFault(of: string, script: string, kind: FaultKind): void {
  void proxy
    .next(script, { kind } as never)
    .then(() => planned.set(of, (planned.get(of) ?? 0) + 1));
}

/** By gate: the runs that wait there. */
const arrived = new Map<string, number>();

/** Its run plans faults for the requests of its own slot, and waits for a gate where it has one. */
const disturbs = defineTask(
  'packs-lost.disturbs',
  async (of: string, value: unknown, plan: Plan, gate?: string) => {
    for (const [script, kind] of plan) planFault(of, script, kind);
    if (gate !== undefined) await gateOf(gate).opened;
    return note(of, value);
  },
);
/** Waits until so many of its runs are under way, and plans faults as `disturbs` does. */
const meets = defineTask(
  'packs-lost.meets',
  async (of: string, value: unknown, plan: Plan, gate: string, count: number) => {
    arrived.set(gate, (arrived.get(gate) ?? 0) + 1);
    if (arrived.get(gate) === count) gateOf(gate).open();
    await gateOf(gate).opened;
    for (const [script, kind] of plan) planFault(of, script, kind);
    return note(of, value);
  },
);
const opens = defineTask('packs-lost.opens', (of: string, value: unknown, gate: string) => {
  gateOf(gate).open();
  return note(of, value);
});

/** Runs a composite in a dispatcher behind the proxy. Each of its parts is to run and end once. */
async function expectOnce(
  name: string,
  whole: Composite<unknown>,
  { size = 1, faults = 1, before = 0, meanwhile = async () => {} } = {},
): Promise<void> {
  const queue = context.queue(name);
  await queue.putAll([whole as Job, ...shorts(`${name} before`, before)]);
  const dispatcher = dispatchers.make(name, { size, connection: proxy.url, ...QUICK });
  const ends = collect(dispatcher, 'completed');
  const others = [collect(dispatcher, 'failed'), collect(dispatcher, 'reassigned')];
  await dispatcher.activate();
  await meanwhile();
  expect(await whole.wait(PATIENCE)).toEqual(upTo(whole.jobs.length));
  expect([...(ran.get(name) ?? [])].map(Number).sort((a, b) => a - b)).toEqual(
    upTo(whole.jobs.length),
  );
  expect(planned.get(name)).toBe(faults);
  for (const part of whole.jobs)
    expect([part.id, (await part.refresh()).interruptions]).toEqual([part.id, 0]);
  const ids = whole.jobs.map(({ id }) => id);
  await eventually(() => ends.filter(({ job }) => ids.includes(job.id)).length >= ids.length);
  expect(ends.filter(({ job }) => ids.includes(job.id))).toHaveLength(ids.length);
  expect(others).toEqual([[], []]);
  await eventually(async () => (await queue.length()) === 0);
  await dispatcher.deactivate();
  expect(await queue.jobs({ status: ['new', 'pending', 'active', 'callbacks'] })).toEqual([]);
}

const steps: [script: string, at: number][] = [
  ['recordSteps', 0],
  ['recordSteps', 8],
  ['hand', 9],
];

it.each(steps.flatMap(([script, at]) => KINDS.map((kind) => [kind, script, at] as const)))(
  'I5, B3 %s of %s, at step %i of a packed serial',
  async (kind, script, at) => {
    const name = `${kind} ${script} ${at}`.replaceAll(' ', '-');
    const parts = shorts(name, 10);
    parts[at] = disturbs.job(name, at, [[script, kind]]) as Job;
    await expectOnce(name, serial(parts, { packed: true }) as Composite<unknown>);
    if (script === 'recordSteps') expect(ran.get(name)).toEqual(upTo(10));
  },
);

it.each(KINDS)('I5, B3 %s of a call that stores steps of several serials', async (kind) => {
  const name = `${kind} together`.replaceAll(' ', '-');
  const queue = context.queue(name);
  // Each of them waits for the others before its fifth step, so that these end together.
  const wholes = upTo(6).map((i) => {
    const parts = shorts(`${name} ${i}`, 9);
    const plan: Plan = i === 0 ? [['recordSteps', kind]] : [];
    parts[4] = meets.job(`${name} ${i}`, 4, plan, name, 6) as Job;
    return serial(parts, { packed: true }) as Composite<unknown>;
  });
  await queue.putAll(wholes);
  const dispatcher = dispatchers.make(name, { size: 6, connection: proxy.url, ...QUICK });
  const ends = collect(dispatcher, 'completed');
  await dispatcher.activate();
  for (const [i, whole] of wholes.entries()) {
    expect(await whole.wait(PATIENCE)).toEqual(upTo(9));
    expect(ran.get(`${name} ${i}`)).toEqual(upTo(9));
    for (const part of whole.jobs) expect((await part.refresh()).interruptions).toBe(0);
  }
  const ids = wholes.flatMap(({ jobs }) => jobs.map(({ id }) => id));
  await eventually(() => ends.filter(({ job }) => ids.includes(job.id)).length >= ids.length);
  expect(ends.filter(({ job }) => ids.includes(job.id))).toHaveLength(ids.length);
  expect(planned.get(`${name} 0`)).toBe(1);
});

it.each([
  ['lose request', 'lose reply'],
  ['lose reply', 'lose reply'],
] as const)('I5, B3 %s of a step, and %s of the commit after it', async (first, second) => {
  const name = `${first} ${second}`.replaceAll(' ', '-');
  const parts = shorts(name, 10);
  const plan: Plan = [
    ['recordSteps', first],
    ['finish', second],
  ];
  parts[4] = disturbs.job(name, 4, plan) as Job;
  await expectOnce(name, serial(parts, { packed: true }) as Composite<unknown>, { faults: 2 });
  expect(ran.get(name)).toEqual(upTo(10));
});

it.each([
  ['lose request', 29],
  ['lose reply', 17],
] as const)(
  'I5, B3 %s of the end of a pack of a parallel, planned by part %i',
  async (kind, at) => {
    const name = `${kind} pack ${at}`.replaceAll(' ', '-');
    const parts = shorts(name, 30);
    parts[at] = disturbs.job(name, at, [['hand', kind]]) as Job;
    await expectOnce(name, parallel(parts, { packed: true }) as Composite<unknown>, { before: 80 });
  },
);

it.each([
  ['lose request', 12],
  ['lose reply', 0],
] as const)(
  'I1, B3 %s of the request that gives back the parts after part %i, which waits for one of them',
  async (kind, at) => {
    const name = `${kind} back ${at}`.replaceAll(' ', '-');
    const parts = shorts(name, 30);
    parts[at] = disturbs.job(name, at, [['hand', kind]], name) as Job;
    parts[20] = opens.job(name, 20, name) as Job;
    await expectOnce(name, parallel(parts, { packed: true }) as Composite<unknown>, {
      before: 80,
      size: 2,
    });
  },
);

it.each(KINDS)('I5, B3 %s of a step whose pack another process has opened', async (kind) => {
  const name = `${kind} opened`.replaceAll(' ', '-');
  const parts = shorts(name, 10);
  parts[4] = disturbs.job(name, 4, [['recordSteps', kind]], name) as Job;
  const whole = serial(parts, { packed: true }) as Composite<unknown>;
  await expectOnce(name, whole, {
    meanwhile: async () => {
      const [, , , , step] = whole.jobs as [Job, Job, Job, Job, Job];
      await eventually(async () => (await step.refresh()).status === 'active');
      await (whole.jobs[7] as Job).addCallback(short.job(`${name} called`, 7) as Job);
      expect(await packsIn(context, name)).toEqual([]);
      gateOf(name).open();
    },
  });
  expect(ran.get(name)).toEqual(upTo(10));
  await eventually(() => ran.get(`${name} called`)?.length === 1);
});
