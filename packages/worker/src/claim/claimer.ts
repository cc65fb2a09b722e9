// Claims jobs for the slots of one agent, from its lanes in turn. Its duties:
// 1. While slots are free, claim one job after another; when the lanes are empty, wait for their
//   markers without polling.
// 2. A slot that finishes a job takes the next of that lane in the same round trip, as long as it
//   is that lane's turn (Q6).
// 3. Register each token before it is sent; give back what arrives after the stop (I1).
// 4. After any reply that was not clean, retire the token, and ask for a reconcile pass
//   (docs/protocol/claim.md).
import {
  crashPoint,
  endClient,
  MAX_BLOCK,
  waitForJob,
  type ClaimedJob,
  type ClaimReply,
  type LaneKeys,
  type Clock,
  type DueJob,
  type LaneStore,
  type RedisClient,
} from '@drover/core/internal';
import type { Activation } from '../activation/activation.js';
import type { LaneHistory } from '../history/lane-history.js';
import { pause } from '../run/pause.js';
import { skipIfWrongType } from '../recovery/recovery.js';
import { SLICE_MS, LaneRotation, type LaneState, type ServedLane } from './lane-rotation.js';

/** Where a slot works for the time being. */
export interface Slot {
  store: LaneStore;
  history: LaneHistory;
  /** Whether a finish may claim the next job of the lane. */
  mayClaimNext: () => boolean;
}

/** What a claimer needs of its dispatcher. */
export interface ClaimerOptions {
  /** The lanes that the agent serves. */
  lanes: readonly ServedLane[];
  /** Redis's. */
  clock: Clock;
  /** The connection on which it waits, and which it ends when it stops. */
  blockingClient: RedisClient;
  size: number;
  activation: Activation;
  /**
   * Gives what runs jobs to their ends in a slot, one after another; it answers with the next one,
   * where the end of one claimed it.
   */
  executeIn: (slot: Slot) => (claim: ClaimedJob) => Promise<ClaimReply | undefined>;
  /**
   * What is due beside claims is done before each: it gives the time of its next turn, ms since
   * 1970, 0 for never.
   */
  beforeClaim?: () => Promise<number>;
  /** Whether what a job needs is defined where its jobs run (B1). */
  isKnown: (needs: string) => boolean;
  /** A job cannot be run, since what is stored of it is damaged. */
  onDeadLetter: (jobId: string, keys: LaneKeys, reason: string) => void;
  /** A reply was lost: there may be a claim that nobody knows of. */
  onError: (error: Error) => void;
}

/**
 * Without a marker a lane is looked at this often all the same: a marker can be lost with the
 * process that took it.
 */
const IDLE_CHECK = 5_000;
/** Between attempts while claims fail. */
const RETRY_DELAY = 200;
/** Between looks at the lease while it does not hold. */
const LEASE_CHECK = 50;

export class Claimer {
  readonly #rotation: LaneRotation;
  #busy = 0;
  /** When `beforeClaim` is due; 0 for never. */
  #choreDue = 0;
  #onSlotFree: (() => void) | undefined;
  readonly #onIdle: (() => void)[] = [];
  #onStop: () => void = () => {};
  #loop: Promise<void> | undefined;

  constructor(private readonly options: ClaimerOptions) {
    this.#rotation = new LaneRotation(options.lanes);
  }

  start(): void {
    this.#loop = this.#claimLoop();
  }

