// The fields of a job's hash in Redis, BullMQ's and Drover's.
import { pairsOf } from '../../lib/chunks.js';

/**
 * The fields that Drover adds to BullMQ's; docs/protocol/fields.md says which script writes each.
 */
export interface DroverFields {
  interruptions?: string;
  policyData?: string;
  retries?: string;
  resumeAfter?: string;
  /** When it was due again, after an error or an interrupt. */
  dueAt?: string;
  /** JSON of the whole failure; BullMQ's failedReason has its message. */
  failure?: string;
  manifest?: string;
  scheduledChunks?: string;
  /** Of a job with a long manifest: the manifest without the names of the children. */
  shortManifest?: string;
  joined?: string;
  /** Why it is going to end, a space, and the JSON of its failure (lua/lib/record/verdict.lua). */
  verdict?: string;
  /** The number of cancels that took it. */
  cancellations?: string;
  /** The number of appended jobs; each has a field of its own (appended.ts). */
  appended?: string;
  /** Of a postprocess: it is called with appended jobs too. */
  joinedMore?: string;
  waitingOwner?: string;
  /** When the run began whose children or callbacks it waits for; after a `/` its turn before. */
  startedAt?: string;
  /** When its turn came, where that was not by the finish of a child. */
  turnAt?: string;
  /** 'v' and the JSON of its value, or 'f' and that of its failure, while its callbacks run. */
  result?: string;
  /** JSON of the keys of the callbacks that have not begun. */
  callbacks?: string;
  /** JSON of the keys of the callbacks that have begun. */
  ranCallbacks?: string;
  /** Of a callback: the key of its job. */
  callbackOf?: string;
  /** Of a callback: its turn has not come, and it is in no list. */
  deferred?: string;
  /** Of a callback: the result that is its last argument, as in `result`. */
  given?: string;
  quotaArrival?: string;
  /** The key that it has in its queue, and until when (docs/protocol/keyed-jobs.md). */
  key?: string;
  keyUntil?: string;
  /**
   * The names of fields that may be long, with spaces between; in the reply of a script those that
   * it has left out (long-fields.ts).
   */
  longFields?: string;
  /** Of a pack: the number of its parts. */
  packParts?: string;
  /** Of a pack, and in the reply to a read of its parts: these are the steps of a serial. */
  inOrder?: string;
  /** Of a pack: a process waits for one of its parts. */
  watched?: string;
  /** It has annotations, under a key of their own. */
  annotated?: string;
  /** Its arguments were changed after the put: the call that did it last. */
  updated?: string;
  /** The number of offers to processes that found it unroutable. */
  unroutableOffers?: string;
  /** The number of claims before it was let run again. */
  claimsBefore?: string;
  /**
   * The call of `retry` for which it runs again (O3): of itself, or of its parent at any height.
   */
  retriedBy?: string;
  /** It was put by itself, before it was scheduled or by the same run. */
  linked?: string;
  /** JSON of the keys of its dependents beside its parent. */
  dependents?: string;
  /** JSON of the keys of jobs that it is going to store, and that have dependents already. */
  expected?: string;
  /** The key of its origin, where it had dependents before it was stored. */
  storedBy?: string;
  /** JSON of the keys of its former dependents: it is kept until they have ended. */
  neededBy?: string;
  /** The key of the composite that was stopped or aborted: the job is kept as long as that one. */
  partOf?: string;
}

/** The fields of BullMQ 6.7 that Drover reads. */
interface BullFields {
  name?: string;
  data?: string;
  opts?: string;
  /** The number of claims. */
  ats?: string;
  /** The number of runs that have ended. */
  atm?: string;
  /** When it was put, claimed last and ended: ms since 1970. */
  timestamp?: string;
  processedOn?: string;
  finishedOn?: string;
  returnvalue?: string;
  failedReason?: string;
  /** The dispatcher that claimed it last: `<uuid>/<agent>`, or its UUID alone. */
  pb?: string;
  /** JSON of its parent, to which Drover adds `stops` and `of` (flow.ts). */
  parent?: string;
  /** The key of its parent. */
  parentKey?: string;
}

/** Fields that replies of scripts add to those of a hash. */
interface ReplyFields {
  /** Of a composite, in the reply to the claim: the value of its postprocess. */
  thenValue?: string;
  /** Of a claimed pack, in the reply to the claim: how many of its parts have ended. */
  packEnded?: string;
  /** In the reply to a read: the jobs around it (lua/lib/record/relatives.lua). */
  relatives?: string;
  /** Of a part of a pack, in the reply to a read: the id of the pack, and the part's position. */
  pack?: string;
  packPosition?: string;
}

export type JobFields = BullFields & DroverFields & ReplyFields;

/** Fields from Redis's reply: name, value, name, value … */
export function toFields(flat: readonly string[]): JobFields {
  const fields: Record<string, string> = {};
  for (let i = 0; i < flat.length; i += 2) fields[flat[i] as string] = flat[i + 1] as string;
  return fields;
}

/** The same for names that users give, such as `__proto__`. */
export function toNamed(flat: readonly string[]): Record<string, string> {
  return Object.fromEntries(pairsOf(flat));
}
