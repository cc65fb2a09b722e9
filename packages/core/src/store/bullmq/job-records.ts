// Turns the fields of a job's hash into the records that dispatchers and handles work with.
import { TAG } from '../../codec/tag.js';
import { storable, type FailureData } from '../../codec/failure-data.js';
import type { StoredState } from '../../model/job-state.js';
import type { PolicyData } from '../../model/retry/policy.js';
import {
  hasScheduled,
  type ClaimedJob,
  type StoredJob,
  type StoredResult,
} from '../../model/records.js';
import { appendedJobs, joinedJobs } from './appended.js';
import {
  DamagedRecord,
  expectReadable,
  isFailure,
  isManifest,
  isNames,
  isObject,
  optionsOf,
  orUndefined,
  parsed,
} from './damaged.js';
import type { JobFields } from './fields.js';
import type { LaneKeys } from './keys.js';
import { expectOwnKeys } from './own-keys.js';

/**
 * The fields of a claimed job, as what the dispatcher needs to run it.
 * @throws DamagedRecord
 */
export function toClaimedJob(
  keys: LaneKeys,
  id: string,
  token: string,
  fields: JobFields,
): ClaimedJob {
  expectReadable(id);
  if (fields.name === undefined)
    throw new DamagedRecord('nothing is stored under its id that is a job');
  if (!fields.data || !mayBeArguments(fields.data))
    throw new DamagedRecord('its data are not the arguments of a task, an array');
  expectOwnKeys(fields, keys.root);
  // One shape for all: most jobs have none of the later fields, and this is on the path of each.
  return {
    id,
    lane: keys.lane,
    task: fields.name,
    args: fields.data,
    options: optionsOf(fields.opts) ?? {},
    token,
    fence: Number(fields.ats ?? 0),
    interruptions: Number(fields.interruptions ?? 0),
    cancellations: Number(fields.cancellations ?? 0),
    policyData: readField(fields, 'policyData', isObject<PolicyData>) ?? {},
    retries: Number(fields.retries ?? 0),
    unroutableOffers: Number(fields.unroutableOffers ?? 0),
    resumeAfter: Number(fields.resumeAfter ?? 0),
    scheduledChunks: Number(fields.scheduledChunks ?? 0),
    manifest: readField(fields, 'manifest', isManifest),
    joined:
      fields.joinedMore === undefined ? readField(fields, 'joined', isNames) : joinedJobs(fields),
    cancelled: readFailure('cancelled', fields.cancelled),
    aborted: readFailure('aborted', fields.aborted),
    appended: fields.appended === undefined ? undefined : appendedJobs(fields),
    stopped: readFailure('stopped', fields.stopped),
    stops: stopsItsParent(fields.parent),
    waitingOwner: fields.waitingOwner,
    result: readResult('result', fields.result),
    hasCallbacks: fields.callbacks !== undefined,
    hasDependents: (fields.dependents ?? fields.expected) !== undefined,
    given: readResult('given', fields.given),
  };
}

/** Arguments that refer to each other are an array inside a tag (J4). */
function mayBeArguments(data: string): boolean {
  return data.startsWith('[') || data.startsWith(`{"${TAG}"`);
}

/** Whether the failure of a job with this `parent` stops the job that waits for it (C2). */
export function stopsItsParent(parent: string | null | undefined): boolean {
  return parent?.includes('"stops":true') ?? false;
}

/** The fields of a job, as what its handle shows: of what is damaged, nothing. */
export function toStoredJob(
  keys: LaneKeys,
  id: string,
  fields: JobFields,
  state: StoredState,
): StoredJob {
  const result = resultOf(fields);
  const dispatcher = (fields.finishedOn === undefined && ownerOf(fields)) || fields.pb;
  return {
    id,
    lane: keys.lane,
    task: fields.name ?? '',
    args: fields.data ?? '[]',
    options: orUndefined(() => optionsOf(fields.opts)) ?? {},
    state,
    claims: Number(fields.ats ?? 0) - Number(fields.claimsBefore ?? 0),
    suspended: fields.manifest !== undefined,
    hasResult: result !== undefined,
    interruptions: Number(fields.interruptions ?? 0),
    ...(result && { result }),
    ...(fields.appended !== undefined && {
      appended: orUndefined(() => appendedJobs(fields)) ?? [],
    }),
    ...(dispatcher !== undefined && { dispatcher }),
    ...(fields.callbackOf !== undefined && { isCallback: true }),
    ...(fields.cancellations !== undefined && { cancellations: Number(fields.cancellations) }),
    ...(fields.cancelled !== undefined && {
      cancelled: failureOf(fields.cancelled, 'it was cancelled'),
    }),
    ...(fields.aborted !== undefined && { aborted: failureOf(fields.aborted, 'it was aborted') }),
    ...(fields.claimsBefore !== undefined && { claimsBefore: Number(fields.claimsBefore) }),
    ...(fields.manifest !== undefined && { onlyWaits: onlyWaits(fields) }),
  };
}

function onlyWaits(fields: JobFields): boolean {
  const manifest = orUndefined(() => readField(fields, 'manifest', isManifest));
  return hasScheduled(manifest, Number(fields.scheduledChunks ?? 0));
}

/**
 * The dispatcher that owns a job while it waits for others; undefined while an interrupt holds it.
 */
function ownerOf({ waitingOwner, manifest, result }: JobFields): string | undefined {
  const [uuid, epoch] = (waitingOwner ?? '').split(':');
  return (manifest ?? result) !== undefined && epoch !== undefined ? uuid : undefined;
}

/** The result of a job; undefined while it is not known. */
export function resultOf(fields: JobFields): StoredResult | undefined {
  if (fields.finishedOn === undefined)
    return orUndefined(() => readResult('result', fields.result));
  if (fields.failedReason === undefined) return { value: fields.returnvalue ?? 'null' };
  return { failure: failureOf(fields.failure, fields.failedReason) };
}

/**
 * A failure as it is stored; where that is damaged, or not Drover's, its message is what is left.
 */
function failureOf(json: string | undefined, message: string): FailureData {
  return orUndefined(() => readFailure('failure', json)) ?? { name: 'Error', message };
}

/** A result as it stands in one field. */
export function toResultField(result: StoredResult): string {
  return 'value' in result ? `v${result.value}` : `f${JSON.stringify(result.failure)}`;
}

function readResult(field: 'result' | 'given', text: string | undefined): StoredResult | undefined {
  // Once the job has finished, BullMQ's own fields have its result, and this one is empty.
  if (!text) return undefined;
  const json = text.slice(1);
  if (text.startsWith('v')) return { value: json };
  const failure = readFailure(field, json);
  return failure && { failure };
}

/** What can be stored of a failure again, whoever has written it. @throws DamagedRecord */
function readFailure(field: string, json: string | undefined): FailureData | undefined {
  const data = parsed(field, json, isFailure);
  return data && storable(data);
}

type JsonField = 'policyData' | 'manifest' | 'joined';

function readField<T>(
  fields: JobFields,
  name: JsonField,
  isRight: (value: unknown) => value is T,
): T | undefined {
  return parsed(name, fields[name], isRight);
}
