// The replies with which scripts refuse a write.
import { propertyOf } from '../../../lib/careful.js';
import { Refused, type RefusalReason } from '../../../model/store-errors.js';

/** The codes of BullMQ's scripts and of Drover's (docs/protocol/scripts.md#replies). */
export const RefusalCode = {
  NO_JOB: -1,
  NO_LOCK: -2,
  NOT_ACTIVE: -3,
  PENDING_CHILDREN: -4,
  NOT_YOURS: -6,
  OF_ANOTHER_PARENT: -7,
  WAITS_FOR_IT: -11,
  STILL_ENDING: -12,
  PUT_ELSEWHERE: -13,
} as const;
export type RefusalCode = (typeof RefusalCode)[keyof typeof RefusalCode];

/** The words for the codes outside the store. */
const REASONS: Readonly<Record<RefusalCode, RefusalReason>> = {
  [RefusalCode.NO_JOB]: 'lost',
  [RefusalCode.NO_LOCK]: 'lost',
  [RefusalCode.NOT_ACTIVE]: 'lost',
  [RefusalCode.PENDING_CHILDREN]: 'dependency pending',
  [RefusalCode.NOT_YOURS]: 'lost',
  [RefusalCode.OF_ANOTHER_PARENT]: 'of another parent',
  [RefusalCode.WAITS_FOR_IT]: 'waits for it',
  [RefusalCode.STILL_ENDING]: 'still ending',
  [RefusalCode.PUT_ELSEWHERE]: 'put elsewhere',
};

/** A script of Drover's refused a write. */
export class StoreRefusal extends Refused {
  override readonly name = 'StoreRefusal';

  constructor(
    readonly code: RefusalCode,
    jobId: string,
  ) {
    super(REASONS[code], `job ${jobId}: refused with code ${code}`);
  }
}

/** Throws a StoreRefusal where `reply` is one of the codes. */
export function checkReply(reply: unknown, jobId: string): void {
  if (isCode(reply)) throw new StoreRefusal(reply, jobId);
}

/** The word for a code. */
export function reasonOf(code: number): RefusalReason {
  return isCode(code) ? REASONS[code] : 'lost';
}

/** The code with which a script refused, BullMQ's or Drover's; undefined for any other error. */
export function refusalCode(error: unknown): RefusalCode | undefined {
  const code = propertyOf(error, 'code');
  return isCode(code) ? code : undefined;
}

function isCode(value: unknown): value is RefusalCode {
  return typeof value === 'number' && value in REASONS;
}
