// What a handle keeps of its job – its id, its arguments, and whether it is new or where it is –
// and what of that is stored, where the job is put or stands inside a value (J4, J12).
import { jobBeingStored, whileStored } from '../codec/serializing.js';
import { constructedBy } from '../lib/constructed-by.js';
import { decode, encode, fromTree, toTree, type Store } from '../codec/codec.js';
import type { Root } from '../codec/path.js';
import {
  toStoredInside,
  type JobLocation,
  type NewJobData,
  type ReviveJob,
  type StoredInside,
} from '../codec/stored-jobs.js';
import { argsWithin } from '../codec/data-size.js';
import { SerializationError } from '../errors.js';
import {
  laneOfNew,
  NEVER_PUT,
  newOptions,
  locationOf,
  type HandleState,
  type Place,
} from './handle-state.js';
import type { StoredCallback } from './job-callbacks.js';
import { callbackDefaults } from './process-defaults.js';
import type { StoredJobOptions } from '../model/job-options.js';
import { checkNew } from './job-refusals.js';
import { Placing, placeUnderWay, spotOf, whilePlacing, type Spot } from './placing.js';
import { putDefaults, withPutDefaults } from './put-defaults.js';
import type { NewStoredJob } from '../model/records.js';
import { uuidv7 } from '../lib/uuid.js';

// All of these are for Drover's own packages.
/** The state of a handle. */
export let stateOf: (job: Handle) => HandleState;
/** Gives a handle another state. */
export let setState: (job: Handle, state: HandleState) => void;
/**
 * The jobs in its arguments, as far as they are known; `parts` are those of them that belong to it.
 */
export let jobsInside: (job: Handle) => { inner: readonly Handle[]; parts: readonly Handle[] };
/** @throws BadStatusError where the job is not new */
export let checkNewJob: (job: Handle) => void;
/**
 * Gives a new job its spot in what is stored together, with its callbacks and its parts. @throws
 * BadStatusError where one is not new
 */
export let layOut: (job: Handle, placing: Placing, place: JobLocation) => void;
/**
 * What is stored of a new job when it is put, its arguments within `maxDataBytes`; with the
 * defaults of its queue, which hold for the new jobs among its arguments too.
 */
export let newStoredJob: (
  job: Handle,
  maxDataBytes?: number,
  defaults?: StoredJobOptions,
) => NewStoredJob;
/**
 * What is stored of a new job that becomes a callback of a job at this place; and its own place.
 */
export let newStoredCallback: (
  job: Handle,
  callback: Handle,
  at: Place,
  placing: Placing,
) => StoredCallback;
/** Takes other arguments; `json` is what is stored of them. */
export let changeArgs: (
  job: Handle,
  args: readonly unknown[],
) => { json: string; undo: () => void };
/** The place of a job that was put. */
export let placeOfPut: (job: Handle) => Place | undefined;
/** The place of a job, or where it may come to be. */
export let placeOf: (job: Handle) => Place | undefined;
/** The lane that a job is in, or will be put into. */
export let laneOf: (job: Handle) => string;
/** Makes a handle of a new job that was found inside a value, or inside the job `around`. */
export let reviveNewJob: (
  job: Handle,
  data: NewJobData,
  place: Place,
  around: Handle | undefined,
) => void;
/** Others may have this new job, and put it as well: see `isShared` of NewJobData. */
export let shareJob: (job: Handle) => void;
/** The callbacks that this handle was given while its job was new. */
export let callbacksOf: (job: Handle) => readonly Handle[];
/** The job of that id which stands whole in this new job, or in one around it. */
export let nearJob: (job: Handle, id: string) => Handle | undefined;
/** A new job with one more argument bound, under the same id. */
export let withLastArgument: <J extends Handle>(job: J, value: unknown) => J;

/** How many jobs were written so far as near ones (NearJob). */
let nearJobsWritten = 0;

/** What all handles have, whatever they show. */
export class Handle {
  readonly id: string;
  /** The name of its task. */
  readonly task: string;
  #state: HandleState = NEVER_PUT;
  #args: readonly unknown[] | undefined;
  /**
   * Of a new job inside a value: the tree of its arguments, which is read when somebody asks for
   * them.
   */
  #argsTree: unknown;
  /** The new job in which this one, new as well, was found. */
  #around: Handle | undefined;
  /** Its tree holds near jobs: only as a part of what is around it, it can be stored as it is. */
  #holdsNear = false;
  /** Others may hold this new job as well: it was written into a value, or read from one (J12). */
  #isShared = false;
  /**
   * The jobs in its arguments, but not those inside other jobs. Known once they were stored, or
   * read.
   */
  #inner: Handle[] = [];
  /** Those of them that belong to it. */
  #parts: readonly Handle[] = [];

