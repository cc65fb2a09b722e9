// joinJobs: the value that a task returns to wait for other jobs (C6).
import { Continuation, joinJobs } from '../../src/task/continuation.js';
import { InvalidArgumentError } from '../../src/errors.js';
import { defineTask } from '../../src/task/task.js';
import type { Job } from '../../src/job/job.js';

const part = defineTask('unit.part', (value: unknown) => value);

it('C6 keeps the jobs in the given order, with their options', () => {
  const jobs = [part.job(1), part.job(2)];
  const then = part.job(3);
  expect(joinJobs(jobs)).toMatchObject({ jobs, inOrder: false, then: undefined });
  expect(joinJobs(jobs, { inOrder: true, then })).toMatchObject({ jobs, inOrder: true, then });
  expect(joinJobs(jobs)).toBeInstanceOf(Continuation);
});

it('C6 a later change of the array changes nothing', () => {
  const jobs = [part.job(1)];
  const joined = joinJobs(jobs);
  jobs.push(part.job(2));
  expect(joined.jobs).toHaveLength(1);
});

it('C4 an empty list of jobs is accepted', () => {
  expect(joinJobs([]).jobs).toEqual([]);
});

const twice = part.job('twice');
it.each<[string, unknown[], unknown, RegExp]>([
  [
    'a text instead of a job',
    [part.job(1), 'x'],
    undefined,
    /job 1 to join is not a job, but string/,
  ],
  ['undefined instead of a job', [undefined], undefined, /job 0 to join is not a job/],
  ['a promise of a job', [Promise.resolve(part.job(1))], undefined, /job 0 to join is not a job/],
  [
    'a job that is listed twice',
    [part.job(1), twice, twice],
    undefined,
    /job 2 to join is there twice/,
  ],
  ['a `then` that is one of the jobs', [twice], twice, /the job `then` to join is there twice/],
  ['a `then` that is no job', [part.job(1)], 'later', /the job `then` to join is not a job/],
])('B2 %s is refused', (_what, jobs, then, why) => {
  const call = (): unknown => joinJobs(jobs as Job[], { then: then as Job });
  expect(call).toThrow(InvalidArgumentError);
  expect(call).toThrow(why);
});

it('B2 a value that is no array is refused with a Drover error', () => {
  expect(() => joinJobs(undefined as unknown as Job[])).toThrow(InvalidArgumentError);
});
