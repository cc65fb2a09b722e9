// A handle: the id and the arguments of a job, in the hands of one process.
import { constructedBy } from '../lib/constructed-by.js';
import { uuidv7 } from '../lib/uuid.js';
import { toStoredInside, type StoredInside } from '../codec/stored-jobs.js';
import type { StoredJobOptions } from '../model/job-options.js';
import {
  handleData,
  newHandleData,
  NO_JOBS,
  optionsOf,
  ownJobs,
  placeOfPut,
  type AnyHandle,
  type HandleData,
} from './handle-data.js';
import { readArgs } from './read-job.js';
import { writeInside } from './write-job.js';

/** The part of a handle that holds the identity and the arguments of the job. */
export class Handle implements AnyHandle {
  readonly id: string;
  /** The name of its task. */
  readonly task: string;
  readonly #data: HandleData;

  static [Symbol.hasInstance] = constructedBy((value) => #data in value);

  /** Made by `task.job(…)`. */
  constructor(task: string, args: readonly unknown[] | undefined, id: string = uuidv7()) {
    this.task = task;
    this.id = id;
    this.#data = newHandleData(args);
  }

  get [handleData](): HandleData {
    return this.#data;
  }

  get [ownJobs](): readonly Handle[] {
    return this.ownJobs;
  }

  /**
   * The new jobs among the arguments that belong to this job, as the parts belong to a composite.
   * They are put with it and with no other job, and their handles have places from then on. A class
   * of handles (`jobClass`) overrides this. Default: none.
   */
  protected get ownJobs(): readonly Handle[] {
    return NO_JOBS;
  }

  /** The arguments. A handle of a job elsewhere knows them after `refresh`. */
  get args(): readonly unknown[] {
    const data = this.#data;
    data.args ??= readArgs(this);
    return data.args ?? [];
  }

  /** The queue that it was put into, by name. */
  get queue(): string | undefined {
    return placeOfPut(this)?.gateway.queueName;
  }

  /** The options of the job; `with` changes those of a new one. */
  get options(): Readonly<StoredJobOptions> {
    return optionsOf(this);
  }

  toString(): string {
    return `job ${this.id} (${this.task})`;
  }

  /** The stored form of this job inside a value, where it stands at `path`. */
  [toStoredInside](path: () => string): StoredInside {
    return writeInside(this, path);
  }
}

/** A new job with one more argument bound, under the same id. */
export function withLastArgument<J extends Handle>(job: J, value: unknown): J {
  const jobClass = job.constructor as new (...args: ConstructorParameters<typeof Handle>) => J;
  const bound = new jobClass(job.task, [...job.args, value], job.id);
  const { state, isShared } = job[handleData];
  if (state.kind === 'new') bound[handleData].state = { ...state, belongsTo: undefined };
  bound[handleData].isShared = isShared;
  return bound;
}
