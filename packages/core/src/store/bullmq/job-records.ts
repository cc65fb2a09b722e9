// Turns the fields of a job's hash into the records that dispatchers and handles work with.
import { TAG } from '../../codec/tag.js';
import { storable, type FailureData } from '../../codec/failure-data.js';
import type { StoredJobOptions } from '../../model/job-options.js';
import type { StoredState } from '../../model/job-state.js';
import type { PolicyData } from '../../model/retry/policy.js';
import {
  hasScheduled,
  type ClaimedJob,
  type PackPlace,
  type StoredJob,
  type StoredResult,
  type Verdict,
} from '../../model/records.js';
import { appendedJobs, joinedJobs } from './appended.js';
import { DamagedRecord } from '../../model/store-errors.js';
import {
  expectReadable,
  isFailure,
  isManifest,
  isNames,
  isObject,
  optionsOf,
  orUndefined,
  parsed,
  stopsItsParent,
} from './record-checks.js';
import type { JobFields } from './fields.js';
import type { LaneKeys } from './keys.js';
import { expectOwnKeys } from './key-checks.js';
import { beganAtOf, claimerOf, dueAtOf, relativesOf, timesOf } from './read/job-facts.js';
import { readPack } from './run/read-pack.js';

/** @throws DamagedRecord */
export function toClaimedJob(
  keys: LaneKeys,
  id: string,
  token: string,
  fields: JobFields,
): ClaimedJob {
  expectReadable(id);
  if (fields.name === undefined) throw new DamagedRecord('no job is stored under its id');
  if (!fields.data || !mayBeArguments(fields.data))
    throw new DamagedRecord('its data are not the arguments of a task, an array');
  expectOwnKeys(fields, keys.root);
  const options = optionsOf(fields.opts) ?? {};
  const { beginAfter = 0 } = options;
  // Every field is set, also to undefined: one shape for all objects keeps this hot path fast.
  return {
    id,
    lane: keys.lane,
    task: fields.name,
    args: fields.data,
    options,
    token,
    fence: Number(fields.ats ?? 0),
    attempt: Number(fields.atm ?? 0) + 1,
    interruptions: Number(fields.interruptions ?? 0),
    cancellations: Number(fields.cancellations ?? 0),
    policyData: readField(fields, 'policyData', isObject<PolicyData>) ?? {},
    retries: Number(fields.retries ?? 0),
    dueAt: dueAtOf(fields, beginAfter),
    beganAt: beganAtOf(fields.startedAt),
    unroutableOffers: Number(fields.unroutableOffers ?? 0),
    resumeAfter: Number(fields.resumeAfter ?? 0),
    scheduledChunks: Number(fields.scheduledChunks ?? 0),
    runsAgain: fields.retriedBy !== undefined,
    manifest: readField(fields, 'manifest', isManifest),
    joined:
      fields.joinedMore === undefined ? readField(fields, 'joined', isNames) : joinedJobs(fields),
    thenValue: fields.thenValue,
    verdict: readVerdict(fields.verdict, (json) => readFailure('verdict', json)),
    appended: fields.appended === undefined ? undefined : appendedJobs(fields),
    stops: stopsItsParent(fields.parent),
    waitingOwner: fields.waitingOwner,
    result: readResult('result', fields.result),
    given: readResult('given', fields.given),
    pack: fields.packParts === undefined ? undefined : readPack(keys, token, fields),
  };
}

/** An array; inside a tag where arguments refer to each other (J4). */
function mayBeArguments(data: string): boolean {
  return data.startsWith('[') || data.startsWith(`{"${TAG}"`);
}

/** A job as its handle shows it, without the fields that are damaged. */
export function toStoredJob(
  keys: LaneKeys,
  id: string,
  fields: JobFields,
  state: StoredState,
): StoredJob {
  const result = resultOf(fields);
  const { dispatcher, agent } = claimerOf(fields);
  const job: StoredJob = {
    id,
    lane: keys.lane,
    task: fields.name ?? '',
    args: fields.data ?? '[]',
    options: readOptions(fields.opts),
    state,
    claims: Number(fields.ats ?? 0) - Number(fields.claimsBefore ?? 0),
    suspended: fields.manifest !== undefined,
    hasResult: result !== undefined,
    interruptions: Number(fields.interruptions ?? 0),
    attempts: Number(fields.atm ?? 0),
    verdict: readVerdict(fields.verdict, failureOf),
  };
  // Not by spreads, which cost most of the time for a job with few of these.
  if (result) job.result = result;
  if (dispatcher !== undefined) job.dispatcher = dispatcher;
  if (agent !== undefined) job.agent = agent;
  if (fields.appended !== undefined) job.appended = orUndefined(() => appendedJobs(fields)) ?? [];
  if (fields.callbackOf !== undefined) job.isCallback = true;
  if (fields.cancellations !== undefined) job.cancellations = Number(fields.cancellations);
  if (fields.claimsBefore !== undefined) job.claimsBefore = Number(fields.claimsBefore);
  if (fields.manifest !== undefined) job.onlyWaits = onlyWaits(fields);
  // The run under way, or the one whose children or callbacks the job waits for.
  if (state !== 'finished' && (state === 'active' || job.onlyWaits || result)) job.attempts++;
  if (fields.pack !== undefined) job.pack = packPlace(fields.pack, fields);
  if (fields.timestamp !== undefined) job.times = timesOf(fields, job);
  if (fields.relatives !== undefined) job.relatives = relativesOf(keys, fields.relatives);
  return job;
}

function packPlace(id: string, { packPosition, inOrder }: JobFields): PackPlace {
  return { id, position: Number(packPosition), inOrder: inOrder !== undefined };
}

/** None where they are damaged. Most jobs have none, and cost no closure. */
function readOptions(opts: string | undefined): StoredJobOptions {
  return opts === undefined || opts === '{}' ? {} : (orUndefined(() => optionsOf(opts)) ?? {});
}

function onlyWaits(fields: JobFields): boolean {
  const manifest = orUndefined(() => readField(fields, 'manifest', isManifest));
  return hasScheduled(manifest, Number(fields.scheduledChunks ?? 0));
}

/** Undefined: the job has no result yet. */
function resultOf(fields: JobFields): StoredResult | undefined {
  if (fields.finishedOn === undefined)
    return orUndefined(() => readResult('result', fields.result));
  if (fields.failedReason === undefined) return { value: fields.returnvalue ?? 'null' };
  return { failure: failureOf(fields.failure, fields.failedReason) };
}

/** A stored failure; with the message alone where it is damaged, or not Drover's. */
function failureOf(json: string | undefined, message: string): FailureData {
  return orUndefined(() => readFailure('failure', json)) ?? { name: 'Error', message };
}

/** @param failureIn reads the failure, or gives another one with this message */
function readVerdict(
  text: string | undefined,
  failureIn: (json: string, message: string) => FailureData | undefined,
): Verdict | undefined {
  if (text === undefined) return undefined;
  const [, why = '', json = ''] = /^(cancelled|aborted|stopped) (.*)$/s.exec(text) ?? [];
  const failure = failureIn(json, `it was ${why}`);
  return failure && { why: why as Verdict['why'], failure };
}

function readResult(field: 'result' | 'given', text: string | undefined): StoredResult | undefined {
  // The field is empty once the job has finished: BullMQ's own fields have the result then.
  if (!text) return undefined;
  const json = text.slice(1);
  if (text.startsWith('v')) return { value: json };
  const failure = readFailure(field, json);
  return failure && { failure };
}

/** A failure in the form that can be stored again. @throws DamagedRecord */
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
