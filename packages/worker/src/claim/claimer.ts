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
import { pause } from '../run/persist.js';
import { HandSize, takesPacks } from './hand-size.js';
import { claimUnroutable, deadLetter, giveBack, type OddClaimDeps } from './odd-claims.js';
import { SLICE_MS, LaneRotation, type LaneState, type ServedLane } from './lane-rotation.js';
import { Slot } from './slot.js';

export interface ClaimerOptions extends OddClaimDeps {
  /** Redis's clock. */
  clock: WorkerStore['clock'];
  /** Opens the wait for word of jobs in these lanes. */
  openMarkers: (lanes: readonly string[], tasks: readonly string[] | undefined) => Markers;
  activation: Activation;
  /**
   * Called before each claim. It resolves to the time at which it is due again even without a
   * claim: ms since 1970, 0 for never.
   */
  beforeClaim?: () => Promise<number>;
  /** A reply may have been lost, and with it a claim: a reconcile pass is needed. */
  onError: (error: Error) => void;
}

type Markers = ReturnType<WorkerStore['markers']>;

/** The lanes of an agent, how many jobs it runs at a time, and of which tasks; undefined: all. */
export interface Share {
  lanes: readonly ServedLane[];
  tasks?: readonly string[] | undefined;
  /** 0: it claims nothing. */
  size: number;
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
  #rotation = new LaneRotation([]);
  #tasks: readonly string[] | undefined;
  #size = 0;
  /** Undefined while the size is 0: it would take the word of jobs from other dispatchers. */
  #markers: Markers | undefined;
  #hasEnded = false;
  #busy = 0;
  /** When `beforeClaim` is due; 0 for never. */
  #choreDue = 0;
  #onSlotFree: (() => void) | undefined;
  readonly #onIdle: (() => void)[] = [];
  #loop: Promise<void> | undefined;

  constructor(
    private readonly options: ClaimerOptions,
    share: Share,
  ) {
    this.#take(share);
  }

  /**
   * Changes size, lanes and tasks (D9). Running jobs go on. With a smaller size, slots end when
   * they have ended their jobs, until no more than `size` are left.
   * @returns the lanes of which it may have taken the word of a job that it does not claim now
   */
  async change(share: Share): Promise<string[]> {
    const former = this.#rotation.lanes.map(({ lane }) => lane);
    const isSame =
      share.lanes.map(({ lane }) => lane).join() === former.join() &&
      JSON.stringify(share.tasks) === JSON.stringify(this.#tasks);
    if (isSame && share.size > 0 && this.#size > 0) {
      this.#size = share.size;
      this.#onSlotFree?.();
      return [];
    }
    const markers = this.#markers;
    this.#take(share);
    this.#onSlotFree?.();
    await markers?.end();
    return former;
  }

  #take({ lanes, tasks, size }: Share): void {
    this.#size = size;
    this.#tasks = tasks;
    this.#rotation = new LaneRotation(lanes);
    const names = lanes.map(({ lane }) => lane);
    this.#markers = size > 0 ? this.options.openMarkers(names, tasks) : undefined;
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

  /** Ends it. Resolves when no claim is under way. Claimed jobs go on. */
  async stop(): Promise<void> {
    this.#hasEnded = true;
    this.#onSlotFree?.();
    await Promise.all([this.#markers?.end(), this.#loop]);
  }

  /** Whether it claims jobs as long as it has free slots. */
  get #accepts(): boolean {
    return this.options.activation.accepting && !this.#hasEnded;
  }

  async #claimLoop(): Promise<void> {
    const { activation } = this.options;
    while (this.#accepts) {
      if (this.#busy >= this.#size) await this.#slotFree();
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
    const rotation = this.#rotation;
    let reply: ClaimReply;
    crashPoint('claim.before');
    try {
      if (beforeClaim) this.#choreDue = await beforeClaim();
      lane.history.asked();
      const mayHaveDue = rotation.mayHaveDue(lane);
      reply =
        (await this.#claimUnroutable(lane, token)) ??
        (await lane.store.claim(token, mayHaveDue, takesPacks(lane.hand)));
    } catch (error) {
      activation.retire(token);
      lane.history.failed(error as Error);
      onError(error as Error);
      return await pause(RETRY_DELAY);
    }
    rotation.answered(lane, reply);
    if (reply.damaged) await deadLetter(reply.damaged, lane, this.options);
    if (!reply.job) return activation.retire(token);
    crashPoint('claim.after');
    // The agent may have been made smaller, or given other lanes, meanwhile.
    const isWanted = this.#accepts && this.#busy < this.#size && rotation === this.#rotation;
    if (isWanted) void this.#work(reply.job, lane);
    else await giveBack(reply.job, lane, this.options);
  }

  /** Looks now and then for jobs that other processes could not run (B1). */
  async #claimUnroutable(lane: LaneState, token: string): Promise<ClaimReply | undefined> {
    if (performance.now() < lane.unknownDue) return undefined;
    const reply = await claimUnroutable(lane, token, this.options);
    if (!reply) lane.unknownDue = performance.now() + IDLE_CHECK;
    return reply;
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
    const { activation, onError } = this.options;
    const rotation = this.#rotation;
    const end = rotation.alternate ? performance.now() + SLICE_MS : Infinity;
    return new Slot({
      deps: lane.deps,
      activation,
      hand: new HandSize(lane.hand),
      idle: () => this.#size - this.#busy,
      mayClaim: () =>
        activation.mayClaim &&
        performance.now() < end &&
        // A smaller agent keeps this slot, and the agent still serves this lane (D9).
        !this.#hasEnded &&
        this.#busy <= this.#size &&
        rotation === this.#rotation,
      onClaimed: ({ claimed, areLeft }) => {
        const [last = { delayUntil: undefined }] = claimed.slice(-1);
        rotation.note(lane, last);
        if (areLeft) lane.drained = false;
        for (const { damaged } of claimed)
          if (damaged) void deadLetter(damaged, lane, this.options);
      },
      onError,
    });
  }

  /** Milliseconds until `beforeClaim` is due; infinity for never. */
  #untilChore(): number {
    return this.#choreDue === 0 ? Infinity : this.#choreDue - this.options.clock.now();
  }

  async #waitForJob(): Promise<void> {
    const { onError } = this.options;
    const rotation = this.#rotation;
    try {
      const marker = await this.#markers?.next(
        Math.min(rotation.untilDue(), this.#untilChore(), IDLE_CHECK),
      );
      if (marker) rotation.onMarker(marker.lane, marker.due);
      else rotation.askAll();
    } catch (error) {
      // The wait was ended with the agent, or with a change of its lanes.
      if (!this.#accepts || rotation !== this.#rotation) return;
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
