// The errors of a store that its callers act on. Any other error comes from the database or the
// connection, and the call can be repeated.

/** Why a store refused a write. */
export type RefusalReason =
  /** The job has ended, is gone, or has another holder: the claim is lost (I5). */
  | 'lost'
  /** A dependency of the job has not ended. */
  | 'dependency pending'
  /** A child was put before its parent, or belongs to another one. */
  | 'of another parent'
  /** The job would wait for a job that waits for it. */
  | 'waits for it'
  /** A child that is to run again has its failure, and has not ended (O3). */
  | 'still ending'
  /** Another holder has put one of the jobs elsewhere (J12). */
  | 'put elsewhere';

/** The store refused a write, and changed nothing. */
export class Refused extends Error {
  override readonly name: string = 'Refused';

  constructor(
    readonly reason: RefusalReason,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Waits for a write that another process may have made impossible. */
export async function ignoreRefusal(writing: Promise<unknown>): Promise<void> {
  try {
    await writing;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
  }
}

/**
 * A record cannot be used: every attempt would fail. The message says why, and shows no stored
 * value (B2). `cause`: the error of the database, where a write failed on the record.
 */
export class DamagedRecord extends Error {
  override readonly name = 'DamagedRecord';
}
