// What is stored of a job inside a value: the place of one that was put, or all of one that is new
// (J4, J12).

/** A job's method that gives what is stored of it; `path` says where it stands. */
export const toStoredInside = Symbol('drover.toStoredInside');

/** Where a job is, or is going to be. */
export interface JobLocation {
  queue: string;
  lane: string;
  /**
   * The job that is going to store it: its composite, the job whose callback it is, or the one
   * whose task has put it.
   */
  origin?: JobOrigin | undefined;
}

/** A job that stores another one, with its own place. */
export interface JobOrigin extends JobLocation {
  id: string;
}

/** A job that was put: nothing can be made from this alone. */
export interface JobReference extends JobLocation {
  id: string;
  task: string;
}

/** A job that was never put: whole. */
export interface NewJobData {
  id: string;
  task: string;
  /** The tree of its arguments, as `toTree` makes it. */
  args: unknown;
  options?: Record<string, unknown>;
  /** The callbacks that it has from the start. */
  callbacks?: NewJobData[];
  /** It belongs to the job in whose arguments it stands, which is going to store it. */
  isPart?: true;
  /**
   * Several may have it as a new job, and put it: whoever comes first does, and the others find it
   * there (J12).
   */
  isShared?: true;
  /** There are near jobs in it: it is good inside what is around it alone. */
  holdsNear?: true;
}

/**
 * A new job that stands whole elsewhere in the new job around it: itself, one of its parts, or one
 * of its callbacks.
 */
export interface NearJob {
  id: string;
}

export type StoredInside =
  | { kind: 'reference'; job: JobReference }
  | { kind: 'new'; job: NewJobData }
  | { kind: 'near'; job: NearJob };

/** Makes a job handle of what was stored of it. */
export type ReviveJob = (stored: StoredInside) => unknown;

export interface StorableJob {
  [toStoredInside](path: () => string): StoredInside;
}

export function isJob(value: object): value is StorableJob {
  return toStoredInside in value;
}

/** Whether it is one: a handle that lacks its place would lose the job. */
export function isReference(data: unknown): data is JobReference {
  return hasTexts(data, ['id', 'task', 'queue', 'lane']) && isOriginOrNone(data['origin']);
}

export function isNewJob(data: unknown): data is NewJobData {
  if (!hasTexts(data, ['id', 'task']) || !('args' in data)) return false;
  const { options = {}, callbacks = [] } = data as Partial<NewJobData>;
  return (
    typeof options === 'object' &&
    options !== null &&
    Array.isArray(callbacks) &&
    callbacks.every(isNewJob)
  );
}

export function isNearJob(data: unknown): data is NearJob {
  return hasTexts(data, ['id']);
}

function isOriginOrNone(origin: unknown): boolean {
  return (
    origin === undefined ||
    (hasTexts(origin, ['id', 'queue', 'lane']) && isOriginOrNone(origin['origin']))
  );
}

function hasTexts(data: unknown, names: readonly string[]): data is Record<string, unknown> {
  if (typeof data !== 'object' || data === null) return false;
  return names.every((name) => typeof (data as Record<string, unknown>)[name] === 'string');
}
