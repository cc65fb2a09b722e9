// Each write of an activation and of recovery, with a scenario that makes it.
import { serial } from '@drover/composite';
import { AbortedError, defineTask, local, NeverRetry, type Job } from '@drover/core';
import { hasStarted } from '../kit/dispatchers.js';
import { abortAlways } from '../kit/tasks.js';
import {
  endIn,
  gives,
  inLane,
  PATIENCE,
  sum,
  untilToldToStop,
  value,
  type Place,
  type Write,
} from './faulty-scene.js';

/** Its first run goes on until its dispatcher stops. */
const pauses = defineTask('faulty.pauses', async () =>
  local.fence === 1 ? await untilToldToStop() : 2,
);
/** The same, but its next run takes longer than another attempt at an interrupt. */
const pausesLong = defineTask('faulty.pausesLong', async () => {
  if (local.fence === 1) await untilToldToStop();
  await new Promise((resolve) => setTimeout(resolve, 1_500));
});
const slow = defineTask('faulty.slow', async (ms: number) => {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return ms;
});

/** A job that one dispatcher starts and is stopped with; another one goes on with it. */
const interrupted =
  (make: () => Job, expected: unknown, started: (job: Job) => Job = (job) => job) =>
  async ({ recovered, dispatcher }: Place): Promise<Job[]> => {
    const job = make();
    const [first, next] = [dispatcher('stopping'), dispatcher('runner')];
    const begun = hasStarted(first, started(job));
    await recovered.put(job);
    await first.activate();
    await begun;
    await first.deactivate();
    await next.activate();
    if (expected instanceof Error)
      await expect(job.wait(PATIENCE)).rejects.toMatchObject({ name: expected.name });
    else expect(await job.wait(PATIENCE)).toEqual(expected);
    await job.refresh();
    expect(job.interruptions).toBe(1);
    return [job];
  };

const serialPausing = (): Job =>
  serial([pauses.job(), value.job(1)], { postprocess: sum.job() as Job<number> }) as Job;
const partOf = (job: Job): Job => (job.args[0] as Job[])[0] as Job;

const recovering = (make: () => Job = () => pauses.job() as Job, expected: unknown = 2) => ({
  byText: true,
  run: interrupted(make, expected, (job) => (Array.isArray(job.args[0]) ? partOf(job) : job)),
});

export const recoveries: readonly Write[] = [
  { name: 'activate', side: 'stopping', match: 'activate', ...recovering() },
  { name: 'begin-cleaning', side: 'stopping', match: 'beginCleaning', ...recovering() },
  { name: 'interruptActive', side: 'stopping', match: 'interruptActive', ...recovering() },
  { name: 'end-cleaning', side: 'stopping', match: 'endCleaning', ...recovering() },
  {
    name: 'interrupt-waiting',
    side: 'stopping',
    match: 'interruptWaiting',
    ...recovering(serialPausing, 3),
  },
  {
    name: 'handleInterrupt, claim',
    side: 'runner',
    match: inLane('claim', '/system'),
    ...recovering(),
  },
  { name: 'handleInterrupt, retry', side: 'runner', match: 'putBack', ...recovering() },
  {
    name: 'handleInterrupt, finish',
    side: 'runner',
    match: endIn('/system'),
    ...recovering(),
  },
  {
    name: 'handleInterrupt, own-waiting',
    side: 'runner',
    match: 'ownWaiting',
    ...recovering(serialPausing, 3),
  },
  {
    name: 'handleInterrupt, abort',
    side: 'runner',
    match: endIn(':recovered'),
    ...recovering(() => pauses.job().with({ retryPolicy: NeverRetry }), new AbortedError('')),
  },
  {
    name: 'handleInterrupt, abandon-children',
    side: 'runner',
    match: 'abandonChildren',
    ...recovering(
      () => serial([pausesLong.job()]).with({ retryPolicy: abortAlways }) as Job,
      new AbortedError(''),
    ),
  },
  {
    name: 'ping',
    side: 'runner',
    match: 'ping',
    run: gives(() => slow.job(250), 250),
  },
];
