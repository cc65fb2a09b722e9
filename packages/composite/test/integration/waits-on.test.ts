// Interrupts of jobs that only wait are counted and shown, and end no job (R2, I2, I4).
import {
  defineRetryPolicy,
  defineTask,
  JobStatus,
  local,
  NeverRetry,
  retry,
  type Job,
} from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn, hasStarted } from '../../../../test/kit/dispatchers.js';
import { gate, type Gate } from '../../../../test/kit/gate.js';
import { eventually } from '../../../../test/kit/wait.js';
import { startDispatcher } from './dispatchers.js';

const context = testContext('waits-on');
const gates = new Map<string, Gate>();
const gated = defineTask(
  'waits-on.gated',
  async (name: string) => {
    await gates.get(name)?.opened;
    return name;
  },
  { retryPolicy: retry({ interrupts: Infinity }) },
);
const returns = defineTask('waits-on.returns', (name: string) =>
  gated.job(name).with({ beginAfter: 200 }),
);

/** Starts a dispatcher, and stops it while the jobs wait, `times` times. */
async function stopOften(jobs: readonly Job[], name: string, times: number): Promise<void> {
  const waiting = `${context.prefix}:${name}:waiting-children`;
  const ownerOf = (id: string) =>
    context.redis.hget(`${context.prefix}:${name}:${id}`, 'waitingOwner');
  for (let stop = 1; stop <= times; stop++) {
    const dispatcher = await startDispatcher(context, name, 5);
    for (const { id } of jobs) {
      await eventually(async () => (await context.redis.zscore(waiting, id)) !== null);
      // The dispatcher owns the job once it has decided the interrupt before.
      await eventually(async () => (await ownerOf(id))?.startsWith(dispatcher.uuid) === true);
    }
    await dispatcher.deactivate();
    for (const job of jobs) expect((await job.refresh()).interruptions).toBe(stop);
  }
}

const policies = {
  'the default policy': {},
  NeverRetry: { retryPolicy: NeverRetry },
  RetryCommonForever: { retryPolicy: 'RetryCommonForever' },
  'a policy of retry() that allows no interrupt': { retryPolicy: retry({ interrupts: 0 }) },
  'a policy of retry() for errors alone': { retryPolicy: retry({ on: ['jobError'] }) },
} as const;

it('R2 composites with each of the policies survive twelve deploys while they wait', async () => {
  const { open, opened } = gate();
  gates.set('deploys', { open, opened });
  const wholes = Object.values(policies).map((options) =>
    serial([gated.job('deploys'), gated.job('last')]).with(options),
  );
  await context.queue('deploys').putAll(wholes);
  await stopOften(wholes, 'deploys', 12);
  expect(wholes.map(({ status }) => status)).toEqual(wholes.map(() => JobStatus.ACTIVE));
  open();
  await startDispatcher(context, 'deploys');
  for (const [i, what] of Object.keys(policies).entries()) {
    const whole = wholes[i] as (typeof wholes)[number];
    expect({ what, value: await whole.wait() }).toEqual({ what, value: ['deploys', 'last'] });
    expect(whole.interruptions).toBe(12);
  }
});

it('R2 a job that returned a job survives twelve deploys, even with NeverRetry', async () => {
  const { open, opened } = gate();
  gates.set('returned', { open, opened });
  const job = await context
    .queue('returned')
    .put(returns.job('returned'), { retryPolicy: NeverRetry });
  await stopOften([job], 'returned', 12);
  open();
  await startDispatcher(context, 'returned');
  expect(await job.wait()).toBe('returned');
});

it('R2 an interrupt of a waiting job uses up no allowance of its runs', async () => {
  const name = 'allowance';
  const once = retry({ interrupts: 1 });
  const pauses = defineTask('waits-on.pauses', async (waitsFor: Job) => {
    if (local.fence > 1) return waitsFor;
    if (!local.signal.aborted)
      await new Promise<void>((resolve) => local.signal.addEventListener('abort', () => resolve()));
    throw local.signal.reason;
  });
  const { open, opened } = gate();
  gates.set(name, { open, opened });
  const queue = context.queue(name);
  const shared = await queue.put(gated.job(name));
  const job = await queue.put(pauses.job(shared), { retryPolicy: once });
  const first = dispatchersIn(context).make(name);
  const started = hasStarted(first, job);
  await first.activate();
  await started;
  await first.deactivate();
  const second = await startDispatcher(context, name);
  await eventually(() =>
    context.redis.zscore(`${context.prefix}:${name}:waiting-children`, job.id),
  );
  await second.deactivate();
  open();
  await startDispatcher(context, name);
  expect(await job.wait()).toBe(name);
  expect((await job.refresh()).interruptions).toBe(2);
});

it("R2 a user's policy is told that the job only waited, and may end it", async () => {
  const name = 'told';
  const told: unknown[] = [];
  const policy = defineRetryPolicy('waits-on.told', {
    jobError: () => false,
    commitError: () => false,
    interrupted: (data) => {
      told.push({ ...data });
      data['asked'] = Number(data['asked'] ?? 0) + 1;
      return told.length < 3;
    },
  });
  const { open, opened } = gate();
  gates.set(name, { open, opened });
  const whole = parallel([gated.job(name)]).with({ retryPolicy: policy });
  const ran = gated.job(name).with({ retryPolicy: policy });
  const queue = context.queue(name);
  await queue.put(whole);
  await stopOften([whole], name, 2);
  const last = await startDispatcher(context, name);
  await eventually(() => told.length === 2);
  expect(told).toEqual([{ waiting: true }, { waiting: true, asked: 1 }]);
  const stored = await context.redis.hget(`${context.prefix}:${name}:${whole.id}`, 'policyData');
  expect(JSON.parse(stored ?? '')).toEqual({ asked: 2 });
  const started = hasStarted(last, ran);
  await queue.put(ran);
  await started;
  await last.deactivate();
  await startDispatcher(context, name);
  await eventually(() => told.length >= 4);
  expect(told).toContainEqual({});
  await expect(whole.wait()).rejects.toMatchObject({ name: 'AbortedError' });
  open();
});
