// The errors that Drover throws, each with a stable code. docs/ERRORS.md gives cause and cure.

/**
 * The base of all errors that Drover itself throws. `code` is stable; the message is for people.
 */
export abstract class DroverError extends Error {
  abstract readonly code: `DROVER_${string}`;

  override get name(): string {
    return this.constructor.name;
  }
}

/** The status of a job does not allow the call, such as removing a job that runs (J2). */
export class BadStatusError extends DroverError {
  readonly code = 'DROVER_BAD_STATUS';
}

/** The failure of a job that was interrupted, and whose policy did not let it run again (I3). */
export class AbortedError extends DroverError {
  readonly code = 'DROVER_ABORTED';
}

/** The failure of a job that was cancelled; its message is the reason (O1). */
export class CancelledError extends DroverError {
  readonly code = 'DROVER_CANCELLED';
}

/** The failure of a job that another job waited for, and that is not stored any more. */
export class RemovedError extends DroverError {
  readonly code = 'DROVER_REMOVED';
}

/** Something did not happen in the time that it was given. */
export class TimeoutError extends DroverError {
  readonly code = 'DROVER_TIMEOUT';
}

/** A dispatcher lost its claim of a job: its writes to that job are refused (I5). */
export class ReassignedError extends DroverError {
  readonly code = 'DROVER_REASSIGNED';
}

/** No task of this name is defined in this process (B1). */
export class UnknownTaskError extends DroverError {
  readonly code = 'DROVER_UNKNOWN_TASK';
}

/** A job names a quota that its queue does not have (Q5). */
export class UnknownQuotaError extends DroverError {
  readonly code = 'DROVER_UNKNOWN_QUOTA';
}

/** A job names a rate limit that its queue does not have (Q9). */
export class UnknownRateLimitError extends DroverError {
  readonly code = 'DROVER_UNKNOWN_RATE_LIMIT';
}

/**
 * A task throws it when a remote service refuses for now (Q9): each rate limit of its job is closed
 * for `after` ms, and the job waits for these in its place. It has not failed, and its retry policy
 * is not asked. A job without a rate limit begins again after that time.
 */
export class RateLimitedError extends DroverError {
  readonly code = 'DROVER_RATE_LIMITED';
  /** Ms. */
  readonly after: number;

  /**
   * @param options `after`: for how long the service refuses, a number of ms above 0
   * @throws InvalidArgumentError for any other `after`
   */
  constructor({ after, ...options }: { after: number } & ErrorOptions, message?: string) {
    if (!(Number.isFinite(after) && after > 0))
      throw new InvalidArgumentError('after of a RateLimitedError must be a number of ms above 0');
    super(message ?? `the service refuses for ${after} ms`, options);
    this.after = after;
  }
}

/** No retry policy of this name is defined in this process (R1). */
export class UnknownPolicyError extends DroverError {
  readonly code = 'DROVER_UNKNOWN_POLICY';
}

/** A name was defined twice, with different functions (J1). */
export class DuplicateNameError extends DroverError {
  readonly code = 'DROVER_DUPLICATE_NAME';
}

/** A value that cannot be stored; `path` says where it is, such as `args[1].onDone` (J4). */
export class SerializationError extends DroverError {
  readonly code = 'DROVER_SERIALIZATION';

  constructor(
    readonly path: string,
    why: string,
    options?: ErrorOptions,
  ) {
    super(`${path} ${why}`, options);
  }
}

/**
 * The arguments or the result of a job are larger than `maxDataBytes`. `size` and `limit` are in
 * bytes.
 */
export class DataTooLargeError extends DroverError {
  readonly code = 'DROVER_DATA_TOO_LARGE';

  constructor(
    message: string,
    readonly size: number,
    readonly limit: number,
  ) {
    super(message);
  }
}

/** No codec named `codec` is defined in this process, but a value needs it to be read (J4). */
export class UnknownCodecError extends DroverError {
  readonly code = 'DROVER_UNKNOWN_CODEC';

  constructor(
    message: string,
    readonly codec: string,
  ) {
    super(message);
  }
}

/** An argument of a public function is wrong; the message names it. */
export class InvalidArgumentError extends DroverError {
  readonly code = 'DROVER_INVALID_ARGUMENT';
}

/** Another process, thread, or copy of the package is active under this dispatcher's UUID (D1). */
export class AlreadyActivatedError extends DroverError {
  readonly code = 'DROVER_ALREADY_ACTIVATED';

  /**
   * @param from the source of the UUID, such as the path of a file that several processes share
   */
  constructor(
    readonly uuid: string,
    readonly other: { host: string; pid: number; thread?: number; age: number },
    from?: string,
  ) {
    const { host, pid, thread, age } = other;
    // The other dispatcher may be in another thread, or of another copy of the package.
    const where =
      pid === process.pid
        ? 'this process (in another thread, or by another copy of @drover/worker), ' +
          'or another process'
        : 'another process';
    const inThread = thread === undefined ? '' : `, thread ${thread}`;
    const source = from === undefined ? '' : ` The UUID is from ${from}.`;
    super(
      `dispatcher ${uuid} is already activated: ${where}? (host ${host}, pid ${pid}${inThread}, ` +
        `last ping ${age} ms ago).${source} Two dispatchers never share a UUID: give each its ` +
        'own by the option uuid or $DROVER_UUID (in tests, uuid: randomUUID() of node:crypto), ' +
        'or stop the other one.',
    );
  }
}

/** `local` was used outside a running task. */
export class NoLocalJobError extends DroverError {
  readonly code = 'DROVER_NO_LOCAL_JOB';
}

/** The Redis server or the installed BullMQ cannot be used; the message says why and what to do. */
export class UnsupportedError extends DroverError {
  readonly code = 'DROVER_UNSUPPORTED';
}

/** Why Redis is not available. */
export type UnavailableReason =
  | 'unreachable'
  | 'out of memory'
  | 'read-only'
  | 'loading'
  | 'too few replicas'
  | 'cluster down'
  | 'busy'
  | 'not persistent';

/**
 * Redis cannot be reached, or refuses writes for a while (B3): see `reason`. `mayBeDone`: a reply
 * was lost, and the call may have been done, wholly or in part. A job that is put again with the
 * same id is not put twice.
 */
export class UnavailableError extends DroverError {
  readonly code = 'DROVER_UNAVAILABLE';

  constructor(
    message: string,
    readonly reason: UnavailableReason,
    readonly mayBeDone: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * A conflict that may pass when the job runs again: `RetryCommonFourTimes` runs it again four times
 * (R2).
 */
export class RetryableError extends DroverError {
  readonly code = 'DROVER_RETRYABLE';
}

/**
 * The worker thread of a job ended while the job ran: out of memory, `process.exit`, an uncaught
 * error (D7).
 */
export class ThreadError extends DroverError {
  readonly code = 'DROVER_THREAD';
}

// Bundlers rename classes: without this, the errors of a bundle and the failures of its jobs would
// have other names.
const named = {
  DroverError,
  BadStatusError,
  AbortedError,
  CancelledError,
  RemovedError,
  TimeoutError,
  ReassignedError,
  UnknownTaskError,
  UnknownQuotaError,
  UnknownRateLimitError,
  RateLimitedError,
  UnknownPolicyError,
  DuplicateNameError,
  SerializationError,
  DataTooLargeError,
  UnknownCodecError,
  InvalidArgumentError,
  AlreadyActivatedError,
  NoLocalJobError,
  UnsupportedError,
  UnavailableError,
  RetryableError,
  ThreadError,
};
for (const [name, one] of Object.entries(named))
  Object.defineProperty(one, 'name', { value: name });
