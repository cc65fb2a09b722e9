// One activation of a dispatcher: its epoch, its tokens, and the runs under it.
import type { ClaimedJob } from '@drover/core/internal';
import { StopSignal } from './stop-signal.js';

/** One call of a job's task, for one claim. */
export interface Run {
  claim: ClaimedJob;
  queue: string;
  agent: string;
  /** Aborts `local.signal`. */
  stop: StopSignal;
  hasEnded: boolean;
  /** The run has ended without a commit. Its claim stands until an interrupt ends it. */
  isLeft: boolean;
  /** When the task was called, in ms since 1970. */
  startedAt: number | undefined;
  /** Its task has not ended by the `timeout` of the job, and the run has (J10). */
  late: { readonly hasEnded: boolean; readonly ended: Promise<unknown> } | undefined;
  /** Ms from when the job was due to the call of the task, or to its end without one (D11). */
  waited: number | undefined;
  /** Ms from the call of the task to its end; undefined while it runs, or if it was not called. */
  duration: number | undefined;
  /** The number of the poll in which it was claimed. */
  poll: number;
  /** The task names of puts that were dropped, since no commit can store them (J6). */
  dropped: readonly string[];
}

/** @param onListenerFailed gets what a listener of `local.signal` throws or rejects with */
export function newRun(
  claim: ClaimedJob,
  queue: string,
  agent: string,
  onListenerFailed: (thrown: unknown) => void,
): Run {
  const stop = new StopSignal(onListenerFailed);
  // A literal, since V8 takes 2 µs longer for a spread.
  return {
    claim,
    queue,
    agent,
    stop,
    hasEnded: false,
    isLeft: false,
    startedAt: undefined,
    late: undefined,
    waited: undefined,
    duration: undefined,
    poll: 0,
    dropped: [],
  };
}

/**
 * The tokens of the activation are `<uuid>:<epoch>:<n>`. A job is never claimed twice with the same
 * token (docs/protocol/ownership.md).
 */
export class Activation {
  /** By token, from before its first use is sent until its last use has been answered. */
  readonly #tokens = new Map<string, Run | undefined>();
  /** Runs that have ended by a timeout, whose tasks go on in their slots (J10). */
  readonly stuck = new Set<Run>();
  /** By token: runs that must stop as soon as they begin. */
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

  /** False from the moment at which the activation begins to stop. */
  get accepting(): boolean {
    return this.#accepting;
  }

  /** Its claims are left to be interrupted: a failed write is not repeated. */
  get abandoned(): boolean {
    return this.#abandoned;
  }

  get runs(): Run[] {
    return [...new Set(this.#tokens.values())]
      .filter((run) => run !== undefined)
      .filter(({ hasEnded }) => !hasEnded);
  }

  /** Makes and registers a token. */
  newToken(): string {
    const token = `${this.uuid}:${this.epoch}:${++this.#count}`;
    this.#tokens.set(token, undefined);
    return token;
  }

  /** Whether a job runs under the token, or a call that uses it is under way. */
  isInUse(token: string): boolean {
    return this.#tokens.has(token) || this.#tokens.has(ofPack(token) ?? token);
  }

  /** Whether a part of the pack runs that is claimed under the token. */
  isPartInUse(token: string): boolean {
    return [...this.#tokens.keys()].some((other) => ofPack(other) === token);
  }

  /** Whether a run that has not ended has begun under the token. */
  readonly hasBegun = (token: string): boolean => this.#tokens.get(token) !== undefined;

  begin(run: Run): void {
    const { token } = run.claim;
    this.#tokens.set(token, run);
    // A cleanup must not take the pack for one of which no part has begun.
    const packToken = ofPack(token);
    if (packToken !== undefined) this.#tokens.set(packToken, run);
    if (this.#early.size > 0) this.#stopEarly(run);
  }

  /**
   * Tells the run of a job to stop. The order may arrive before the reply to the claim of the job:
   * then the run stops when it begins.
   */
  stopRun(jobId: string, token: string, reason: Error): void {
    const run = this.#tokens.get(token);
    if (run?.claim.id === jobId) run.stop.abort(reason);
    else if (this.isInUse(token)) this.#early.set(token, { jobId, reason });
  }

  /**
   * The token is not used again. The token of a run that was left stays registered, or reconcile
   * would take its claim for one without a run.
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

  /** Aborts `local.signal` of all running jobs. */
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

/**
 * The token of the pack whose part is claimed under a token; undefined for any other token
 * (docs/protocol/packs.md).
 */
function ofPack(token: string): string | undefined {
  const end = token.indexOf('.');
  return end < 0 ? undefined : token.slice(0, end);
}

/** The activation that made a token; undefined for the token of an interrupt. */
export function activationOf(token: string): { uuid: string; epoch: number } | undefined {
  const [uuid, epoch, n] = token.split(':');
  return uuid && epoch && n ? { uuid, epoch: Number(epoch) } : undefined;
}
