// One activation of a dispatcher: an epoch, its tokens, its lease, and what runs under it.
import type { ClaimedJob } from '@drover/core/internal';
import { StopSignal } from './stop-signal.js';

/** One run of a job. */
export interface Run {
  claim: ClaimedJob;
  queue: string;
  agent: string;
  /** Aborts `local.signal`. */
  stop: StopSignal;
  /** It has ended. */
  hasEnded: boolean;
  /** It has ended, and its job is left as it is, to be interrupted. */
  isLeft: boolean;
  /** When its task was started, in ms since 1970. */
  startedAt: number | undefined;
  /**
   * Ms from the start of its task here to its end; undefined while it runs, or where its task was
   * not started.
   */
  duration: number | undefined;
  /** The number of the poll in which it was claimed. */
  poll: number;
  /** The tasks of what it has put in vain so far (J6). */
  dropped: readonly string[];
}

/** @param onListenerFailed told of what a listener of `local.signal` throws, or rejects with */
export function newRun(
  claim: ClaimedJob,
  queue: string,
  agent: string,
  onListenerFailed: (thrown: unknown) => void,
): Run {
  const stop = new StopSignal(onListenerFailed);
  // Written out: V8 takes 2 µs to add properties to a spread.
  return {
    claim,
    queue,
    agent,
    stop,
    hasEnded: false,
    isLeft: false,
    startedAt: undefined,
    duration: undefined,
    poll: 0,
    dropped: [],
  };
}

/**
 * The activation's tokens are `<uuid>:<epoch>:<n>`: none is ever used for the same job twice
 * (docs/protocol/ownership.md).
 */
export class Activation {
  /**
   * By token. A token is here before the call that uses it is sent, and until its last use has been
   * answered.
   */
  readonly #tokens = new Map<string, Run | undefined>();
  /** By token: runs that are to stop as soon as they begin, with what they were claimed for. */
  readonly #early = new Map<string, { jobId: string; reason: Error }>();
  #count = 0;
  #accepting = true;
  #abandoned = false;
  lease: { readonly holds: boolean } | undefined;

  constructor(
    readonly uuid: string,
    readonly epoch: number,
  ) {}

  /** Whether new jobs may be claimed. */
  get mayClaim(): boolean {
    return this.#accepting && this.lease?.holds === true;
  }

  /** It has not begun to stop. */
  get accepting(): boolean {
    return this.#accepting;
  }

  /** What it still holds is left to be interrupted: no write is tried again. */
  get abandoned(): boolean {
    return this.#abandoned;
  }

  /** What runs now. */
  get runs(): Run[] {
    return [...this.#tokens.values()]
      .filter((run) => run !== undefined)
      .filter(({ hasEnded }) => !hasEnded);
  }

  /** A new token, registered. */
  newToken(): string {
    const token = `${this.uuid}:${this.epoch}:${++this.#count}`;
    this.#tokens.set(token, undefined);
    return token;
  }

  /** Whether a token is in use: it runs something, or a call that uses it is under way. */
  isInUse(token: string): boolean {
    return this.#tokens.has(token);
  }

  begin(run: Run): void {
    this.#tokens.set(run.claim.token, run);
    if (this.#early.size > 0) this.#stopEarly(run);
  }

  /**
   * Tells one run to stop. That may come before the reply to the claim, or to the finish that
   * claimed its job.
   */
  stopRun(jobId: string, token: string, reason: Error): void {
    const run = this.#tokens.get(token);
    if (run?.claim.id === jobId) run.stop.abort(reason);
    else if (this.#tokens.has(token)) this.#early.set(token, { jobId, reason });
  }

  /**
   * The token is never used again; that of a job which is left stays: it is not a claim that nobody
   * knows of.
   */
  retire(token: string): void {
    this.#early.delete(token);
    if (!this.#tokens.get(token)?.isLeft) this.#tokens.delete(token);
  }

  stopAccepting(): void {
    this.#accepting = false;
  }

  abandon(): void {
    this.#accepting = false;
    this.#abandoned = true;
  }

  /** Aborts `local.signal` of all that runs. */
  signalAll(reason: Error): void {
    for (const run of this.runs) run.stop.abort(reason);
  }

  #stopEarly({ claim, stop }: Run): void {
    const early = this.#early.get(claim.token);
    if (early?.jobId !== claim.id) return;
    this.#early.delete(claim.token);
    stop.abort(early.reason);
  }
}

/** The activation that a token belongs to; undefined for the token of an interrupt. */
export function activationOf(token: string): { uuid: string; epoch: number } | undefined {
  const [uuid, epoch, n] = token.split(':');
  return uuid && epoch && n ? { uuid, epoch: Number(epoch) } : undefined;
}
