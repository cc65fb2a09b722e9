// Adds callbacks to a job (J7).
import type { RedisClient } from '../../../redis/connection.js';
import type { CallbackAddition, NewStoredJob } from '../../../model/records.js';
import { LaneKeys } from '../keys.js';
import { optionsText } from '../put/option-text.js';
import { RefusalCode, StoreRefusal } from '../scripts/refusal.js';
import { runScript } from '../scripts/run-script.js';
import { callWith, stage } from '../put/staged.js';

const ADDITIONS: Readonly<Record<number, CallbackAddition>> = {
  1: 'added',
  2: 'runs',
  [-1]: 'no such job',
  [-7]: 'stored elsewhere',
  [-13]: 'job elsewhere',
};

/** An argument of scripts that store a new job: JSON of its callbacks; '' for none. */
export function callbacksArgument(keys: LaneKeys, { callbacks }: NewStoredJob): string {
  return callbacks?.length
    ? JSON.stringify(callbacks.map((callback) => deferredCallback(keys, callback)))
    : '';
}

/**
 * Adds a callback to a job, whatever its status. It can be repeated.
 * @param originKeys the keys of the jobs that may still store the job, nearest first
 * @param token of the job's own run, where that adds it
 * @throws StoreRefusal where that run has lost the job
 */
export async function addCallback(
  client: RedisClient,
  keys: LaneKeys,
  jobId: string,
  callback: NewStoredJob,
  originKeys: readonly string[],
  token = '',
): Promise<CallbackAddition> {
  const staged = stage(client, keys, [callback]);
  const args = [
    JSON.stringify(staged.jobs.map((job) => deferredCallback(keys, job))),
    JSON.stringify(originKeys),
    token,
  ];
  const add = () => runScript(client, 'addCallback', [keys.job(jobId), keys.lock(jobId)], args);
  const reply = await callWith(staged, add);
  if (reply === RefusalCode.NOT_YOURS) throw new StoreRefusal(reply, jobId);
  return ADDITIONS[reply as number] ?? 'no such job';
}

interface DeferredCallback {
  base: string;
  id: string;
  task: string;
  args: string;
  options: string;
  callbacks: DeferredCallback[];
  isShared?: true;
}

function deferredCallback({ prefix, queue }: LaneKeys, callback: NewStoredJob): DeferredCallback {
  const keys = new LaneKeys(prefix, queue, callback.lane);
  const { id, task, args, options, callbacks = [], isShared } = callback;
  return {
    base: keys.base,
    id,
    task,
    args,
    options: optionsText(options),
    callbacks: callbacks.map((inner) => deferredCallback(keys, inner)),
    ...(isShared && { isShared }),
  };
}
