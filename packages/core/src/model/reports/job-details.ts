// The fields of a job's record that its handle does not have, for operators.
import type { PolicyData } from '../retry/policy.js';

export interface JobDetails {
  id: string;
  task: string;
  queue: string;
  lane: string;
  /** The arguments as they are stored: JSON, also of values that this process cannot read (J4). */
  args: string;
  /** JSON of its value, where it has one. */
  value?: string;
  /** The number of its claims: the fencing token of the last one (I5). */
  fence: number;
  /** The record of its retry policy (R1). */
  policyData: PolicyData;
  /** The number of retries after errors. */
  retries: number;
  /** The results of `local.once`: JSON by key, some hundred at most (O5). */
  once: Record<string, string>;
  /** How many results of `local.once` there are. */
  onceCount: number;
  /** The failure with which it ends as soon as it goes on. */
  verdict?: { why: 'cancelled' | 'aborted' | 'stopped'; message: string };
}
