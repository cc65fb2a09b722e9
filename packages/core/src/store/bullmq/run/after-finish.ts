// Releases the dependents of a job that ends, and takes the job out of its owner's set.
import type { LaneKeys } from '../keys.js';
import type { ScriptCall, Transaction } from '../scripts/transaction.js';

/**
 * Adds to the transaction of a job's finish what BullMQ's finish leaves undone: it releases the
 * parent, and knows no other dependents (J5).
 */
export function withAfterFinish(
  keys: LaneKeys,
  jobId: string,
  now: number,
  transaction: Transaction = {},
): Transaction {
  const call: ScriptCall = {
    script: 'afterFinish',
    keys: [keys.job(jobId)],
    args: [now],
    asText: true,
  };
  return { ...transaction, after: [...(transaction.after ?? []), call] };
}
