// Changes a job that is pending, or whose turn has not come (Q12).
import type { StoredJobOptions } from '../../../model/job-options.js';
import {
  changesOptions,
  updatedOptions,
  type StoredUpdate,
  type Update,
} from '../../../model/job-update.js';
import type { RedisClient } from '../../../redis/connection.js';
import type { LaneKeys } from '../keys.js';
import { optionsOf, orUndefined } from '../record-checks.js';
import { runScript } from '../scripts/run-script.js';
import { optionsText } from './option-text.js';
import { callWith, stage } from './staged.js';

const REFUSALS: Readonly<Record<number, Update>> = {
  0: 'not pending',
  [-2]: 'begun',
  [-3]: 'dead letter',
  [-4]: 'ending',
};

/**
 * Undefined: the job is not stored here.
 * @param known its options, as the caller knows them
 * @param call the id of the call: its repetition after a lost reply gets the same answer
 */
export async function updateJob(
  client: RedisClient,
  keys: LaneKeys,
  id: string,
  update: StoredUpdate,
  known: StoredJobOptions,
  call: string,
): Promise<Update | undefined> {
  const { args, set, unset } = update;
  const names = [...Object.keys(set), ...unset];
  let before = changesOptions(update) ? optionsText(known) : '';
  for (;;) {
    const current = before === '' ? {} : orUndefined(() => optionsOf(before) ?? {});
    if (!current) return 'damaged';
    const options = updatedOptions(current, update);
    const staged = stage(client, keys, args === undefined ? [] : [{ id, args }]);
    const sent = [
      ...[keys.base, id, call, staged.jobs[0]?.args ?? '', before],
      ...(before === '' ? [''] : [optionsText(options)]),
      ...[names.join(' '), options.beginAfter ?? 0],
    ];
    const reply = await callWith(staged, () =>
      runScript(client, 'updateJob', [keys.job(id)], sent),
    );
    if (reply === 1) return { options: before === '' ? undefined : options };
    if (typeof reply !== 'string') return REFUSALS[Number(reply)];
    // Its options are others than the caller knows.
    before = reply;
  }
}
