// What is stored of a job inside a value.

/** A job's method that gives what is stored of it; `path` says where it stands. */
export const toStoredReference = Symbol('drover.toStoredReference');

/** `args` and `options` only where the job has not been put yet. */
export interface JobReferenceData {
  id: string;
  task: string;
  queue?: string;
  lane?: string;
  /** The tree of its arguments, as `toTree` makes it. */
  args?: unknown;
  options?: Record<string, unknown>;
  /** Of a job that has not been put: the callbacks that it has from the start. */
  callbacks?: JobReferenceData[];
}

/** Makes a job handle of what was stored of it. */
export type ReviveJob = (reference: JobReferenceData) => unknown;

export interface StorableJob {
  [toStoredReference](path: () => string): JobReferenceData;
}

export function isJob(value: object): value is StorableJob {
  return toStoredReference in value;
}

/** Whether it is one: a handle without an id or a task would be trouble later. */
export function isReference(data: unknown): data is JobReferenceData {
  if (typeof data !== 'object' || data === null) return false;
  const { id, task, queue, lane } = data as Record<string, unknown>;
  return [id, task, queue ?? '', lane ?? ''].every((field) => typeof field === 'string');
}
