// The stored form of a job inside a value: the place of a job that was put, or the whole of a new
// job (J4, J12).

/** A job's method that returns its stored form; `path` says where it stands in the value. */
export const toStoredInside = Symbol('drover.toStoredInside');

/** The place of a job that was put, or is going to be. */
export interface JobLocation {
  queue: string;
  lane: string;
  /**
   * The job that is going to store it: its composite, the job whose callback it is, or the job
   * whose task has put it.
   */
  origin?: JobOrigin | undefined;
}

/** A job that stores another job. */
export interface JobOrigin extends JobLocation {
  id: string;
}

/** A job that was put. It does not hold the job's arguments. */
export interface JobReference extends JobLocation {
  id: string;
  task: string;
}

/** A job that was never put, with all that it holds. */
export interface NewJobData {
  id: string;
  task: string;
  /** The tree of its arguments, whose text `encode` makes. */
  args: unknown;
  options?: Record<string, unknown>;
  /** The callbacks that it has from the start. */
  callbacks?: NewJobData[];
  /** The job in whose arguments it stands is going to store it. */
  isPart?: true;
  /** Several jobs may hold it, and put it: the first puts it, the others find it there (J12). */
  isShared?: true;
  /** There are near jobs in it, so it can be read only inside the job around it. */
  holdsNear?: true;
}

/**
 * A new job that is stored whole elsewhere in the same new job: it is that job itself, one of its
 * parts, or one of its callbacks.
 */
export interface NearJob {
  id: string;
}

export type StoredInside =
  | { kind: 'reference'; job: JobReference }
  | { kind: 'new'; job: NewJobData }
  | { kind: 'near'; job: NearJob };

/** Makes a job handle of its stored form. */
export type ReviveJob = (stored: StoredInside) => unknown;

export interface StorableJob {
  [toStoredInside](path: () => string): StoredInside;
}

export function isJob(value: object): value is StorableJob {
  return toStoredInside in value;
}

/** Whether it is a complete reference: a handle without a place would lose the job. */
export function isReference(data: unknown): data is JobReference {
  return hasTexts(data, ['id', 'task', 'queue', 'lane']) && isOriginOrNone(data['origin']);
}

const OF_NEW_JOB = ['id', 'task'];

export function isNewJob(data: unknown): data is NewJobData {
  if (!hasTexts(data, OF_NEW_JOB) || !('args' in data)) return false;
  const { options, callbacks } = data as Partial<NewJobData>;
  return (
    (options === undefined || (typeof options === 'object' && options !== null)) &&
    (callbacks === undefined || (Array.isArray(callbacks) && callbacks.every(isNewJob)))
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
  for (const name of names)
    if (typeof (data as Record<string, unknown>)[name] !== 'string') return false;
  return true;
}
