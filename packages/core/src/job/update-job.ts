// Changes a job that has not begun: a new one in its handle, a stored one in Redis (Q12).
import { argsWithin } from '../codec/data-size.js';
import { BadStatusError } from '../errors.js';
import { SYSTEM_LANE } from '../lib/names.js';
import { isFromNow, toStoredOptions, type JobOptions } from '../model/job-options.js';
import {
  checkUpdate,
  updatedOptions,
  type JobUpdate,
  type StoredUpdate,
  type Update,
} from '../model/job-update.js';
import { currentClock, dueIn } from '../redis/clock.js';
import { stateOf, type AnyHandle, type NewState, type PlacedState } from './handle-data.js';
import { changeNew, placeJob } from './handle-places.js';
import { NOT_STORED } from './job-changes.js';
import type { JobFacts } from './job-facts.js';
import { changeArgs } from './write-job.js';

/**
 * @throws InvalidArgumentError, SerializationError, UnknownQuotaError, BadStatusError: nothing is
 *   changed then
 */
export async function updateJob(job: JobFacts & AnyHandle, changes: JobUpdate): Promise<void> {
  const { args, options, unset } = checkUpdate(changes);
  const changed = args && changeArgs(job, [...args]);
  const state = stateOf(job);
  try {
    if (state.kind === 'new') setNewOptions(job, state, options, unset);
    else await updateStored(job, state, { args: changed?.json, options, unset });
  } catch (error) {
    changed?.undo();
    throw error;
  }
}

/** Sets options of a new job. A time in ms counts from now, whenever the job is put. */
export function setNewOptions(
  job: AnyHandle,
  state: NewState,
  options: JobOptions,
  unset: readonly string[] = [],
): void {
  const set = toStoredOptions(options, currentClock().latest());
  const { beginAfter } = options;
  const isOther = beginAfter !== undefined || unset.includes('beginAfter');
  const dueAt = isFromNow(beginAfter) ? dueIn(beginAfter) : isOther ? undefined : state.dueAt;
  changeNew(job, { options: updatedOptions(state.options, { set, unset }), dueAt });
}

interface Given extends Pick<StoredUpdate, 'args' | 'unset'> {
  options: JobOptions;
}

async function updateStored(
  job: JobFacts & AnyHandle,
  state: PlacedState,
  { args, options, unset }: Given,
): Promise<void> {
  const { gateway, lane, stored } = state;
  if (lane === SYSTEM_LANE)
    throw new BadStatusError(`${String(job)} decides about another job: it cannot be changed`);
  if (args !== undefined) argsWithin(args, gateway.maxDataBytes, job);
  const set = await gateway.toStoredChange(options);
  const update = await gateway.update(job.id, lane, { args, set, unset }, job.options);
  if (typeof update === 'string') throw await refusal(job, update);
  if (stored) {
    if (args !== undefined) stored.args = args;
    stored.options = update.options ?? stored.options;
    // A part of a pack is stored by itself now.
    delete stored.pack;
  }
  if (args !== undefined) placeJob(job, state, stored);
  // A handle that was never read, such as one of a part, does not know the other options.
  if (!stored) await job.refresh();
}

type Refused = Extract<Update, string>;

const WHY: Readonly<Record<Refused, (job: JobFacts) => string>> = {
  unknown: () => NOT_STORED,
  'not pending': ({ status }) =>
    `is ${status}: a job can be changed while it is pending, or its turn has not come`,
  begun: () =>
    'has run before, and runs again with the same arguments: its options can be changed, without args',
  ending: () => 'was cancelled or stopped, and ends when its turn comes: it cannot be changed',
  'dead letter': () => 'is a dead letter: retry it first, as in queue.deadLetters().retry(id)',
  damaged: () => 'has damaged options: it cannot be changed',
};

async function refusal(job: JobFacts, update: Refused): Promise<BadStatusError> {
  if (update === 'not pending') await job.refresh();
  return new BadStatusError(`${String(job)} ${WHY[update](job)}`);
}
