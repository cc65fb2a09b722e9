// The two states of a handle: its job is new, and the handle has all of it; or it was put, and the
// handle has its place (J12).
import { currentClock } from '../redis/clock.js';
import type { JobOrigin, JobLocation } from '../codec/stored-jobs.js';
import type { JobGateway } from './job-gateway.js';
import type { StoredJobOptions } from '../model/job-options.js';
import type { Handle } from './handle.js';
import { MAIN_LANE } from '../lib/names.js';
import type { OriginLocation, StoredJob } from '../model/records.js';

/** A place as a handle uses it. */
export interface Place {
  gateway: JobGateway;
  lane: string;
  /**
   * The job that stores this one: its composite, the job whose callback it is, or the one whose
   * task puts it. As long as that has not ended, a job that is not stored may come; where there is
   * none it was removed.
   */
  origin: JobOrigin | undefined;
}

/** Never put: it can be put, or belong to another job. */
export interface NewState {
  readonly kind: 'new';
  readonly options: StoredJobOptions;
  /**
   * Where its `beginAfter` is in ms: when it is due, by the monotonic clock. Redis's clock may be
   * unknown until it is put.
   */
  readonly dueAt?: number | undefined;
  /** They are stored with it. */
  readonly callbacks: readonly Handle[];
  /** The job that it was given to, as a callback, or as what a callback picks from. */
  readonly belongsTo: Handle | undefined;
  /** Where it will be if the task that got it among its arguments lets its own job wait for it. */
  readonly expectedAt: Place | undefined;
  /** The call that pulled it when it was put before. */
  readonly pulledBy?: string;
}

/** Put: by itself, or with the job that it belongs to. */
export interface PlacedState extends Place {
  readonly kind: 'placed';
  /** As it was last read. */
  readonly stored: StoredJob | undefined;
  /** What this handle had of it when it was new. */
  readonly before: NewState | undefined;
}

export type HandleState = NewState | PlacedState;

export const NEVER_PUT: NewState = {
  kind: 'new',
  options: {},
  callbacks: [],
  belongsTo: undefined,
  expectedAt: undefined,
};

/**
 * The options of a new job; a time that counts from now, by Redis's clock as it is known now (Q2).
 */
export function newOptions({ options, dueAt }: NewState): StoredJobOptions {
  return dueAt === undefined ? options : { ...options, beginAfter: currentClock().toRedis(dueAt) };
}

export function laneOfNew({ options }: NewState): string {
  return options.lane ?? MAIN_LANE;
}

/** A place as it is stored. */
export function locationOf({ gateway, lane, origin }: Place): JobLocation {
  return { queue: gateway.queueName, lane, ...(origin && { origin }) };
}

/** The job that is going to store this one, the one that stores that, and so on. */
export function originsOf(origin: JobOrigin | undefined): OriginLocation[] {
  const origins: OriginLocation[] = [];
  for (let next = origin; next; next = next.origin)
    origins.push({ id: next.id, lane: next.lane, queue: next.queue });
  return origins;
}