  static {
    stateOf = (job) => job.#state;
    setState = (job, state) => (job.#state = state);
    jobsInside = (job) => ({ inner: job.#inner, parts: job.#parts });
    checkNewJob = (job) => job.#checkNew();
    layOut = (job, placing, place) =>
      job.#layOut(placing, { place, owner: undefined, role: 'itself' });
    newStoredJob = (job, maxDataBytes, defaults) => {
      job.#checkNew();
      return withPutDefaults(defaults, () => job.#toNewStored(maxDataBytes));
    };
    newStoredCallback = (job, callback, at, placing) => job.#toNewCallback(callback, at, placing);
    changeArgs = (job, args) => job.#changeArgs(args);
    placeOfPut = (job) => (job.#state.kind === 'placed' ? job.#state : undefined);
    placeOf = (job) => (job.#state.kind === 'placed' ? job.#state : job.#state.expectedAt);
    laneOf = (job) => job.#lane;
    shareJob = (job) => (job.#isShared = true);
    reviveNewJob = (job, { args, options = {}, holdsNear = false, isShared }, place, around) => {
      [job.#args, job.#argsTree, job.#isShared] = [undefined, args, isShared === true];
      // What stands in a job that was put before refers to its old places.
      job.#holdsNear = holdsNear || (around !== undefined && around.#holdsNear);
      job.#around = around;
      job.#state = {
        ...NEVER_PUT,
        options,
        expectedAt: { ...place, lane: laneOfNew({ ...NEVER_PUT, options }) },
      };
    };
    callbacksOf = (job) => job.#callbacks;
    nearJob = (job, id) => job.#findNear(id);
    withLastArgument = (job, value) => {
      const jobClass = job.constructor as new (
        ...args: ConstructorParameters<typeof Handle>
      ) => typeof job;
      const bound = new jobClass(job.task, [...job.args, value], job.id);
      if (job.#state.kind === 'new') bound.#state = { ...job.#state, belongsTo: undefined };
      bound.#isShared = job.#isShared;
      return bound;
    };
  }

  static [Symbol.hasInstance] = constructedBy((value) => #state in value);

  /** Made by `task.job(…)`. */
  constructor(task: string, args: readonly unknown[] | undefined, id: string = uuidv7()) {
    this.task = task;
    this.#args = args;
    this.id = id;
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
    this.#args ??= this.#readArgs();
    return this.#args ?? [];
  }

  /** The queue that it was put into, by name. */
  get queue(): string | undefined {
    return this.#state.kind === 'placed' ? this.#state.gateway.queueName : undefined;
  }

  /** How it is run; changed by `with`. */
  get options(): Readonly<StoredJobOptions> {
    if (this.#state.kind === 'new') return newOptions(this.#state);
    return this.#state.stored?.options ?? this.#state.before?.options ?? {};
  }

  toString(): string {
    return `job ${this.id} (${this.task})`;
  }

  /** What is stored of it inside a value, in which it stands at `path`. */
  [toStoredInside](path: () => string): StoredInside {
    const holder = jobBeingStored();
    if (holder === this) throw new SerializationError(path(), `is ${String(this)} itself`);
    const spot = spotOf(this);
    if (spot?.role === 'part' && spot.owner === holder)
      return { kind: 'new', job: this.#toNewData(path, true) };
    const { id, task } = this;
    // A put that is under way has fixed its place: written as new, it could be put a second time.
    const place =
      this.#state.kind === 'placed'
        ? locationOf(this.#state)
        : (spot?.place ?? placeUnderWay(this));
    if (place) return { kind: 'reference', job: { id, task, ...place } };
    if (!spot) shareJob(this);
    if (!spot) return { kind: 'new', job: this.#whole(() => this.#toNewData(path, false)) };
    nearJobsWritten++;
    return { kind: 'near', job: { id } };
  }

  #toNewData(path: () => string, isPart: boolean): NewJobData {
    const { id, task } = this;
    const nearBefore = nearJobsWritten;
    const own = { ...putDefaults(), ...this.options };
    const options = Object.keys(own).length > 0 ? { options: own } : {};
    const callbacks = this.#callbacks.map((callback) => callback.#toNewData(path, false));
    const args = this.#argsTree ?? this.#storeArgs(toTree, () => `${path()}.args`);
    return {
      id,
      task,
      args,
      ...options,
      ...(callbacks.length > 0 && { callbacks }),
      ...(isPart && { isPart }),
      ...(this.#isShared && { isShared: true }),
      ...(nearJobsWritten > nearBefore && { holdsNear: true }),
    };
  }

  #toNewStored(maxDataBytes?: number): NewStoredJob {
    return this.#whole(() => {
      const json =
        this.#argsTree === undefined
          ? this.#storeArgs(encode, 'args')
          : JSON.stringify(this.#argsTree);
      const args = argsWithin(json, maxDataBytes, this);
      const defaults = putDefaults();
      const options = defaults ? { ...defaults, ...this.options } : this.options;
      const callbacks = this.#callbacks.map((callback) => callback.#toNewStored(maxDataBytes));
      const { id, task } = this;
      const pulledBy = this.#state.kind === 'new' ? this.#state.pulledBy : undefined;
      return {
        ...{ id, task, args, options, lane: this.#lane },
        ...(callbacks.length > 0 && { callbacks }),
        ...(pulledBy && { pulledBy }),
        ...(this.#isShared && { isShared: true }),
      };
    });
  }

  #toNewCallback(callback: Handle, at: Place, placing: Placing): StoredCallback {
    const { gateway } = at;
    const spot = this.#spotBelow(callback, locationOf(at), 'callback');
    callback.#layOut(placing, spot);
    const stored = whilePlacing(placing, () => callback.#toNewStored(gateway.maxDataBytes));
    // Its own options alone: those of its job are none of a callback's.
    stored.options = { ...callbackDefaults(), ...callback.options };
    return { stored, place: { gateway, lane: stored.lane, origin: spot.place?.origin } };
  }

  /** Writes all of a new job: it has a spot then, as have those that belong to it. */
  #whole<T>(write: () => T): T {
    if (spotOf(this)) return write();
    const placing = new Placing();
    this.#layOut(placing, { place: undefined, owner: undefined, role: 'itself' });
    return whilePlacing(placing, write);
  }

  /** @throws BadStatusError where it is not new, or one that belongs to it */
  #layOut(placing: Placing, spot: Spot): void {
    this.#checkNew(spot.owner);
    placing.add(this, spot);
    const { place } = spot;
    for (const callback of this.#callbacks)
      callback.#layOut(placing, this.#spotBelow(callback, place, 'callback'));
    this.#layOutParts(placing, place);
  }

  #layOutParts(placing: Placing, place: JobLocation | undefined): void {
    // What holds near jobs is good inside what is around it alone: it is written anew.
    if (this.#holdsNear) void this.args;
    // A tree that nobody has read is stored as it is, with the parts that are in it.
    this.#parts =
      this.#args === undefined ? [] : this.ownJobs.filter((job) => job instanceof Handle);
    for (const part of this.#parts) part.#layOut(placing, this.#spotBelow(part, place, 'part'));
  }

  #spotBelow(job: Handle, place: JobLocation | undefined, role: Spot['role']): Spot {
    // Whoever has this one has that one too.
    if (this.#isShared) job.#isShared = true;
    const below = place && {
      queue: place.queue,
      lane: job.#lane,
      origin: { id: this.id, ...place },
    };
    return { place: below, owner: this, role };
  }

  /** Takes other arguments; `json` is what is stored of them. */
  #changeArgs(args: readonly unknown[]): { json: string; undo: () => void } {
    const [before, tree, inner, parts] = [this.#args, this.#argsTree, this.#inner, this.#parts];
    const undo = (): void => {
      [this.#args, this.#argsTree, this.#inner, this.#parts] = [before, tree, inner, parts];
    };
    [this.#args, this.#argsTree] = [args, undefined];
    try {
      const place = this.#state.kind === 'placed' ? locationOf(this.#state) : undefined;
      const placing = new Placing();
      placing.add(this, { place, owner: undefined, role: 'itself' });
      this.#layOutParts(placing, place);
      return { json: whilePlacing(placing, () => this.#storeArgs(encode, 'args')), undo };
    } catch (error) {
      undo();
      throw error;
    }
  }

  /** Its callbacks as far as this handle was given them while it was new. */
  get #callbacks(): readonly Handle[] {
    return (this.#state.kind === 'new' ? this.#state : this.#state.before)?.callbacks ?? [];
  }

  get #lane(): string {
    return this.#state.kind === 'placed' ? this.#state.lane : laneOfNew(this.#state);
  }

  #storeArgs<T>(store: Store<T>, root: Root): T {
    this.#inner = [];
    return whileStored(this, () =>
      store(this.args, root, (job) => job instanceof Handle && this.#inner.push(job)),
    );
  }

  #readArgs(): unknown[] | undefined {
    const place = this.#state.kind === 'placed' ? this.#state : this.#state.expectedAt;
    if (!place) return undefined;
    const revive: ReviveJob = (stored) => {
      const job = place.gateway.revive(stored, this);
      if (stored.kind === 'new' && job instanceof Handle) this.#inner.push(job);
      return job;
    };
    if (this.#state.kind === 'placed' && this.#state.stored)
      return decode(this.#state.stored.args, revive) as unknown[];
    const tree = this.#argsTree;
    this.#argsTree = undefined;
    return tree === undefined ? undefined : (fromTree(tree, revive) as unknown[]);
  }

  #findNear(id: string): Handle | undefined {
    for (let job: Handle | undefined = this; job; job = job.#around) {
      if (job.id === id) return job;
      void job.args;
      const found = [...job.#callbacks, ...job.#inner].find((other) => other.id === id);
      if (found) return found;
    }
    return undefined;
  }

  /** @param owner the job that it is to belong to; undefined where it is to be put by itself */
  #checkNew(owner?: object): void {
    const state = this.#state;
    if (state.kind === 'new') {
      checkNew(this, {
        isCallback: state.belongsTo !== undefined && state.belongsTo !== owner,
        origin: undefined,
        isPut: false,
      });
    } else {
      // Its owner is being stored once more, with other arguments.
      const isOwners =
        state.origin?.id === (owner as Handle | undefined)?.id && state.before && !state.stored;
      if (!isOwners || !owner)
        checkNew(this, {
          isCallback: state.before?.belongsTo !== undefined,
          origin: state.origin,
          isPut: true,
        });
    }
  }
}
