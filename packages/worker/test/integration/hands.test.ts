// A slot claims and ends several short jobs at once (docs/protocol/hands.md).
import { defineTask, RetryableError, type Job } from '@drover/core';
import { parallel } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { startFaultProxy } from '../../../../test/kit/fault-proxy.js';
import { gate, gatesByName } from '../../../../test/kit/gate.js';
import { PATIENCE, ran, short, shorts, upTo } from '../../../../test/kit/noted-tasks.js';
import { eventually } from '../../../../test/kit/wait.js';
import { collect, dispatchersIn, next } from './dispatchers.js';

const context = testContext('hands');
const dispatchers = dispatchersIn(context);
const gateOf = gatesByName();

const slow = defineTask('hands.slow', async (of: string) => {
  await gateOf(of).opened;
  return 'slow';
});
const valuesOf = (jobs: readonly Job[]): Promise<unknown[]> =>
  Promise.all(jobs.map((job) => job.wait(PATIENCE)));

it('Q1 short jobs run one at a time, in the order of the lane, and end once', async () => {
  const jobs = await context.queue('many').putAll(shorts('many', 200));
  const dispatcher = dispatchers.make('many', { size: 1 });
  const completed = collect(dispatcher, 'completed');
  await dispatcher.activate();
  expect(await valuesOf(jobs)).toEqual(upTo(200));
  expect(ran.get('many')).toEqual(upTo(200));
  await eventually(() => completed.length >= 200);
  expect(completed.map(({ job }) => job.id)).toEqual(jobs.map(({ id }) => id));
  expect(await context.queue('many').length()).toBe(0);
});

it('C1 a parallel of short parts gets their results in its order', async () => {
  const parts = shorts('parts', 100);
  await dispatchers.start('parts', { size: 3 });
  const whole = await context.queue('parts').put(parallel(parts));
  expect(await whole.wait(PATIENCE)).toEqual(upTo(100));
});

it('Q6 a slow job holds up neither the values nor the jobs of its hand', async () => {
  const queue = context.queue('slow');
  const before = await queue.putAll(shorts('slow', 40));
  const hidden = slow.job('slow');
  const after = shorts('slow', 10);
  await queue.putAll([hidden, ...after] as Job[]);
  const first = await dispatchers.start('slow', { size: 1 });
  // The value of each short job is stored, and the jobs behind the slow one wait in the lane.
  expect(await valuesOf(before)).toEqual(upTo(40));
  await eventually(() => first.activeJobs().some(({ id }) => id === hidden.id));
  await eventually(async () => (await queue.length()) === 10);
  await dispatchers.start('slow', { size: 1 });
  expect(await valuesOf(after)).toEqual(upTo(10));
  expect((await hidden.refresh()).status).toBe('active');
  gateOf('slow').open();
  expect(await hidden.wait(PATIENCE)).toBe('slow');
  for (const job of after) expect((await job.refresh()).interruptions).toBe(0);
});

/** Twenty short jobs, one that stops its dispatcher in their hand, and fifteen more. */
async function stoppedInAHand(name: string, connection: string, onStop = () => {}) {
  const queue = context.queue(name);
  const dispatcher = dispatchers.make(name, { size: 1, connection });
  const stops = defineTask(`hands.stops ${name}`, () => {
    onStop();
    void dispatcher.deactivate();
  });
  const [before, after] = [shorts(`${name} before`, 20), shorts(`${name} after`, 15)];
  const jobs = [...before, stops.job(), ...after] as Job[];
  await queue.putAll(jobs);
  await dispatcher.activate();
  await eventually(() => dispatcher.status === 'deactivated');
  return jobs;
}

it('I1 a dispatcher that stops gives back the jobs of its hand, as they were', async () => {
  const jobs = await stoppedInAHand('stops', context.redisUrl);
  const after = jobs.slice(21);
  expect(ran.get('stops after')).toBeUndefined();
  for (const job of after) expect(await job.refresh()).toMatchObject({ status: 'pending' });
  await dispatchers.start('stops', { size: 1 });
  await valuesOf(jobs);
  expect(ran.get('stops before')).toEqual(upTo(20));
  expect(ran.get('stops after')).toEqual(upTo(15));
  for (const job of jobs) expect((await job.refresh()).interruptions).toBe(0);
});

it.each(['lose request', 'lose reply'] as const)(
  'I1, B3 of a stop, a job that has not begun is never interrupted: %s',
  async (kind) => {
    const name = kind.replace(' ', '-');
    const proxy = await startFaultProxy(context.redisUrl);
    const jobs = await stoppedInAHand(name, proxy.url, () => void proxy.next('hand', { kind }));
    await dispatchers.start(name);
    await valuesOf(jobs);
    expect([...(ran.get(`${name} after`) ?? [])].sort()).toEqual(upTo(15).sort());
    for (const job of jobs.slice(21)) expect((await job.refresh()).interruptions).toBe(0);
  },
);

it('R1 of a hand, the jobs that fail or run again do so by themselves', async () => {
  const queue = context.queue('mixed');
  let tries = 0;
  const fails = defineTask('hands.fails', () => {
    throw new RangeError('as told');
  });
  const again = defineTask('hands.again', () => {
    if (++tries === 1) throw new RetryableError('once');
    return 'again';
  });
  const [failing, repeated] = [fails.job() as Job, again.job() as Job];
  const jobs = shorts('mixed', 30);
  await queue.putAll([...jobs.slice(0, 25), failing, repeated, ...jobs.slice(25)] as Job[]);
  await dispatchers.start('mixed', { size: 1 });
  await expect(failing.wait(PATIENCE)).rejects.toThrow('as told');
  expect(await repeated.wait(PATIENCE)).toBe('again');
  expect(await valuesOf(jobs)).toEqual(upTo(30));
});

it('O1 a job that is cancelled while it waits in a hand never runs', async () => {
  const queue = context.queue('cancelled');
  const { open, opened } = gate();
  let isCancelled = Promise.resolve();
  const victim = short.job('victim', 1);
  // It blocks the event loop, so that its hand stays as it is until the cancel is stored.
  const cancels = defineTask('hands.cancels', async () => {
    isCancelled = victim.cancel('not needed');
    open();
    await isCancelled;
  });
  await queue.putAll([...shorts('cancelled', 30), cancels.job(), victim] as Job[]);
  const dispatcher = await dispatchers.start('cancelled', { size: 1 });
  await opened;
  await expect(victim.wait(PATIENCE)).rejects.toMatchObject({ name: 'CancelledError' });
  await eventually(() => dispatcher.activeJobs().length === 0);
  expect(ran.get('victim')).toBeUndefined();
});

it('D8 jobs that share a hand have their events, and their places in the history', async () => {
  const queue = context.queue('events');
  const dispatcher = dispatchers.make('events', { size: 1 });
  const [started, completed] = [collect(dispatcher, 'started'), collect(dispatcher, 'completed')];
  const jobs = await queue.putAll(shorts('events', 50));
  const poll = next(dispatcher, 'poll');
  await dispatcher.activate();
  await valuesOf(jobs);
  await eventually(() => completed.length === 50);
  expect(started).toHaveLength(50);
  expect(dispatcher.statistics()).toMatchObject({ started: 50, successful: { count: 50 } });
  await dispatcher.deactivate();
  await poll.catch(() => {});
});
