// The replies with which scripts refuse a write.
import { propertyOf } from '../../../lib/careful.js';

/** The codes of BullMQ's scripts and of Drover's (docs/protocol/scripts.md#replies). */
export const RefusalCode = {
  NO_JOB: -1,
  NO_LOCK: -2,
  NOT_ACTIVE: -3,
  PENDING_CHILDREN: -4,
  NOT_YOURS: -6,
  OF_ANOTHER_PARENT: -7,
  /** A job cannot wait for a job that waits for it. */
  WAITS_FOR_IT: -11,
  /** A child that is to run again has its failure, and has not ended (O3). */
  STILL_ENDING: -12,
  /** Another holder has put one of the jobs elsewhere (J12). */
  PUT_ELSEWHERE: -13,
} as const;
export type RefusalCode = (typeof RefusalCode)[keyof typeof RefusalCode];

/** A script of Drover's refused a write. */
export class StoreRefusal extends Error {
  override readonly name = 'StoreRefusal';

  constructor(
    readonly code: RefusalCode,
    jobId: string,
  ) {
    super(`job ${jobId}: refused with code ${code}`);
  }
}

const CODES = new Set<unknown>(Object.values(RefusalCode));

/** Throws a StoreRefusal where `reply` is one of the codes. */
export function checkReply(reply: unknown, jobId: string): void {
  if (CODES.has(reply)) throw new StoreRefusal(reply as RefusalCode, jobId);
}

/** The code with which a script refused, BullMQ's or Drover's; undefined for any other error. */
export function refusalCode(error: unknown): RefusalCode | undefined {
  const code = propertyOf(error, 'code');
  return CODES.has(code) ? (code as RefusalCode) : undefined;
}
