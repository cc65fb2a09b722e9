// A handle: the id and the arguments of a job, in the hands of one process.
import { constructedBy } from '../lib/constructed-by.js';
import { uuidv7 } from '../lib/uuid.js';
import { toStoredInside, type StoredInside } from '../codec/stored-jobs.js';
import type { StoredJobOptions } from '../model/job-options.js';
import {
  handleData,
  newHandleData,
  optionsOf,
  ownJobs,
  placeOfPut,
  type AnyHandle,
  type HandleData,
} from './handle-data.js';
import { readArgs } from './read-job.js';
import { writeInside } from './write-job.js';

/** What all handles have, whatever they show. */
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
   * The new jobs among its arguments that belong to it: its task lets it wait for them. They are
   * put with it, and with no other job, and their handles are good from then on. For the class of a
   * composite's handles (`jobClass`). Default: none.
   */
  protected get ownJobs(): readonly Handle[] {
    return [];
  }

  /** Its arguments; those of a job elsewhere are known after `refresh`. */
  get args(): readonly unknown[] {
    const data = this.#data;
    data.args ??= readArgs(this);
    return data.args ?? [];
  }

  /** The queue that it was put into, by name. */
  get queue(): string | undefined {
    return placeOfPut(this)?.gateway.queueName;
  }

  /** How it is run; changed by `with`. */
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
