// Round robin over the lanes of an agent: which lane to ask for a job next.
import { type ClaimReply, type LaneStore } from '@drover/core/internal';
import type { LaneHistory } from '../history/lane-history.js';
import type { ExecuteDeps } from '../run/execute.js';
import type { HandShape } from './hand-size.js';

/** One lane of an agent. */
export interface ServedLane {
  /** Its name. */
  lane: string;
  store: LaneStore;
  /** Gets each claim, error and end of a run in this lane (D8). */
  history: LaneHistory;
  /** The dependencies of the runs in this lane. */
  deps: ExecuteDeps;
}

/** The agent's knowledge of one of its lanes. Times are ms of the monotonic clock but for one. */
export interface LaneState extends ServedLane {
  /** The lane had no due job when it was last asked. */
  drained: boolean;
  /** When the lane was last asked. */
  askedAt: number;
  /** When the next delayed job is due, in ms since 1970; 0 for none. */
  delayUntil: number;
  /** When the lane last answered with the time of its next delayed job. */
  dueKnownAt: number;
  /** When to look again for jobs that other processes could not run. */
  unknownDue: number;
  /** How many jobs a slot claims at once. */
  hand: HandShape;
}

/** Ms for which a slot stays with a lane, and after which a drained lane is asked again. */
export const SLICE_MS = 50;
/** Ms between two looks for delayed jobs that have become due. */
export const DUE_LOOK = 50;

export class LaneRotation {
  readonly #lanes: LaneState[];
  /** The index of the lane whose turn it is. */
  #turn = 0;

  /** @param monotonic ms, never set back */
  constructor(
    lanes: readonly ServedLane[],
    private readonly monotonic: () => number = () => performance.now(),
  ) {
    const unknown = {
      drained: false,
      askedAt: 0,
      delayUntil: 0,
      dueKnownAt: -Infinity,
      unknownDue: 0,
    };
    this.#lanes = lanes.map((lane) => ({ ...lane, ...unknown, hand: { size: 1, short: 0 } }));
  }

  get lanes(): readonly LaneState[] {
    return this.#lanes;
  }

  /** Whether there is more than one lane. */
  get alternate(): boolean {
    return this.#lanes.length > 1;
  }

  /** The lane to ask now; undefined if all are drained. */
  next(): LaneState | undefined {
    for (const lane of this.#lanes) {
      if (lane.drained && lane.delayUntil !== 0 && lane.delayUntil <= lane.store.clock.now())
        lane.drained = false;
    }
    if (this.#lanes.every(({ drained }) => drained)) return undefined;
    for (let i = 0; i < this.#lanes.length; i++) {
      const lane = this.#lanes[(this.#turn + i) % this.#lanes.length] as LaneState;
      // While there is work the markers are not read, so a drained lane is asked again at its turn.
      if (!lane.drained || this.monotonic() - lane.askedAt >= SLICE_MS) return lane;
    }
    return undefined;
  }

  /**
   * Whether a claim that finds no job makes a second round trip, for delayed jobs that have become
   * due. It does so once in `DUE_LOOK` ms, and when a known job is due: a worker that gets one job
   * at a time makes an empty claim after each.
   */
  mayHaveDue(lane: LaneState): boolean {
    if (lane.delayUntil !== 0 && lane.delayUntil <= lane.store.clock.now()) return true;
    return this.monotonic() - lane.dueKnownAt >= DUE_LOOK;
  }

  /** Notes the reply to a claim at a lane's turn, which then goes to the next lane. */
  answered(lane: LaneState, reply: ClaimReply): void {
    this.note(lane, reply);
    this.#turn = (this.#lanes.indexOf(lane) + 1) % this.#lanes.length;
  }

  /** Notes the reply to a claim. */
  note(lane: LaneState, { job, damaged, delayUntil, goesOn }: ClaimReply): void {
    lane.drained = !job && !damaged && !goesOn;
    lane.askedAt = this.monotonic();
    if (delayUntil !== undefined) {
      lane.delayUntil = delayUntil;
      lane.dueKnownAt = lane.askedAt;
    } else if (lane.drained) this.#lookLater(lane);
  }

  /** Asks the lane of a marker first: only this process got the marker. */
  onMarker(index: number, due: number): void {
    const lane = this.#lanes[index];
    if (!lane) return;
    // The marker of a delayed job has the time at which it is due.
    if (due > lane.store.clock.now() + 1) {
      noteDue(lane, due);
      return;
    }
    if (due > 0) lane.dueKnownAt = -Infinity;
    lane.drained = false;
    this.#turn = index;
  }

  /** Forgets which lanes are drained. */
  askAll(): void {
    for (const lane of this.#lanes) lane.drained = false;
  }

  /** Ms until the first known delayed job is due; infinity for none. */
  untilDue(): number {
    const waits = this.#lanes.map(({ delayUntil, store }) =>
      delayUntil === 0 ? Infinity : delayUntil - store.clock.now(),
    );
    return Math.min(...waits);
  }

  /** The marker of a delayed job may have gone to a busy process: a skipped look is made later. */
  #lookLater(lane: LaneState): void {
    const left = Math.max(0, lane.dueKnownAt + DUE_LOOK - this.monotonic());
    noteDue(lane, lane.store.clock.now() + left);
  }
}

function noteDue(lane: LaneState, due: number): void {
  lane.delayUntil = lane.delayUntil ? Math.min(due, lane.delayUntil) : due;
}
