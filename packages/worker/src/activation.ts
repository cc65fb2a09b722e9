// One activation of a dispatcher: an epoch, its tokens, its lease, and what runs under it.
import type { Failure } from '@drover/core';
import type { ClaimedJob } from '@drover/core/internal';
import type { Lease } from './lease.js';
import type { StopSignal } from './stop-signal.js';

/** One run of a job. */
export interface Run {
  claim: ClaimedJob;
  queue: string;
  agent: string;
  /** Milliseconds since 1970. */
  startedAt: number;
  /** Aborts `local.signal`. */
  stop: StopSignal;
  /** The job was taken away; said once. */
  reassigned: boolean;
  failure?: Failure;
  /** Its retry policy threw, or answered with something odd. */
  policyProblem?: Failure;
}

/** The activation's tokens are `<uuid>:<epoch>:<n>`: none is ever used for the same job twice (docs/PROTOCOL.md). */
export class Activation {
  /** By token. A token is here before the call that uses it is sent, and until its last use has been answered. */
  readonly #tokens = new Map<string, Run | undefined>();
  readonly #left = new Set<string>();
  #count = 0;
  #accepting = true;
  #abandoned = false;
  lease: Lease | undefined;

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

  get runs(): Run[] {
    return [...this.#tokens].flatMap(([token, run]) => (run && !this.#left.has(token) ? [run] : []));
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
  }

  /** The token is never used again. */
  retire(token: string): void {
    if (!this.#left.has(token)) this.#tokens.delete(token);
  }

  /** Its run has ended, and its job is left as it is, to be interrupted: it is not a claim that nobody knows of. */
  leave(token: string): void {
    this.#left.add(token);
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
}

/** The activation that a token belongs to; undefined for the token of an interrupt. */
export function activationOf(token: string): { uuid: string; epoch: number } | undefined {
  const [uuid, epoch, n] = token.split(':');
  return uuid && epoch && n ? { uuid, epoch: Number(epoch) } : undefined;
}