  /** Resolves when nothing runs. */
  async idle(): Promise<void> {
    while (this.#busy > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  /** Resolves when no claim is under way. What was claimed goes on running. */
  async stop(): Promise<void> {
    this.#onSlotFree?.();
    this.#onStop();
    await Promise.all([endClient(this.options.blockingClient), this.#loop]);
  }

  async #claimLoop(): Promise<void> {
    const { activation, size } = this.options;
    while (activation.accepting) {
      if (this.#busy >= size) await this.#slotFree();
      else if (!activation.mayClaim) await pause(LEASE_CHECK);
      else {
        if (this.#untilChore() <= 0) this.#rotation.askAll();
        const lane = this.#rotation.next();
        await (lane ? this.#claimOne(lane) : this.#waitForJob());
      }
    }
  }

  async #claimOne(lane: LaneState): Promise<void> {
    const { activation, beforeClaim, onError } = this.options;
    const token = activation.newToken();
    let reply: ClaimReply;
    crashPoint('claim.before');
    try {
      if (beforeClaim) this.#choreDue = await beforeClaim();
      lane.history.asked();
      const mayHaveDue = this.#rotation.mayHaveDue(lane);
      reply =
        (await this.#claimUnroutable(lane, token)) ?? (await lane.store.claim(token, mayHaveDue));
    } catch (error) {
      activation.retire(token);
      lane.history.failed(error as Error);
      onError(error as Error);
      return await pause(RETRY_DELAY);
    }
    this.#rotation.answered(lane, reply);
    if (reply.damaged) await this.#deadLetters(reply.damaged, lane);
    if (!reply.job) return activation.retire(token);
    crashPoint('claim.after');
    if (activation.accepting) void this.#work(reply.job, lane);
    else await this.#giveBack(reply.job, lane);
  }

  /** Now and then this process looks for jobs that others could not run (B1). */
  async #claimUnroutable(lane: LaneState, token: string): Promise<ClaimReply | undefined> {
    if (performance.now() < lane.unknownDue) return undefined;
    const { isKnown } = this.options;
    const nothing: ClaimReply = {};
    const reply = await skipIfWrongType(
      this.options,
      () => lane.store.claimUnroutable(token, isKnown),
      nothing,
    );
    if (reply.job || reply.damaged) return reply;
    lane.unknownDue = performance.now() + IDLE_CHECK;
    return undefined;
  }

  /** One slot: a job, and those that its finishes bring. */
  async #work(first: ClaimedJob, lane: LaneState): Promise<void> {
    const { activation, executeIn, onError } = this.options;
    this.#busy++;
    const execute = executeIn(this.#slotIn(lane));
    let claim: ClaimedJob | undefined = first;
    while (claim) {
      const { token }: ClaimedJob = claim;
      let reply: ClaimReply | undefined;
      try {
        reply = await execute(claim);
      } catch (error) {
        onError(error as Error);
      }
      claim = reply?.job;
      if (reply) this.#rotation.note(lane, reply);
      else lane.drained = false;
      if (reply?.damaged) await this.#deadLetters(reply.damaged, lane);
      // A finish with puts claims the next one under another token.
      if (claim?.token !== token) activation.retire(token);
      if (claim && !activation.accepting) {
        await this.#giveBack(claim, lane);
        claim = undefined;
      }
    }
    this.#busy--;
    this.#onSlotFree?.();
    if (this.#busy === 0) for (const told of this.#onIdle.splice(0)) told();
  }

  /**
   * With several lanes, a slot that has been with one for long enough goes back to where all take
   * rotation.
   */
  #slotIn({ store, history }: LaneState): Slot {
    const { activation } = this.options;
    const end = this.#rotation.alternate ? performance.now() + SLICE_MS : Infinity;
    return { store, history, mayClaimNext: () => activation.mayClaim && performance.now() < end };
  }

  /** Milliseconds until `beforeClaim` is due; infinity for never. */
  #untilChore(): number {
    return this.#choreDue === 0 ? Infinity : this.#choreDue - this.options.clock.now();
  }

  /** What cannot be run is kept from those that come after it (B1). */
  async #deadLetters(
    damaged: NonNullable<ClaimReply['damaged']>,
    { store }: LaneState,
  ): Promise<void> {
    const { onDeadLetter, onError } = this.options;
    onDeadLetter(damaged.id, store.keys, damaged.reason);
    await store.deadLetter(damaged, damaged.reason).catch(onError);
  }

  async #giveBack({ id, token }: ClaimedJob, { store }: LaneState): Promise<void> {
    const { activation, onError } = this.options;
    await store.putBack(id, token).catch(onError);
    activation.retire(token);
  }

  async #waitForJob(): Promise<void> {
    const { activation, onError } = this.options;
    try {
      const word = await this.#nextWord(
        Math.min(this.#rotation.untilDue(), this.#untilChore(), IDLE_CHECK),
      );
      if (word) this.#rotation.told(word.lane, word.due);
      else this.#rotation.askAll();
    } catch (error) {
      if (!activation.accepting) return;
      // Word that was on its way is lost with its connection.
      this.#rotation.askAll();
      for (const { history } of this.#rotation.lanes) history.failed(error as Error);
      onError(error as Error);
      await pause(RETRY_DELAY);
    }
  }

  /**
   * Word of a job within `timeout` ms. A read that does not come back is ended with its connection,
   * which is given up.
   */
  async #nextWord(timeout: number): Promise<DueJob | undefined> {
    const { blockingClient, activation } = this.options;
    const keys = this.#rotation.lanes.map(({ store }) => store.keys);
    const end = performance.now() + timeout;
    for (let left = timeout; ; left = end - performance.now()) {
      const word = await this.#unlessStopped(
        waitForJob(blockingClient, keys, Math.min(left, MAX_BLOCK)),
      );
      if (word || !activation.mayClaim || performance.now() >= end) return word;
    }
  }

  /** A stop does not wait for a blocking read: its connection may have died silently. */
  async #unlessStopped(read: Promise<DueJob | undefined>): Promise<DueJob | undefined> {
    read.catch(() => {});
    const stopped = new Promise<undefined>((resolve) => (this.#onStop = () => resolve(undefined)));
    return await Promise.race([read, stopped]);
  }

  async #slotFree(): Promise<void> {
    await new Promise<void>((resolve) => (this.#onSlotFree = resolve));
    this.#onSlotFree = undefined;
  }
}
