// The fields of a job's hash, BullMQ's and Drover's, to records and back.
import type { FailureData } from '../../failure.js';
import type { StoredJobOptions } from '../../job-options.js';
import type { StoredState } from '../../job-state.js';
import type { PolicyData } from '../../retry-policy.js';
import type { ClaimedJob, Manifest, StoredJob, StoredResult } from '../store.js';
import { appendedJobs, joinedJobs } from './appended.js';
import type { LaneKeys } from './keys.js';

/** The fields that Drover adds to BullMQ's, by the names under which they stand in the hash. */
export interface DroverFields {
  interruptions?: string;
  policyData?: string;
  retries?: string;
  resumeAfter?: string;
  /** The whole failure; BullMQ's own failedReason has its message. */
  failure?: string;
  manifest?: string;
  scheduledChunks?: string;
  /** The token of the run whose puts were stored with the schedule. */
  putBy?: string;
  joined?: string;
  aborted?: string;
  /** It was cancelled: the failure that it ends with. */
  cancelled?: string;
  /** How often it was cancelled. */
  cancellations?: string;
  /** How many jobs were appended; each has a field of its own (appended.ts). */
  appended?: string;
  /** Jobs were appended to those that it is called with. */
  joinedMore?: string;
  /** The failure of a job below it, which ends it. */
  stopped?: string;
  waitingOwner?: string;
  /** Where a job that it waited for was removed: when that brought its turn. */
  turnAt?: string;
  /** 'v' and the JSON of its value, or 'f' and that of its failure, from when it is known. */
  result?: string;
  /** JSON of the keys of its callbacks that have not begun. */
  callbacks?: string;
  /** JSON of the keys of those that have. */
  ranCallbacks?: string;
  /** Of a callback: the key of the job that it belongs to. */
  callbackOf?: string;
  /** Of a callback: its turn has not come, and it stands in no list. */
  held?: string;
  /** Of a callback: the result that is its last argument, as in `result`. */
  given?: string;
  quotaArrival?: string;
  /** JSON of the keys of jobs that wait for it, though it stands below another one. */
  waiters?: string;
}

/** The fields of BullMQ 6.7 that Drover reads. */
interface BullFields {
  name?: string;
  data?: string;
  opts?: string;
  /** How often it was claimed. */
  ats?: string;
  finishedOn?: string;
  returnvalue?: string;
  failedReason?: string;
  /** Who claimed it last: the UUID of a dispatcher. */
  pb?: string;
  /** The job that waits for it, JSON: Drover adds `stops` and `of` (schedule.ts). */
  parent?: string;
}

export type JobFields = BullFields & DroverFields;

/** Fields as Redis gives them: name, value, name, value … */
export function toFields(flat: readonly string[]): JobFields {
  const fields: Record<string, string> = {};
  for (let i = 0; i < flat.length; i += 2) fields[flat[i] as string] = flat[i + 1] as string;
  return fields;
}

/** The fields of a claimed job, as what the dispatcher needs to run it. */
export function toClaimedJob(keys: LaneKeys, id: string, token: string, fields: JobFields): ClaimedJob {
  // One shape for all: most jobs have none of the later fields, and this is on the path of each.
  return {
    id,
    lane: keys.lane,
    task: fields.name ?? '',
    args: fields.data ?? '[]',
    options: parse<StoredJobOptions>(fields.opts) ?? {},
    token,
    fence: Number(fields.ats ?? 0),
    interruptions: Number(fields.interruptions ?? 0),
    policyData: parse<PolicyData>(fields.policyData) ?? {},
    retries: Number(fields.retries ?? 0),
    resumeAfter: Number(fields.resumeAfter ?? 0),
    scheduledChunks: Number(fields.scheduledChunks ?? 0),
    manifest: parse<Manifest>(fields.manifest),
    joined: fields.joinedMore === undefined ? parse<string[]>(fields.joined) : joinedJobs(fields),
    cancelled: parse<FailureData>(fields.cancelled),
    aborted: parse<FailureData>(fields.aborted),
    appended: fields.appended === undefined ? undefined : appendedJobs(fields),
    stopped: parse<FailureData>(fields.stopped),
    stops: stopsItsParent(fields.parent),
    waitingOwner: fields.waitingOwner,
    result: fromResultField(fields.result),
    hasCallbacks: fields.callbacks !== undefined,
    hasWaiters: fields.waiters !== undefined,
    given: fromResultField(fields.given),
  };
}

/** Whether the failure of a job with this `parent` stops the job that waits for it (C2). */
export function stopsItsParent(parent: string | null | undefined): boolean {
  return parent?.includes('"stops":true') ?? false;
}

/** The fields of a job, as what its handle shows. */
export function toStoredJob(keys: LaneKeys, id: string, fields: JobFields, state: StoredState): StoredJob {
  const result = resultOf(fields);
  const dispatcher = (fields.finishedOn === undefined && ownerOf(fields)) || fields.pb;
  return {
    id,
    lane: keys.lane,
    task: fields.name ?? '',
    args: fields.data ?? '[]',
    options: parse<StoredJobOptions>(fields.opts) ?? {},
    state,
    claims: Number(fields.ats ?? 0),
    suspended: fields.manifest !== undefined,
    hasResult: result !== undefined,
    interruptions: Number(fields.interruptions ?? 0),
    ...(result && { result }),
    ...(fields.appended !== undefined && { appended: appendedJobs(fields) }),
    ...(dispatcher !== undefined && { dispatcher }),
    ...(fields.callbackOf !== undefined && { isCallback: true }),
    ...(fields.cancelled !== undefined && { cancelled: JSON.parse(fields.cancelled) as FailureData }),
  };
}

/** The dispatcher that owns a job while it waits for others; undefined while an interrupt holds it. */
function ownerOf({ waitingOwner, manifest, result }: JobFields): string | undefined {
  const [uuid, epoch] = (waitingOwner ?? '').split(':');
  return (manifest ?? result) !== undefined && epoch !== undefined ? uuid : undefined;
}

/** The result of a job; undefined while it is not known. */
export function resultOf(fields: JobFields): StoredResult | undefined {
  if (fields.finishedOn === undefined) return fromResultField(fields.result);
  if (fields.failure !== undefined && fields.failedReason !== undefined)
    return { failure: JSON.parse(fields.failure) as FailureData };
  if (fields.failedReason !== undefined) return { failure: { name: 'Error', message: fields.failedReason } };
  return { value: fields.returnvalue ?? 'null' };
}

/** A result as it stands in one field. */
export function toResultField(result: StoredResult): string {
  return 'value' in result ? `v${result.value}` : `f${JSON.stringify(result.failure)}`;
}

function fromResultField(field: string | undefined): StoredResult | undefined {
  // Once the job has finished, BullMQ's own fields have its result, and this one is empty.
  if (!field) return undefined;
  const json = field.slice(1);
  return field.startsWith('v') ? { value: json } : { failure: JSON.parse(json) as FailureData };
}

function parse<T>(json: string | undefined): T | undefined {
  return json === undefined || json === '{}' ? undefined : (JSON.parse(json) as T);
}
