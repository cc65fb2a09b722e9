// The schedules of a queue: jobs that dispatchers put at given times (Q10).
import { BadStatusError, InvalidArgumentError } from '../../errors.js';
import type { Job } from '../../job/job.js';
import { describeValue } from '../../lib/describe-value.js';
import { checkName } from '../../lib/names.js';
import { checkOptions } from '../../lib/unknown-options.js';
import { uuidv4 } from '../../lib/uuid.js';
import type { Missed } from '../../model/schedules/plan.js';
import { timeAfter, toTimes, type ScheduleTimes } from '../../model/schedules/times.js';
import { DamagedRecord } from '../../model/store-errors.js';
import {
  changeSchedule,
  readSchedule,
  scheduleNames,
  setSchedule,
  type Overlap,
  type StoredSchedule,
} from '../../store/bullmq/schedules/schedule-records.js';
import type { Task } from '../../task/task-types.js';
import type { QueueParts } from '../queue-parts.js';
import { toTemplate } from './template.js';

/** How a schedule puts its jobs. */
export interface ScheduleOptions {
  /**
   * 'skip': no job is put for a time at which the last job of the schedule has not completed.
   * Default: 'allow'.
   */
  overlap?: Overlap;
  /**
   * Times at which no dispatcher of the queue ran, once one runs again: 'none' of them gets a job,
   * the 'latest' one alone, or 'all', one after another. Default: 'latest'.
   */
  missed?: Missed;
}

/** A schedule as it was read. All times are in ms since 1970, by Redis's clock. */
export interface JobSchedule {
  name: string;
  /** Undefined where it has `every`. */
  cron?: string;
  timezone?: string;
  /** Ms; undefined where it has `cron`. */
  every?: number;
  /** The name of the task of its jobs; empty where the record is damaged. */
  task: string;
  lane: string;
  overlap: Overlap;
  missed: Missed;
  paused: boolean;
  /** The next time; undefined while it is paused. */
  next?: number;
  /** The id of the job that it has put last, and the time for which it did so. */
  last?: { id: string; time: number };
  /** The number of times at which `overlap: 'skip'` put no job. */
  skipped: number;
  /** Why dispatchers cannot use its record: set the schedule again, or remove it (B1). */
  damaged?: string;
}

export class Schedules {
  /** Made by the queue. */
  constructor(
    private readonly queue: string,
    private readonly parts: () => QueueParts,
  ) {}

  /**
   * Makes a schedule, or replaces the one of that name (Q10). Dispatchers of the queue put a job
   * for each time, once, by Redis's clock. Where the times stay the same, a schedule that is set
   * again goes on from where it stands, so each process may set its schedules at its start. A
   * paused schedule stays paused. Inside a running task this is no part of the run (J6).
   * @param times `{ cron, timezone }`, or `{ every }` in ms
   * @param job a new job, from which each job of the schedule is made, with its options, callbacks
   *   and parts; it stays new. A task stands for a job of it
   * @throws InvalidArgumentError for a bad name, cron expression, time zone or option, for a value
   *   that is no job, and for a job with a `beginAfter`; BadStatusError for a job that was put;
   *   UnknownQuotaError; the errors of storing arguments
   */
  async set(
    name: string,
    times: ScheduleTimes,
    job: Job<unknown, []> | Task<[], unknown>,
    options: ScheduleOptions = {},
  ): Promise<void> {
    checkName('schedule', name);
    const given = toTimes(times);
    const { overlap, missed } = toModes(options);
    const parts = this.parts();
    const { store } = parts;
    const template = await toTemplate(parts, job);
    const first = 'cron' in given ? timeAfter(given, (await store.clock()).now()) : undefined;
    if ('cron' in given && first === undefined)
      throw new InvalidArgumentError(
        `the cron expression ${describeValue(given.cron)} has no time: such a day never comes`,
      );
    const version = uuidv4();
    const schedule = { name, times: given, first, template, overlap, missed, version };
    await store.use(({ client, keys }) => setSchedule(client, keys, schedule));
  }

