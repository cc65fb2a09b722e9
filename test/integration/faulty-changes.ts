// More writes for tests that let each of them go wrong: what a run puts and does once, and what
// others do to a job that is stored.
import { parallel, type Composite } from '@drover/composite';
import { defineTask, local, type Job } from '@drover/core';
import { eventually } from '../kit/wait.js';
import {
  callback,
  endIn,
  inLane,
  insists,
  PATIENCE,
  untilToldToStop,
  value,
  type Place,
  type Write,
} from './faulty-scene.js';

/** The puts of runs, by their job: they run in the process of the test. */
const made = new Map<string, Job[]>();
const putOne = async (): Promise<void> => {
  const { id } = local.getJob();
  made.set(id, [...(made.get(id) ?? []), await local.getQueue().put(value.job('put'))]);
};
const puts = defineTask('faulty.puts', async () => {
  await putOne();
  return 'has put';
});
const putsAndWaits = defineTask('faulty.putsAndWaits', async () => {
  await putOne();
  return value.job('has waited');
});
const callsOnce = defineTask('faulty.callsOnce', async () => {
  let calls = 0;
  return await local.once('step', async () => {
    await putOne();
    return `call ${++calls}`;
  });
});
const appends = defineTask('faulty.appends', async (to: Composite) => {
  const more = value.job('appended');
  await insists(() => to.append(more));
  return 'appends';
});
const annotates = defineTask('faulty.annotates', async () => {
  await local.setLiveAnnotation('note', 'as told');
  return 'annotates';
});
const failsFirst = defineTask('faulty.failsFirst', () => {
  if (local.fence === 1) throw new RangeError('as told');
  return 'again';
});
const stops = defineTask('faulty.stops', untilToldToStop);

/** Puts a job that puts one more; that one is there, and ends once too. */
const putting =
  (make: () => Job, expected: unknown, withCallback = false) =>
  async ({ queue }: Place): Promise<Job[]> => {
    const job = make();
    const callbacks = withCallback ? [await job.addCallback(callback.job())] : [];
    await queue.put(job);
    expect(await job.wait(PATIENCE)).toEqual(expected);
    const own = made.get(job.id) ?? [];
    expect(own).toHaveLength(1);
    // The handles of the run may not know yet that it was committed, where the reply was lost.
    for (const { id } of own) expect(await (await queue.get(id))?.wait(PATIENCE)).toBe('put');
    return [job, ...callbacks, ...own];
  };

const isActive = (job: Job) => eventually(async () => (await job.refresh()).status === 'active');

/** Cancels through the producer what runs; all of it ends once. */
const cancelling =
  (make: () => Job, all: (job: Job) => Job[] = (job) => [job]) =>
  async ({ producer }: Place): Promise<Job[]> => {
    const job = make();
    const jobs = all(job);
    await insists(() => producer.put(job));
    for (const each of jobs) await isActive(each);
    await insists(() => job.cancel('as told'));
    for (const each of jobs) {
      await expect(each.wait(PATIENCE)).rejects.toMatchObject({
        name: 'CancelledError',
        message: 'as told',
      });
    }
    return jobs;
  };

const withPart = (): Job => parallel([stops.job()]) as Job;
const withItsPart = (job: Job): Job[] => [job, ...(job as Composite).jobs];

export const changes: readonly Write[] = [
  {
    name: 'finish with puts',
    side: 'runner',
    match: endIn(':q'),
    run: putting(() => puts.job() as Job, 'has put'),
  },
  {
    name: 'finish with puts, which begins callbacks',
    side: 'runner',
    match: endIn(':q'),
    run: putting(() => puts.job() as Job, 'has put', true),
  },
  {
    name: 'schedule with puts',
    side: 'runner',
    match: 'schedule',
    run: putting(() => putsAndWaits.job() as Job, 'has waited'),
  },
  {
    name: 'once, read',
    side: 'runner',
    match: 'readOnce',
    run: putting(() => callsOnce.job() as Job, 'call 1'),
  },
  {
    name: 'once',
    side: 'runner',
    match: 'writeOnce',
    run: putting(() => callsOnce.job() as Job, 'call 1'),
  },
  {
    name: 'annotate',
    side: 'runner',
    match: 'annotate',
    run: async ({ queue }) => {
      const job = await queue.put(annotates.job());
      expect(await job.wait(PATIENCE)).toBe('annotates');
      expect((await job.refresh()).annotations).toEqual({ note: 'as told' });
      return [job];
    },
  },
  { name: 'cancel', side: 'producer', match: 'cancel', run: cancelling(() => stops.job() as Job) },
  {
    name: 'cancel-below',
    side: 'producer',
    match: 'cancelBelow',
    run: cancelling(withPart, withItsPart),
  },
  {
    name: 'drover.cancel, claim',
    side: 'runner',
    match: inLane('claim', '/system'),
    run: cancelling(() => stops.job() as Job),
  },
  {
    name: 'drover.cancel, cancel-below',
    side: 'runner',
    match: 'cancelBelow',
    run: cancelling(withPart, withItsPart),
  },
  {
    name: 'drover.cancel, fail',
    side: 'runner',
    match: endIn(':q'),
    byText: true,
    run: cancelling(() => stops.job() as Job),
  },
  {
    name: 'drover.cancel, finish',
    side: 'runner',
    match: endIn('/system'),
    run: cancelling(() => stops.job() as Job),
  },
  {
    name: 'append before the start',
    side: 'producer',
    match: 'append',
    run: async ({ later, dispatcher }) => {
      const all: Composite = parallel([value.job(1)]);
      const appended = value.job(2);
      await insists(() => later.put(all as Job));
      await insists(() => all.append(appended));
      const runner = dispatcher('runner');
      await runner.activate();
      expect(await all.wait(PATIENCE)).toEqual([1, 2]);
      await runner.deactivate();
      return [all as Job, ...all.jobs];
    },
  },
  ...(['mayAppend', 'finish'] as const).map((match): Write => ({
    name: `append by a part, ${match}`,
    side: 'runner',
    match,
    run: async ({ queue }) => {
      const all: Composite = parallel([]);
      await all.append(appends.job(all));
      await queue.put(all as Job);
      expect(await all.wait(PATIENCE)).toEqual(['appends', 'appended']);
      await all.refresh();
      expect(all.jobs).toHaveLength(2);
      return [all as Job, ...all.jobs];
    },
  })),
  {
    name: 'retry of a failed job',
    side: 'producer',
    match: 'retryFailed',
    // A failure, and then a value.
    ends: 2,
    run: async ({ producer }) => {
      const job = failsFirst.job() as Job;
      await insists(() => producer.put(job));
      await expect(job.wait(PATIENCE)).rejects.toMatchObject({ name: 'RangeError' });
      await insists(() => job.retry());
      await eventually(async () => (await job.refresh()).result === 'again', PATIENCE);
      expect(await job.wait(PATIENCE)).toBe('again');
      return [job];
    },
  },
];
