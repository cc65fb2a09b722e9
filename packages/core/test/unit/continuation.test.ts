// joinJobs: what a task returns to go on after other jobs (C6).
import { Continuation, joinJobs } from '../../src/task/continuation.js';
import { InvalidArgumentError } from '../../src/errors.js';
import { defineTask } from '../../src/task/task.js';
import type { Job } from '../../src/job/job.js';

const part = defineTask('unit.part', (value: unknown) => value);

it('C6 keeps the jobs in the order given, with how they are to run', () => {
  const jobs = [part.job(1), part.job(2)];
  const then = part.job(3);
  expect(joinJobs(jobs)).toMatchObject({ jobs, inOrder: false, then: undefined });
  expect(joinJobs(jobs, { inOrder: true, then })).toMatchObject({ jobs, inOrder: true, then });
  expect(joinJobs(jobs)).toBeInstanceOf(Continuation);
});

it('C6 keeps a copy: what is done to the array later changes nothing', () => {
  const jobs = [part.job(1)];
  const joined = joinJobs(jobs);
  jobs.push(part.job(2));
  expect(joined.jobs).toHaveLength(1);
});

it('C4 no jobs at all are legal', () => {
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
  ['nothing instead of a job', [undefined], undefined, /job 0 to join is not a job/],
  ['a promise of a job', [Promise.resolve(part.job(1))], undefined, /job 0 to join is not a job/],
  [
    'a job that is there twice',
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

it('B2 what is no array of jobs is refused by an error of ours', () => {
  expect(() => joinJobs(undefined as unknown as Job[])).toThrow(InvalidArgumentError);
});