  /** One schedule; undefined where there is none of that name. */
  async get(name: string): Promise<JobSchedule | undefined> {
    checkName('schedule', name);
    return await this.parts().store.use(async ({ client, keys }) => {
      try {
        const found = await readSchedule(client, keys, name);
        return found && toJobSchedule(found);
      } catch (error) {
        if (!(error instanceof DamagedRecord)) throw error;
        return damagedSchedule(name, error.message);
      }
    });
  }

  /** All schedules of the queue, by name. */
  async list(): Promise<JobSchedule[]> {
    const names = await this.parts().store.use(({ client, keys }) => scheduleNames(client, keys));
    const found = await Promise.all(names.map((name) => this.get(name)));
    return found.flatMap((schedule) => schedule ?? []);
  }

  /**
   * Stops a schedule until `resume`. Its jobs stay as they are.
   * @throws BadStatusError where there is none of that name
   */
  async pause(name: string): Promise<void> {
    await this.#change(name, 'pause');
  }

  /**
   * Lets a paused schedule go on with its next time. The times of the pause count as put: no job
   * follows for them, whatever `missed` says.
   * @throws BadStatusError where there is none of that name
   */
  async resume(name: string): Promise<void> {
    checkName('schedule', name);
    const { store } = this.parts();
    for (;;) {
      const now = (await store.clock()).now();
      const done = await store.use(async ({ client, keys }) => {
        const found = await readSchedule(client, keys, name);
        if (!found) return 'no such schedule';
        const { times, version } = found;
        const resume = { version, next: timeAfter(times, now) };
        return await changeSchedule(client, keys, name, { resume });
      });
      if (done === 'no such schedule') throw this.#unknown(name);
      if (done === 'done') return;
    }
  }

  /**
   * Removes a schedule. Its jobs stay as they are.
   * @throws BadStatusError where there is none of that name
   */
  async remove(name: string): Promise<void> {
    await this.#change(name, 'remove');
  }

  async #change(name: string, step: 'pause' | 'remove'): Promise<void> {
    checkName('schedule', name);
    const isDone = await this.parts().store.use(async ({ client, keys }, isRepeated) => {
      const done = await changeSchedule(client, keys, name, step);
      // If the reply of an earlier attempt was lost, this call removed it.
      return done === 'done' || (step === 'remove' && isRepeated);
    });
    if (!isDone) throw this.#unknown(name);
  }

  #unknown(name: string): BadStatusError {
    return new BadStatusError(
      `the queue ${this.queue} has no schedule ${describeValue(name)}: set it first`,
    );
  }
}

function toModes(options: ScheduleOptions): Required<ScheduleOptions> {
  checkOptions('a schedule', options, ['overlap', 'missed']);
  const { overlap = 'allow', missed = 'latest' } = options;
  oneOf('overlap', overlap, ['allow', 'skip']);
  oneOf('missed', missed, ['none', 'latest', 'all']);
  return { overlap, missed };
}

function oneOf(option: string, value: unknown, known: readonly string[]): void {
  if (known.includes(value as string)) return;
  throw new InvalidArgumentError(
    `${option} must be one of ${known.join(', ')}, not ${describeValue(value)}`,
  );
}

function toJobSchedule({ times, version: _, next, last, ...facts }: StoredSchedule): JobSchedule {
  const { name, ...rest } = facts;
  const own = 'cron' in times ? times : { every: times.every };
  return {
    name,
    ...own,
    ...rest,
    ...(next !== undefined && { next }),
    ...(last !== undefined && { last }),
  };
}

function damagedSchedule(name: string, damaged: string): JobSchedule {
  return {
    name,
    task: '',
    lane: '',
    overlap: 'allow',
    missed: 'latest',
    paused: false,
    skipped: 0,
    damaged,
  };
}
