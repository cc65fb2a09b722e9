// The places of jobs that another job stores. Those of one lane share an object, so a job in
// another lane, between them, must get one of its own (J12).
import { decode, encode } from '../../src/codec/codec.js';
import { callbacksOf, placeOf, type AnyHandle, type Place } from '../../src/job/handle-data.js';
import { placeJob } from '../../src/job/handle-places.js';
import type { JobGateway } from '../../src/job/job-gateway.js';
import { Job } from '../../src/job/job.js';
import { layOut, Placing } from '../../src/job/placing.js';
import { newWriting, writeNewJob } from '../../src/job/write-job.js';
import { scheduledJobs } from '../../src/queue/scheduled-jobs.js';
import { withRevive } from '../../src/task/revive.js';
import { defineTask } from '../../src/task/task.js';

class Group extends Job {
  protected override get ownJobs(): readonly Job[] {
    return this.args as Job[];
  }
}

const group = defineTask('below.group', (...jobs: Job[]) => jobs.length, {
  jobClass: Group as typeof Job,
});
const work = defineTask('below.work', (...values: unknown[]) => values.length);
const gateway = { queueName: 'q' } as JobGateway;
const LANES = ['main', 'gpu', 'gpu', 'main', 'slow', 'main'];
const inLanes = (): Job[] =>
  LANES.map((lane) => (lane === 'main' ? work.job(lane) : work.job(lane).with({ lane })));

async function asCallbacks(jobs: readonly Job[]): Promise<Job> {
  const job = work.job();
  for (const callback of jobs) await job.addCallback(callback);
  return job;
}

const HOLDERS: [what: string, hold: (jobs: Job[]) => Promise<Job>][] = [
  ['parts', async (jobs) => group.job(...jobs) as Job],
  ['callbacks', asCallbacks],
  ['parts of a part', async (jobs) => group.job(group.job(...jobs) as Job) as Job],
];

/** Two jobs as one put writes them: the second one has the jobs of the first as arguments. */
function put(holder: Job, jobs: readonly Job[]): unknown[] {
  const placing = new Placing();
  const other = work.job(...jobs);
  for (const job of [holder, other]) layOut(job, placing, { queue: 'q', lane: 'main' });
  writeNewJob(holder, newWriting(placing));
  return JSON.parse(writeNewJob(other, newWriting(placing)).args) as unknown[];
}

const ownerOf = (holder: Job): AnyHandle =>
  holder.args[0] instanceof Group ? holder.args[0] : holder;

it.each(HOLDERS)(
  'J12 %s in alternating lanes are referred to in their own lanes',
  async (_what, hold) => {
    const jobs = inLanes();
    const holder = await hold(jobs);
    expect(put(holder, jobs)).toEqual(
      jobs.map(({ id, task }, i) => ({
        $drover: 'job',
        job: {
          ...{ id, task, queue: 'q', lane: LANES[i] },
          origin: expect.objectContaining({
            id: ownerOf(holder).id,
            queue: 'q',
            lane: 'main',
          }) as unknown,
        },
      })),
    );
  },
);

it.each(HOLDERS)(
  'J12 %s in alternating lanes get their own places with the job',
  async (_what, hold) => {
    const jobs = inLanes();
    const holder = await hold(jobs);
    put(holder, jobs);
    placeJob(holder, { gateway, lane: 'main', origin: undefined });
    const places = jobs.map((job) => placeOf(job) as Place);
    expect(places.map(({ lane }) => lane)).toEqual(LANES);
    for (const { origin } of places)
      expect(origin).toMatchObject({ id: ownerOf(holder).id, lane: 'main' });
  },
);

it('J12 scheduled jobs in alternating lanes are stored in their own lanes', () => {
  const jobs = inLanes();
  const by = { id: 'parent', queue: 'q', lane: 'main' };
  const [last, ...stored] = [work.job(...jobs), ...jobs];
  const [other, ...records] = scheduledJobs([last as Job, ...(stored as Job[])], by, 1_000_000);
  expect(records.map(({ lane }) => lane)).toEqual(LANES);
  const references = JSON.parse((other as { args: string }).args) as { job: unknown }[];
  expect(references.map(({ job }) => job)).toEqual(
    jobs.map(({ id, task }, i) => ({ id, task, queue: 'q', lane: LANES[i], origin: by })),
  );
});

const whole = withRevive({ queueName: 'q' } as JobGateway, () => whole);

it.each<[what: string, change: (job: Job) => unknown]>([
  ['an option', (job) => job.with({ lane: 'gpu' })],
  ['a callback', (job) => job.addCallback(work.job())],
  ['a place', (job) => placeJob(job, { gateway: whole, lane: 'slow', origin: undefined })],
])('J12 of new jobs among arguments one gets %s, and the others do not', async (_what, change) => {
  const json = encode([work.job(1), work.job(2), work.job(3)], 'args');
  const [first, second, third] = decode(json, whole.revive) as [Job, Job, Job];
  const facts = (job: Job) => [job.options.lane, placeOf(job)?.lane, callbacksOf(job).length];
  await change(second);
  for (const job of [first, third]) {
    expect(facts(job)).toEqual([undefined, 'main', 0]);
    expect(job.queue).toBeUndefined();
    expect(writeNewJob(job, newWriting(new Placing())).args).toBe(JSON.stringify(job.args));
  }
  expect(facts(second)).not.toEqual([undefined, 'main', 0]);
});
