// The jobs that schedules have put into the queues of a test.
import { defineTask, JobStatus, type Job, type ScheduleTimes } from '@drover/core';
import type { TestContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';

export const note = defineTask('schedules.note', (value?: unknown) => value);
export const nightly: ScheduleTimes = { cron: '0 3 * * *', timezone: 'Europe/Berlin' };
export const DAY = 86_400_000;
const UNDER_WAY = ['pending', 'assigned', 'active', 'callbacks'] as const;

export interface SchedulesScene {
  /** All jobs that schedules have put into a queue, by their times. */
  putIn(queue: string): Promise<Job[]>;
  /** Resolves with them when there are so many. */
  havePut(queue: string, count: number): Promise<Job[]>;
  /**
   * Removes the schedule `n` once `count` jobs of the queue have completed. Resolves with all that
   * it has put, once they have.
   */
  endedIn(queue: string, count: number): Promise<Job[]>;
  redisNow(): Promise<number>;
  /** Lets the schedule `n`, or another one, stand at a time, as if it came up to it. */
  standAt(queue: string, time: number, schedule?: string): Promise<void>;
}

export const timeOf = ({ schedule }: Job): number => Number(schedule?.time);

export function schedulesIn({ queue, redis, prefix }: TestContext): SchedulesScene {
  const putIn = async (name: string): Promise<Job[]> => {
    const jobs = await queue(name).jobs({ status: Object.values(JobStatus), end: 5_000 });
    return jobs.filter(({ schedule }) => schedule).sort((a, b) => timeOf(a) - timeOf(b));
  };
  return {
    putIn,
    async havePut(name, count) {
      return await eventually(async () => {
        const jobs = await putIn(name);
        return jobs.length >= count && jobs;
      });
    },
    async endedIn(name, count) {
      const { schedules } = queue(name);
      await eventually(
        async () => (await queue(name).jobs({ status: 'completed' })).length >= count,
      );
      await schedules.remove('n');
      await eventually(async () => (await queue(name).jobs({ status: UNDER_WAY })).length === 0);
      return await putIn(name);
    },
    async redisNow() {
      const [seconds, microseconds] = await redis.time();
      return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
    },
    async standAt(name, time, schedule = 'n') {
      await redis.zadd(`${prefix}:${name}:schedules`, time, schedule);
    },
  };
}
