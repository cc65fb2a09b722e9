// A new job: its id, its options, and the calls that it refuses (J2).
import { BadStatusError, InvalidArgumentError } from '../../src/errors.js';
import { type Job } from '../../src/job/job.js';
import { isUuid } from '../../src/lib/uuid.js';
import { NeverRetry } from '../../src/model/retry/common.js';
import { defineTask } from '../../src/task/task.js';

const work = defineTask('unit.work', (value: unknown) => value);

it('J2 a new job has no result, queue, dispatcher or interruptions', () => {
  const job = work.job(1);
  expect(job).toMatchObject({
    status: 'new',
    result: undefined,
    queue: undefined,
    dispatcher: undefined,
    interruptions: 0,
  });
  expect(String(job)).toBe(`job ${job.id} (unit.work)`);
});

it('the ids of jobs are UUIDs v7, which rise with time', () => {
  const jobs = Array.from({ length: 1_000 }, () => work.job(1));
  for (const { id } of jobs)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const ids = jobs.map(({ id }) => id);
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(1_000);
});

it.each([
  ['stands still', () => 1_700_000_000_000],
  ['goes back', (i: number) => 1_700_000_000_000 - i],
  ['jumps', (i: number) => 1_700_000_000_000 + (i % 3) * 3_600_000],
])('ids rise and differ also while the clock of the host %s', (_what, time) => {
  let calls = 0;
  const { now } = Date;
  Date.now = () => time(calls++);
  try {
    // More than the random bytes that are drawn at a time.
    const ids = Array.from({ length: 1_000 }, () => work.job(1).id);
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids.map((id) => id.slice(-12))).size).toBe(1_000);
    for (const id of ids) expect(isUuid(id)).toBe(true);
  } finally {
    Date.now = now;
  }
});

describe('with', () => {
  it('sets options, keeps earlier ones, and returns the job itself', () => {
    const job = work.job(1);
    expect(job.with({ retryPolicy: NeverRetry })).toBe(job);
    job.with({ failureLogLevel: 'warn' });
    expect(job.options).toEqual({ retryPolicy: 'NeverRetry', failureLogLevel: 'warn' });
  });

  it('B2 names a wrong option, and then sets none', () => {
    const job = work.job(1);
    expect(() => job.with({ failureLogLevel: 'warn', beginAfter: -1 })).toThrow(
      InvalidArgumentError,
    );
    expect(job.options).toEqual({});
  });
});

it.each([
  ['wait', (job: Job) => job.wait()],
  ['refresh', (job: Job) => job.refresh()],
])('J2 %s of a new job is refused, and the error says to put it first', async (_name, call) => {
  const job = work.job(1);
  await expect(call(job)).rejects.toThrow(BadStatusError);
  await expect(call(job)).rejects.toThrow(
    `job ${job.id} (unit.work) is new: put it into a queue first`,
  );
});

it.each([-1, NaN, 'soon'])(
  'B2 a timeout of %p is refused before the status is checked',
  async (timeout) => {
    await expect(work.job(1).wait({ timeout: timeout as number })).rejects.toThrow(
      InvalidArgumentError,
    );
  },
);
