// Usage, testing: time passes in a queue at once, so that tests need not wait for it.
import { defineTask, local, retry, type Job } from '@drover/core';
import { travel, travelToNext, waitForIdle, waitForResult } from '@drover/core/testing';
import { parallel } from '@drover/composite';
import { testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';
import { gate } from '../kit/gate.js';
import { eventually } from '../kit/wait.js';

const HOUR = 3_600_000;
const context = testContext('usage-travel');
const dispatchers = dispatchersIn(context);
const queue = context.queue('travelled');
beforeAll(
  async () =>
    void (await dispatchers.start('travelled', { keepCompleted: { age: 24 * HOUR }, size: 1 })),
);

const done: string[] = [];
beforeEach(() => void done.splice(0));
const cleanUps: (() => void)[] = [];
afterEach(() => cleanUps.splice(0).forEach((cleanUp) => cleanUp()));
const note = defineTask('travel.note', async (text: string) => {
  done.push(text);
  return text;
});
const fail = defineTask('travel.fail', async () => {
  done.push(`run ${local.attempt}`);
  throw new Error('refused');
});

it('Q2 a job whose beginAfter is in an hour runs after a travel of an hour', async () => {
  const job = await queue.put(note.job('due'), { beginAfter: HOUR });
  await travel(queue, HOUR - 60_000);
  expect((await job.refresh()).status).toBe('pending');
  await travel(queue, 60_000);
  expect(await waitForResult(job)).toBe('due');
});

// All happens in the order in which it would, also what the jobs themselves put for later.
it('Q1, Q2 jobs run in the order in which they become due, one after another', async () => {
  const again = defineTask('travel.again', async () => {
    done.push('again');
    await local.getQueue().put(note.job('put later'), { beginAfter: 2 * HOUR });
  });
  await queue.putAll([note.job('4 h'), note.job('4 h, second')], { beginAfter: 4 * HOUR });
  await queue.put(again.job(), { beginAfter: HOUR });
  await queue.put(note.job('2 h'), { beginAfter: 2 * HOUR });
  await travel(queue, 5 * HOUR);
  expect(done).toEqual(['again', '2 h', 'put later', '4 h', '4 h, second']);
});

it('R2 the back-offs of a job pass', async () => {
  const backoff = { type: 'exponential', delay: 60_000, max: HOUR } as const;
  const job = await queue.put(fail.job(), { retryPolicy: retry({ attempts: 4, backoff }) });
  await travel(queue, 4 * 60_000);
  expect(done).toEqual(['run 1', 'run 2', 'run 3']);
  expect(await travelToNext(queue)).toBeLessThanOrEqual(3 * 60_000);
  await expect(job.wait()).rejects.toThrow('refused');
  expect(done).toHaveLength(4);
});

it('Q2 a job that has not begun by its beginBy fails, and one that is in time runs', async () => {
  await queue.pause();
  const late = await queue.put(note.job('late'), { beginAfter: HOUR, beginBy: HOUR });
  const inTime = await queue.put(note.job('in time'), { beginBy: 4 * HOUR });
  await travel(queue, 3 * HOUR);
  await expect(late.wait()).rejects.toMatchObject({ code: 'DROVER_TIMEOUT' });
  await queue.resume();
  expect(await waitForResult(inTime)).toBe('in time');
});

it('Q10 a schedule puts a job for each planned time, with a cron expression or an interval', async () => {
  const planned: number[] = [];
  const report = defineTask('travel.report', async () => {
    planned.push(local.getJob().schedule?.time ?? 0);
  });
  await queue.schedules.set('nightly', { cron: '0 3 * * *' }, report.job());
  await travel(queue, 48 * HOUR);
  await travel(queue, 24 * HOUR);
  expect(planned).toHaveLength(3);
  expect(planned.every((time) => new Date(time).getUTCHours() === 3)).toBe(true);
  expect((planned[2] ?? 0) - (planned[0] ?? 0)).toBe(48 * HOUR);
  await queue.schedules.remove('nightly');

  planned.splice(0);
  await queue.schedules.set('hourly', { every: HOUR }, report.job());
  await travel(queue, 3 * HOUR);
  // The first one is that of `set`.
  expect(planned.map((time) => time - (planned[0] ?? 0))).toEqual([0, HOUR, 2 * HOUR, 3 * HOUR]);
  await queue.schedules.remove('hourly');
});

it('Q10 a time that comes while the job before runs is skipped, if the schedule says so', async () => {
  const { opened, open } = gate();
  // Later tests need the slot, also where this one fails.
  cleanUps.push(open);
  const long = defineTask('travel.long', async () => {
    done.push('long');
    await opened;
  });
  await queue.schedules.set('no overlap', { every: HOUR }, long, { overlap: 'skip' });
  await eventually(() => done.includes('long'));
  await expect(travel(queue, 2 * HOUR, { timeout: 30 })).rejects.toThrow(
    /travel: after 30 ms job \S+ is still running in the lane main: with \{ settle: false \}/,
  );
  await travel(queue, 2 * HOUR, { settle: false });
  const [schedule] = await queue.schedules.list();
  expect(schedule).toMatchObject({ skipped: 2 });
  open();
  await queue.schedules.remove('no overlap');
  await waitForIdle(queue);
  expect(done).toEqual(['long']);
});

it('Q8 a key that is taken for an hour is free after it', async () => {
  const options = { key: 'ada', until: HOUR } as const;
  const first = await queue.put(note.job('first'), options);
  expect(await queue.put(note.job('second'), options)).toHaveProperty('wasThere', true);
  await travel(queue, HOUR);
  const third = await queue.put(note.job('third'), options);
  expect(third.wasThere).toBe(false);
  expect(await waitForResult(third)).toBe('third');
  expect(await waitForResult(first)).toBe('first');
});

it('J9 completed jobs that are too old are removed', async () => {
  const album = await queue.put(parallel([note.job('a'), note.job('b')]));
  await waitForResult(album);
  await travel(queue, 23 * HOUR);
  const young = await queue.put(note.job('young'));
  await waitForResult(young);
  expect(await queue.get(album.id)).toBeDefined();
  await travel(queue, 2 * HOUR);
  expect(await queue.get(album.id)).toBeUndefined();
  expect(await queue.get(young.id)).toBeDefined();
});

// The options of a job are text that scripts change in one place.
it('J11 what looks like a time in the meta of a job stays', async () => {
  const meta = { beginAfter: 1_700_000_000_000, list: [] };
  const job = await queue.put(note.job('meta'), { beginAfter: HOUR, meta });
  const other = await queue.put(note.job('other'), { meta });
  await travel(queue, HOUR);
  for (const one of [job, other]) {
    await waitForResult(one);
    expect((await queue.get(one.id))?.meta).toEqual(meta);
  }
});

it('J7 a callback has its own time, and is due after the job', async () => {
  const job = note.job('job');
  const later = note.job('callback').with({ beginAfter: 2 * HOUR });
  const callback = await job.addCallback(later as Job<string>);
  await queue.put(job, { beginAfter: HOUR });
  await travel(queue, HOUR);
  expect(done).toEqual(['job']);
  await travel(queue, HOUR);
  expect(await waitForResult(callback)).toBe('callback');
});

// Without a dispatcher nothing runs, and the times come all the same.
it('Q1, Q10 without a dispatcher jobs are due afterwards, in their order', async () => {
  const lonely = context.queue('lonely');
  await lonely.schedules.set('every', { every: HOUR }, note.job('scheduled'));
  await lonely.put(note.job('2 h'), { beginAfter: 2 * HOUR });
  await lonely.put(note.job('30 min'), { beginAfter: HOUR / 2 });
  await travel(lonely, 1.5 * HOUR);
  expect(await lonely.counts()).toMatchObject({ due: 3, delayed: 1 });
  await travel(lonely, 0.5 * HOUR);
  const jobs = await lonely.jobs();
  expect(jobs.map(({ args }) => args[0]).slice(0, 3)).toEqual(['scheduled', '30 min', 'scheduled']);
  expect(await lonely.counts()).toMatchObject({ due: 5, delayed: 0 });
  await lonely.obliterate();
  expect(await travelToNext(lonely)).toBeUndefined();
});

it('Q1 more jobs than one script takes keep their order', async () => {
  const many = context.queue('many');
  const jobs = Array.from({ length: 2_500 }, (_, i) => note.job(String(i)));
  await many.putAll(jobs, { beginAfter: HOUR });
  await travel(many, HOUR);
  const found = await many.jobs({ end: 2_499 });
  expect(found.map(({ id }) => id)).toEqual(jobs.map(({ id }) => id));
  expect(await many.counts()).toMatchObject({ due: 2_500, delayed: 0 });
});

it('B2 says what is wrong', async () => {
  await expect(travel('travelled' as never, 1)).rejects.toThrow(
    'travel takes a Queue of @drover/core, not "travelled"',
  );
  for (const ms of [-1, 0.5, Infinity, '1' as never])
    await expect(travel(queue, ms)).rejects.toThrow(/travel takes a whole number of ms/);
  await expect(travel(queue, 1, { setle: false } as never)).rejects.toThrow(/no option "setle"/);
  await expect(travel(queue, 1, { settle: 1 as never })).rejects.toThrow(/true or false/);
  await expect(waitForIdle(undefined as never)).rejects.toThrow(/waitForIdle takes a Queue/);
});
