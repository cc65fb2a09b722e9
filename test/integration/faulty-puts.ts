// Each write of a producer that puts jobs, with a scenario that makes it.
import type { Job } from '@drover/core';
import { callback, insists, PATIENCE, value, type Place, type Write } from './faulty-scene.js';

const put =
  (options: object = {}) =>
  async ({ producer }: Place): Promise<Job[]> => {
    const job = value.job(7);
    await insists(() => producer.put(job, options));
    expect(await job.wait(PATIENCE)).toBe(7);
    return [job];
  };

export const puts: readonly Write[] = [
  { name: 'put', side: 'producer', match: 'putJobs', run: put() },
  {
    name: 'put of a job for later',
    side: 'producer',
    match: 'putJobs',
    run: put({ beginAfter: 50 }),
  },
  {
    name: 'put with a deadline',
    side: 'producer',
    match: 'noteDeadlines',
    run: put({ beginBy: 60_000 }),
  },
  {
    name: 'put with callbacks',
    side: 'producer',
    match: 'putJobs',
    run: async ({ producer }) => {
      const job = value.job(8);
      const added = await job.addCallback(callback.job());
      await insists(() => producer.put(job));
      expect([await job.wait(PATIENCE), await added.wait(PATIENCE)]).toEqual([8, 8]);
      return [job, added];
    },
  },
  {
    name: 'putAll',
    side: 'producer',
    match: 'putJobs',
    run: async ({ producer }) => {
      const jobs = Array.from({ length: 20 }, (_, i) => value.job(i));
      await insists(() => producer.putAll(jobs));
      expect(await Promise.all(jobs.map((job) => job.wait(PATIENCE)))).toEqual([...jobs.keys()]);
      return jobs;
    },
  },
  {
    name: 'add-callback',
    side: 'producer',
    match: 'addCallback',
    run: async ({ producer }) => {
      const job = await producer.put(value.job(8));
      const cb = callback.job();
      const added = await insists(() => job.addCallback(cb));
      expect([await job.wait(PATIENCE), await added.wait(PATIENCE)]).toEqual([8, 8]);
      return [job, added];
    },
  },
];
