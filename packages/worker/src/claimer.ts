// Claims jobs from one lane, for as many slots as its agent has. Its duties:
// 1. While slots are free, claim one job after another; when the lane is empty, wait for its marker without polling.
// 2. A slot that finishes a job takes the next in the same round trip.
// 3. Register each token before it is sent; give back what arrives after the stop (I1).
// 4. After any reply that was not clean, retire the token, and ask for an audit (docs/PROTOCOL.md).
import {
  crashPoint,
  systemClock,
  type ClaimedJob,
  type ClaimReply,
  type LaneStore,
  type RedisClient,
} from '@drover/core/internal';
import type { Activation } from './activation.js';
import { pause } from './pause.js';

/** What a claimer needs of its dispatcher. */
export interface ClaimerOptions {
  store: LaneStore;
  /** The connection on which it waits, and which it ends when it stops. */
  blockingClient: RedisClient;
  size: number;
  activation: Activation;
  /** Runs a job to its end. Answers with the next one, when it ended with a finish that claimed one. */
  execute: (claim: ClaimedJob) => Promise<ClaimReply | undefined>;
  /** What is due beside claims is done before each: it gives the time of its next turn, ms since 1970, 0 for never. */
  beforeClaim?: () => Promise<number>;
  /** A reply was lost: there may be a claim that nobody knows of. */
  onTrouble: (error: Error) => void;
}

/** Without a marker a lane is looked at this often all the same: a marker can be lost with the process that took it. */
const IDLE_CHECK = 5_000;
/** No blocking read lasts longer, since connections die silently. */
const MAX_WAIT = 10_000;
/** A blocking read that takes so much longer than it was told to is given up. */
const WATCHDOG = 1_000;
/** Between attempts while claims fail. */
const RETRY_DELAY = 200;
/** Between looks at the lease while it does not hold. */
const LEASE_CHECK = 50;

export class Claimer {
  #busy = 0;
  /** The lane had nothing due when it was last asked. */
  #drained = false;
  /** When the next delayed job is due; 0 for none. */
  #delayUntil = 0;
  /** When `beforeClaim` is due; 0 for never. */
  #choreDue = 0;
  #onSlotFree: (() => void) | undefined;
  #onStop: () => void = () => {};
  #loop: Promise<void> | undefined;

  constructor(private readonly options: ClaimerOptions) {}

  start(): void {
    this.#loop = this.#claimLoop();
  }

  /** Resolves when no claim is under way. What was claimed goes on running. */
  async stop(): Promise<void> {
    this.#onSlotFree?.();
    this.#onStop();
    this.options.blockingClient.disconnect();
    await this.#loop;
  }

  async #claimLoop(): Promise<void> {
    const { activation, size } = this.options;
    while (activation.accepting) {
      if (this.#busy >= size) await this.#slotFree();
      else if (!activation.mayClaim) await pause(LEASE_CHECK);
      else if (this.#drained && this.#nextDue <= systemClock.now()) this.#drained = false;
      else if (this.#drained) await this.#waitForJob();
      else await this.#claimOne();
    }
  }

  async #claimOne(): Promise<void> {
    const { store, activation, beforeClaim, onTrouble } = this.options;
    const token = activation.newToken();
    let reply: ClaimReply;
    crashPoint('claim.before');
    try {
      if (beforeClaim) this.#choreDue = await beforeClaim();
      reply = await store.claim(token);
    } catch (error) {
      activation.retire(token);
      onTrouble(error as Error);
      return await pause(RETRY_DELAY);
    }
    this.#note(reply);
    if (!reply.job) return activation.retire(token);
    crashPoint('claim.after');
    if (activation.accepting) void this.#work(reply.job);
    else await this.#giveBack(reply.job);
  }

  /** One slot: a job, and those that its finishes bring. */
  async #work(first: ClaimedJob): Promise<void> {
    const { activation, execute, onTrouble } = this.options;
    this.#busy++;
    let claim: ClaimedJob | undefined = first;
    while (claim) {
      const { token }: ClaimedJob = claim;
      const reply: ClaimReply | undefined = await execute(claim).catch((error: unknown) => {
        onTrouble(error as Error);
        return undefined;
      });
      claim = reply?.job;
      if (reply) this.#note(reply);
      else this.#drained = false;
      if (!claim) activation.retire(token);
      else if (!activation.accepting) {
        await this.#giveBack(claim);
        claim = undefined;
      }
    }
    this.#busy--;
    this.#onSlotFree?.();
  }

  #note({ job, delayUntil }: ClaimReply): void {
    this.#drained = !job;
    this.#delayUntil = delayUntil;
  }

  /** When the lane is to be looked at again although no marker comes: milliseconds since 1970. */
  get #nextDue(): number {
    return Math.min(this.#delayUntil || Infinity, this.#choreDue || Infinity);
  }

  async #giveBack({ id, token }: ClaimedJob): Promise<void> {
    const { store, activation, onTrouble } = this.options;
    await store.putBack(id, token).catch(onTrouble);
    activation.retire(token);
  }

  async #waitForJob(): Promise<void> {
    const { store, activation, onTrouble } = this.options;
    const timeout = this.#nextDue === Infinity ? IDLE_CHECK : this.#nextDue - systemClock.now();
    try {
      const due = await this.#unlessStopped(store.waitForJob(Math.min(timeout, MAX_WAIT)));
      // A marker says that jobs are due, or when the next one will be.
      if (due > systemClock.now() + 1) this.#delayUntil = this.#delayUntil ? Math.min(due, this.#delayUntil) : due;
      else this.#drained = false;
    } catch (error) {
      if (!activation.accepting) return;
      onTrouble(error as Error);
      await pause(RETRY_DELAY);
    }
  }

  /** Connections die silently: neither a stop nor the next look waits for a blocking read that does not come back. */
  async #unlessStopped(read: Promise<number>): Promise<number> {
    read.catch(() => {});
    const watchdog = setTimeout(() => this.#onStop(), MAX_WAIT + WATCHDOG);
    const stopped = new Promise<number>((resolve) => (this.#onStop = () => resolve(0)));
    try {
      return await Promise.race([read, stopped]);
    } finally {
      clearTimeout(watchdog);
    }
  }

  async #slotFree(): Promise<void> {
    await new Promise<void>((resolve) => (this.#onSlotFree = resolve));
    this.#onSlotFree = undefined;
  }
}
