// All that is known of one job, as data: its handle, what is stored beside it, and why it is where
// it is.
import {
  Failure,
  type Explanation,
  type FailureData,
  type Job,
  type JobMeta,
  type JobStatus,
  type JobTimes,
} from '@drover/core';
import { findJob } from './find-job.js';
import { RECOVERY_TASKS, SYSTEM_LANE } from '../text/recovery-names.js';
import type { Sources } from './sources.js';

/** A job that another one names. */
export interface JobName {
  id: string;
  task: string;
  queue: string;
}

/** A row of a list of jobs. */
export interface JobRow extends JobName {
  lane: string;
  status: JobStatus;
  /** Of a job that has its result. */
  outcome?: 'succeeded' | 'failed';
  times: JobTimes;
  attempts: number;
  interruptions: number;
  dispatcher?: string;
}

export interface JobView extends JobRow {
  agent?: string;
  /** Its options as they are stored: quotas, retry policy, priority, key, timeout … */
  options: Readonly<Record<string, unknown>>;
  meta: JobMeta;
  schedule?: { readonly name: string; readonly time: number };
  /** Values of JSON; undefined where they were redacted. */
  args?: unknown;
  value?: unknown;
  failure?: FailureData;
  annotations?: Readonly<Record<string, unknown>>;
  /** Values of `local.once`, by key: some hundred at most. */
  once?: Readonly<Record<string, unknown>>;
  onceCount: number;
  /** The fencing token of its last claim (I5). */
  fence: number;
  policyData: Readonly<Record<string, unknown>>;
  retries: number;
  parent?: JobName;
  callbacks: JobName[];
  why: Explanation;
}

export interface JobViewOptions {
  /** The queue of the job. Default: all are looked into. */
  queue?: string | undefined;
  /** Leaves out its arguments, value, annotations and results of `local.once`. Default: false. */
  redact?: boolean | undefined;
}

export function toRow(job: Job): JobRow {
  const { id, task, status, times, attempts, interruptions, dispatcher, queue = '' } = job;
  const hasResult = status === 'completed' || status === 'callbacks';
  return {
    ...{ id, task, queue, lane: laneOf(job), status },
    ...(hasResult && { outcome: failureOf(job) ? ('failed' as const) : ('succeeded' as const) }),
    ...{ times, attempts, interruptions },
    ...(dispatcher !== undefined && { dispatcher }),
  };
}

/** The lane of recovery's own jobs is named by no option. */
function laneOf({ task, options }: Job): string {
  return options.lane ?? (RECOVERY_TASKS.has(task) ? SYSTEM_LANE : 'main');
}

/** @throws as `findJob` */
export async function readJobView(
  sources: Sources,
  id: string,
  { queue: name, redact = false }: JobViewOptions = {},
): Promise<JobView> {
  const { queue, job } = await findJob(sources, id, name);
  const [details, why] = await Promise.all([queue.details(id), queue.explain(job)]);
  const { agent, options, meta, schedule, parent } = job;
  const failure = failureOf(job);
  const { policyData = {}, retries = 0, fence = 0, onceCount = 0, lane } = details ?? {};
  return {
    ...toRow(job),
    ...(lane !== undefined && { lane }),
    ...(agent !== undefined && { agent }),
    ...{ options: { ...options }, meta, ...(schedule && { schedule }) },
    ...(!redact && {
      args: jsonOf(details?.args),
      ...(details?.value !== undefined && { value: jsonOf(details.value) }),
      annotations: readable(() => job.annotations) ?? {},
      once: Object.fromEntries(
        Object.entries(details?.once ?? {}).map(([key, json]) => [key, jsonOf(json)]),
      ),
    }),
    ...(failure && { failure }),
    ...{ fence, policyData, retries, onceCount },
    ...(parent && { parent: toName(parent) }),
    callbacks: job.callbacks.map(toName),
    why,
  };
}

/** The failure of a job that has one. */
export function failureOf(job: Job): FailureData | undefined {
  const result = readable(() => job.result);
  return result instanceof Failure ? result.toJSON() : undefined;
}

function toName({ id, task, queue = '' }: Job): JobName {
  return { id, task, queue };
}

/** A value with a codec that this process does not know cannot be read (J4). */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** The text itself where it is no JSON. */
function jsonOf(json: string | undefined): unknown {
  if (json === undefined) return undefined;
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return json;
  }
}
