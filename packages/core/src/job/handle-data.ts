// The data of a handle: its arguments, and its state, which is new or placed (J12). The class of
// handles and the functions of this room reach it by a symbol that is not exported to users.
import { currentClock, type RedisClock } from '../redis/clock.js';
import { BadStatusError } from '../errors.js';
import type { JobOrigin, JobLocation, StorableJob } from '../codec/stored-jobs.js';
import type { HandleRef, JobGateway } from './job-gateway.js';
import type { StoredJobOptions } from '../model/job-options.js';
import { MAIN_LANE } from '../lib/names.js';
import type { OriginLocation, StoredJob } from '../model/records.js';

/** The place of a job, with the gateway that leads there. */
export interface Place {
  gateway: JobGateway;
  lane: string;
  /**
   * The job that stores this one: its composite, the job whose callback it is, or the job whose
   * task puts it. While the origin has not ended, a job that is not stored may still be stored. A
   * job that has no origin and is not stored was removed.
   */
  origin: JobOrigin | undefined;
}

/** The state of a job that was never put. */
export interface NewState {
  readonly kind: 'new';
  readonly options: StoredJobOptions;
  /**
   * When the job is due by the monotonic clock, where its `beginAfter` is in ms. Redis's clock may
   * be unknown until the job is put.
   */
  readonly dueAt?: number | undefined;
  /** Stored with the job. */
  readonly callbacks: readonly AnyHandle[];
  /** The job that it was given to, as a callback or as one of two to pick from. */
  readonly belongsTo: AnyHandle | undefined;
  /** Where it will be if the task that got it as an argument lets its own job wait for it. */
  readonly expectedAt: Place | undefined;
  /** The call that pulled it after an earlier put. */
  readonly pulledBy?: string;
}

/** The state of a job that was put, by itself or with the job that it belongs to. */
export interface PlacedState extends Place {
  readonly kind: 'placed';
  /** As it was last read. */
  readonly stored: StoredJob | undefined;
  /** The state of this handle before the put. */
  readonly before: NewState | undefined;
}

export type HandleState = NewState | PlacedState;

/** A put that has begun and has not ended. */
interface PutUnderWay {
  /** Where it puts the job; undefined before it has decided that. */
  spotOf(job: AnyHandle): { place: JobLocation | undefined } | undefined;
}

export interface HandleData {
  state: HandleState;
  /** The put of the job that is under way: meanwhile no other one can begin (Q1). */
  putBy: PutUnderWay | undefined;
  args: readonly unknown[] | undefined;
  /** Of a new job inside a value: the tree of its arguments, until they are read. */
  argsTree: unknown;
  /** The new job in whose arguments this new job was found. */
  around: AnyHandle | undefined;
  /** The tree holds near jobs: it can be stored as it is only as a part of `around`. */
  holdsNear: boolean;
  /** Others may hold this new job as well: it was written into a value, or read from one (J12). */
  isShared: boolean;
  /** The put that gave this handle has found the job: it has the key (Q8). */
  wasThere: boolean;
  /** The jobs directly in its arguments. Known once these were stored or read. */
  inner: readonly AnyHandle[];
  /** The jobs of `inner` that belong to the job. */
  parts: readonly AnyHandle[];
}

export const handleData = Symbol('drover.handleData');
/** The new jobs among the arguments that belong to the job, as its class says. */
export const ownJobs = Symbol('drover.ownJobs');

/** A handle as the functions of this room know it. */
export interface AnyHandle extends HandleRef, StorableJob {
  readonly args: readonly unknown[];
  readonly [handleData]: HandleData;
  readonly [ownJobs]: readonly unknown[];
}

/** Whether the class of handles made this object: a mere prototype has no data. */
export function isHandle(value: unknown): value is AnyHandle {
  if (typeof value !== 'object' || value === null) return false;
  try {
    return (value as Partial<AnyHandle>)[handleData] !== undefined;
  } catch {
    return false;
  }
}

/** Most handles have no jobs around them: they share this list. */
export const NO_JOBS: readonly never[] = Object.freeze([]);

export const NEVER_PUT: NewState = {
  kind: 'new',
  options: Object.freeze({}),
  callbacks: NO_JOBS,
  belongsTo: undefined,
  expectedAt: undefined,
};

export function newHandleData(args: readonly unknown[] | undefined): HandleData {
  return {
    state: NEVER_PUT,
    putBy: undefined,
    args,
    argsTree: undefined,
    around: undefined,
    holdsNear: false,
    isShared: false,
    wasThere: false,
    inner: NO_JOBS,
    parts: NO_JOBS,
  };
}

export function stateOf(job: AnyHandle): HandleState {
  return job[handleData].state;
}

export function setState(job: AnyHandle, state: HandleState): void {
  job[handleData].state = state;
}

/** The place of a job that was put. */
export function placeOfPut(job: AnyHandle): Place | undefined {
  const { state } = job[handleData];
  return state.kind === 'placed' ? state : undefined;
}

/** The place of a job, or where it may come to be. */
export function placeOf(job: AnyHandle): Place | undefined {
  const { state } = job[handleData];
  return state.kind === 'placed' ? state : state.expectedAt;
}

/** The lane that a job is in, or will be put into. */
export function laneOf(job: AnyHandle): string {
  const { state } = job[handleData];
  return state.kind === 'placed' ? state.lane : laneOfNew(state.options);
}

/** The callbacks that this handle was given while its job was new. */
export function callbacksOf(job: AnyHandle): readonly AnyHandle[] {
  const { state } = job[handleData];
  return (state.kind === 'new' ? state : state.before)?.callbacks ?? NO_JOBS;
}

/** The options of a job; a time that counts from now is told by `clock` (Q2). */
export function optionsOf(job: AnyHandle, clock: RedisClock = currentClock()): StoredJobOptions {
  const { state } = job[handleData];
  if (state.kind === 'placed') return state.stored?.options ?? state.before?.options ?? {};
  const { options, dueAt } = state;
  return dueAt === undefined ? options : { ...options, beginAfter: clock.toRedis(dueAt) };
}

export function laneOfNew({ lane }: StoredJobOptions): string {
  return lane ?? MAIN_LANE;
}

/** The place in its stored form. */
export function locationOf({ gateway, lane, origin }: Place): JobLocation {
  return { queue: gateway.queueName, lane, ...(origin && { origin }) };
}

/** The chain of origins: the job that will store this one, the job that stores that, and so on. */
export function originsOf(origin: JobOrigin | undefined): OriginLocation[] {
  const origins: OriginLocation[] = [];
  for (let next = origin; next; next = next.origin)
    origins.push({ id: next.id, lane: next.lane, queue: next.queue });
  return origins;
}

/** The job as the origin of another one. Undefined for a new job without a known place. */
export function originOf(job: AnyHandle): JobOrigin | undefined {
  const place = placeOf(job);
  return place && { id: job.id, ...locationOf(place) };
}

/** The job as it was last read. */
export function storedOf(job: AnyHandle): StoredJob | undefined {
  const { state } = job[handleData];
  return state.kind === 'placed' ? state.stored : undefined;
}

/** @throws BadStatusError where the job is new and its place is not known */
export function requirePlace(job: AnyHandle): Place {
  const place = placeOf(job);
  if (place) return place;
  throw new BadStatusError(`${String(job)} is new: put it into a queue first`);
}
