// Claims jobs for the slots of one agent, from its lanes in turn. Its duties:
// 1. While slots are free, claim one job after another. When the lanes are empty, wait for a
//    marker.
// 2. Let a slot go on claiming in its lane while it is that lane's turn (Q6).
// 3. Register each token before it is sent. Put back a job that arrives after the stop (I1).
// 4. After an error, retire the token, and have a reconcile pass look for a lost claim
//    (docs/protocol/claim.md).
import {
  crashPoint,
  type ClaimedJob,
  type ClaimReply,
  type WorkerStore,
} from '@drover/core/internal';
import type { Activation } from '../activation/activation.js';
import { skipDamaged } from '../recovery/skip-damaged.js';
import { pause } from '../run/persist.js';
import { HandSize, takesPacks } from './hand-size.js';
import { SLICE_MS, LaneRotation, type LaneState, type ServedLane } from './lane-rotation.js';
import { Slot } from './slot.js';

export interface ClaimerOptions {
  /** The lanes that the agent serves. */
  lanes: readonly ServedLane[];
  /** Redis's clock. */
  clock: WorkerStore['clock'];
  /** The wait for word of jobs in these lanes. `stop` ends it. */
  markers: ReturnType<WorkerStore['markers']>;
  size: number;
  activation: Activation;
  /**
   * Called before each claim. It resolves to the time at which it is due again even without a
   * claim: ms since 1970, 0 for never.
   */
  beforeClaim?: () => Promise<number>;
  /** Whether the task or policy that an unroutable job needs is known here (B1). */
  isKnown: (needs: string) => boolean;
  /** A claimed job becomes a dead letter, since its record is damaged. */
  onDeadLetter: (jobId: string, lane: string, reason: string) => void;
  /** A reply may have been lost, and with it a claim: a reconcile pass is needed. */
  onError: (error: Error) => void;
}

/**
 * Ms between looks at a lane without a marker. A marker is lost if the process that popped it dies.
 */
const IDLE_CHECK = 5_000;
/** Ms between attempts while claims fail. */
const RETRY_DELAY = 200;
/** Ms between looks at the lease while it does not hold. */
const LEASE_CHECK = 50;

export class Claimer {
  readonly #rotation: LaneRotation;
  #busy = 0;
  /** When `beforeClaim` is due; 0 for never. */
  #choreDue = 0;
  #onSlotFree: (() => void) | undefined;
  readonly #onIdle: (() => void)[] = [];
  #loop: Promise<void> | undefined;

  constructor(private readonly options: ClaimerOptions) {
    this.#rotation = new LaneRotation(options.lanes);
  }

  start(): void {
    this.#loop = this.#claimLoop();
  }

  /** The number of its running jobs. */
  get busy(): number {
    return this.#busy;
  }

  /** Resolves when no job runs. */
  async idle(): Promise<void> {
    while (this.#busy > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  /** Resolves when no claim is under way. Claimed jobs go on. */
  async stop(): Promise<void> {
    this.#onSlotFree?.();
    await Promise.all([this.options.markers.end(), this.#loop]);
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
        (await this.#claimUnroutable(lane, token)) ??
        (await lane.store.claim(token, mayHaveDue, takesPacks(lane.hand)));
    } catch (error) {
      activation.retire(token);
      lane.history.failed(error as Error);
      onError(error as Error);
      return await pause(RETRY_DELAY);
    }
    this.#rotation.answered(lane, reply);
    if (reply.damaged) await this.#deadLetter(reply.damaged, lane);
    if (!reply.job) return activation.retire(token);
    crashPoint('claim.after');
    if (activation.accepting) void this.#work(reply.job, lane);
    else await this.#giveBack(reply.job, lane);
  }

  /** Looks now and then for jobs that other processes could not run (B1). */
  async #claimUnroutable(lane: LaneState, token: string): Promise<ClaimReply | undefined> {
    if (performance.now() < lane.unknownDue) return undefined;
    const { isKnown } = this.options;
    const nothing: ClaimReply = {};
    const reply = await skipDamaged(
      this.options,
      () => lane.store.claimUnroutable(token, isKnown),
      nothing,
    );
    if (reply.job || reply.damaged) return reply;
    lane.unknownDue = performance.now() + IDLE_CHECK;
    return undefined;
  }

  /** One slot: runs a job, and those that it claims after it. */
  async #work(first: ClaimedJob, lane: LaneState): Promise<void> {
    this.#busy++;
    await this.#slotIn(lane).work(first);
    this.#busy--;
    this.#onSlotFree?.();
    if (this.#busy === 0) for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  /**
   * With several lanes, a slot leaves its lane after a time slice, so that the others get a turn.
   */
  #slotIn(lane: LaneState): Slot {
    const { activation, size, onError } = this.options;
    const end = this.#rotation.alternate ? performance.now() + SLICE_MS : Infinity;
    return new Slot({
      deps: lane.deps,
      activation,
      hand: new HandSize(lane.hand),
      idle: () => size - this.#busy,
      mayClaim: () => activation.mayClaim && performance.now() < end,
      onClaimed: ({ claimed, areLeft }) => {
        const [last = { delayUntil: undefined }] = claimed.slice(-1);
        this.#rotation.note(lane, last);
        if (areLeft) lane.drained = false;
        for (const { damaged } of claimed) if (damaged) void this.#deadLetter(damaged, lane);
      },
      onError,
    });
  }

  /** Milliseconds until `beforeClaim` is due; infinity for never. */
  #untilChore(): number {
    return this.#choreDue === 0 ? Infinity : this.#choreDue - this.options.clock.now();
  }

  /** Without this a damaged job would block the lane (B1). */
  async #deadLetter(
    damaged: NonNullable<ClaimReply['damaged']>,
    { lane, store }: LaneState,
  ): Promise<void> {
    const { onDeadLetter, onError } = this.options;
    onDeadLetter(damaged.id, lane, damaged.reason);
    await store.deadLetter(damaged, damaged.reason).catch(onError);
  }

  async #giveBack(claim: ClaimedJob, { store }: LaneState): Promise<void> {
    const { activation, onError } = this.options;
    await store.putBack(claim).catch(onError);
    activation.retire(claim.token);
  }

  async #waitForJob(): Promise<void> {
    const { activation, markers, onError } = this.options;
    try {
      const marker = await markers.next(
        Math.min(this.#rotation.untilDue(), this.#untilChore(), IDLE_CHECK),
      );
      if (marker) this.#rotation.onMarker(marker.lane, marker.due);
      else this.#rotation.askAll();
    } catch (error) {
      if (!activation.accepting) return;
      // A marker that Redis had popped is lost with the connection.
      this.#rotation.askAll();
      for (const { history } of this.#rotation.lanes) history.failed(error as Error);
      onError(error as Error);
      await pause(RETRY_DELAY);
    }
  }

  async #slotFree(): Promise<void> {
    await new Promise<void>((resolve) => (this.#onSlotFree = resolve));
    this.#onSlotFree = undefined;
  }
}
