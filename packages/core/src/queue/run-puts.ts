// The jobs that a run has put: they are part of its job, and stored when the run commits, together
// with its result (J6).
import type { JobOrigin } from '../codec/stored-jobs.js';
import { InvalidArgumentError } from '../errors.js';
import { laneOf, type Place } from '../job/handle-data.js';
import { UncommittedJobs } from './uncommitted-jobs.js';
import type { JobGateway } from '../job/job-gateway.js';
import { displaceJob, placeJob } from '../job/handle-places.js';
import type { Job } from '../job/job.js';
import { asPut } from './as-put.js';
import { refuseEnded, type CommittablePuts, type RunContext } from '../job/run-context.js';
import type { NewStoredJob } from '../model/records.js';

interface Put {
  handle: Job;
  gateway: JobGateway;
  /** The job that stores it: the run's, or the one that is to wait for it too (C4). */
  origin: JobOrigin | undefined;
  uncommitted: UncommittedJobs;
  /** The key of the latter. */
  appendTo: string | undefined;
}

export class RunPuts implements CommittablePuts {
  readonly #puts: Put[] = [];
  readonly #uncommitted = new Map<JobGateway, UncommittedJobs>();
  readonly #appendsTo = new Set<string>();
  #isSettled = false;

  /**
   * Holds a new job until the run commits. Its handle is new until then, and cannot be put again.
   * @param origin the job that stores it: the run's, or the one that it is appended to
   */
  add(
    handle: Job,
    { gateway, origin }: Omit<Place, 'lane'>,
    job: NewStoredJob,
    appendTo?: string,
  ): void {
    const uncommitted = this.#uncommitted.get(gateway) ?? new UncommittedJobs(gateway);
    this.#uncommitted.set(gateway, uncommitted);
    placeJob(handle, { gateway: uncommitted, lane: job.lane, origin }, uncommitted.add(job));
    this.#puts.push({ handle, gateway, uncommitted, origin, appendTo });
    if (appendTo !== undefined) this.#appendsTo.add(appendTo);
  }

  /** Whether it has appended to the job with that key. */
  appendsTo(key: string): boolean {
    return this.#appendsTo.has(key);
  }

  get stored(): { queue: string; job: NewStoredJob; appendTo: string | undefined }[] {
    return this.#puts.map(({ handle, uncommitted, appendTo }) => ({
      queue: uncommitted.queueName,
      job: uncommitted.toStore(handle.id) as NewStoredJob,
      appendTo,
    }));
  }

  committed(): void {
    this.#settle('committed', ({ handle, gateway, uncommitted, origin, appendTo }) => {
      const job = uncommitted.toStore(handle.id) as NewStoredJob;
      // What was appended may have to wait for others first: that is read.
      if (appendTo !== undefined) placeJob(handle, { gateway, lane: job.lane, origin });
      else placeJob(handle, { gateway, lane: job.lane, origin: undefined }, asPut(job));
    });
  }

  /** Their handles can be put again. */
  dropped(): readonly string[] {
    const tasks = this.#isSettled ? [] : this.#puts.map(({ handle }) => handle.task);
    this.#settle('dropped', ({ handle, uncommitted }) => displaceJob(handle, uncommitted));
    return tasks;
  }

  /**
   * Another thread stores them: their handles go to where they will be, which refuses what comes
   * before that.
   * @returns makes them new again, for the next run of the same job
   */
  handOver(): () => void {
    this.#settle('committed', ({ handle, gateway, origin }) =>
      placeJob(handle, { gateway, lane: laneOf(handle), origin }),
    );
    return () => {
      for (const { handle, uncommitted, origin } of this.#puts) {
        // Those that belong to it were given their places together with it.
        placeJob(handle, { gateway: uncommitted, lane: laneOf(handle), origin });
        displaceJob(handle, uncommitted);
      }
    };
  }

  /**
   * Its run has ended: a change of what is being stored would be lost unseen, so that it is refused
   * from now on.
   */
  end(): void {
    if (this.#isSettled) return;
    for (const uncommitted of this.#uncommitted.values()) uncommitted.settle('ended');
  }

  #settle(state: 'committed' | 'dropped', each: (put: Put) => void): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    for (const uncommitted of this.#uncommitted.values()) uncommitted.settle(state);
    this.#puts.forEach(each);
  }
}

/**
 * Where a run holds what it puts. To be asked for anew after each await: the run may have ended
 * meanwhile, and is stored as it was then.
 * @throws BadStatusError where its task has ended
 */
export function putsOf(run: RunContext): RunPuts {
  refuseEnded(
    run,
    'what its task puts now would be lost. Await it in the task; what several tasks share puts through a queue with ' +
      '{ immediate: true }, or in outsideRun(…)',
  );
  // No other class is ever stored there.
  return (run.puts ??= new RunPuts()) as RunPuts;
}

/** The task of a run has ended: nothing more becomes part of it. */
export function endRun(run: RunContext): void {
  run.hasEnded = true;
  run.puts?.end();
}

/**
 * @param isBeside whether what is put into `queue` can be stored together with the run's result
 * @throws InvalidArgumentError where it cannot be part of the run
 */
export function checkPutInRun(run: RunContext, queue: string, isBeside: boolean): void {
  if (isBeside) return;
  throw new InvalidArgumentError(
    `the queue ${queue} has another prefix, or another connection, than ${run.queue.name}, where the job runs that puts into ` +
      'it: both cannot be stored together (J6). Put with { immediate: true }',
  );
}
