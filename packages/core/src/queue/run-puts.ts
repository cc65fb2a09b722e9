// Uncommitted puts: the jobs that a running task has put. They are stored with the commit of the
// run (J6).
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
  /** The origin: the job of the run, or the job that it is appended to (C4). */
  origin: JobOrigin | undefined;
  uncommitted: UncommittedJobs;
  /** The key of the job that it is appended to. */
  appendTo: string | undefined;
}

export class RunPuts implements CommittablePuts {
  readonly #puts: Put[] = [];
  readonly #uncommitted = new Map<JobGateway, UncommittedJobs>();
  readonly #appendsTo = new Set<string>();
  #isSettled = false;

  /**
   * Buffers a new job until the run commits. Meanwhile its handle cannot be put again.
   * @param origin the job of the run, or the job that it is appended to
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

  /** Whether the run has appended to the job with that key. */
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
      // An appended job may have to wait for others first: `refresh` reads that.
      if (appendTo !== undefined) placeJob(handle, { gateway, lane: job.lane, origin });
      else placeJob(handle, { gateway, lane: job.lane, origin: undefined }, asPut(job));
    });
  }

  /** Makes the handles new again. */
  dropped(): readonly string[] {
    const tasks = this.#isSettled ? [] : this.#puts.map(({ handle }) => handle.task);
    this.#settle('dropped', ({ handle, uncommitted }) => displaceJob(handle, uncommitted));
    return tasks;
  }

  /**
   * Leaves the commit to another thread. The handles get the places that the jobs will have, where
   * calls are refused until then.
   * @returns a function that makes the handles new again, for the next run of the same job
   */
  handOver(): () => void {
    this.#settle('committed', ({ handle, gateway, origin }) =>
      placeJob(handle, { gateway, lane: laneOf(handle), origin }),
    );
    return () => {
      for (const { handle, uncommitted, origin } of this.#puts) {
        // Parts and callbacks got their places together with it.
        placeJob(handle, { gateway: uncommitted, lane: laneOf(handle), origin });
        displaceJob(handle, uncommitted);
      }
    };
  }

  /**
   * Refuses further changes, since the task has ended and its commit is under way: a change would
   * be lost unseen.
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
 * The uncommitted puts of a run. Call it anew after each await: the run may have ended meanwhile.
 * @throws BadStatusError where its task has ended
 */
export function putsOf(run: RunContext): RunPuts {
  refuseEnded(
    run,
    'what its task puts now would be lost. Await it in the task; what several tasks share puts through a queue with ' +
      '{ immediate: true }, or in outsideRun(…)',
  );
  // Only this function stores puts, so they are of this class.
  return (run.puts ??= new RunPuts()) as RunPuts;
}

/** Ends a run after its task: further puts are refused. */
export function endRun(run: RunContext): void {
  run.hasEnded = true;
  run.puts?.end();
}

/**
 * @param isBeside whether `queue` can be stored to together with the result of the run
 * @throws InvalidArgumentError where it cannot
 */
export function checkPutInRun(run: RunContext, queue: string, isBeside: boolean): void {
  if (isBeside) return;
  throw new InvalidArgumentError(
    `the queue ${queue} has another prefix, or another connection, than ${run.queue.name}, where the job runs that puts into ` +
      'it: both cannot be stored together (J6). Put with { immediate: true }',
  );
}
