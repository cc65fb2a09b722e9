// The lanes of an agent, which take turns: which one is to be asked for a job next.
import { type ClaimReply, type LaneStore } from '@drover/core/internal';
import type { LaneHistory } from '../history/lane-history.js';

/** One lane of an agent. */
export interface ServedLane {
  store: LaneStore;
  /** Where it is told what is done in it (D8). */
  history: LaneHistory;
}

/** One lane of an agent, as far as is known. */
export interface LaneState extends ServedLane {
  /** It had nothing due when it was last asked. */
  drained: boolean;
  /** When it was last asked, in ms of the monotonic clock. */
  askedAt: number;
  /** Milliseconds since 1970 at which its next delayed job is due; 0 for none. */
  delayUntil: number;
  /** When it last told when its next delayed job is due, in ms of the monotonic clock. */
  dueKnownAt: number;
  /**
   * When to look again for jobs that other processes could not run, in ms of the monotonic clock.
   */
  unknownDue: number;
}

/**
 * A slot stays with a lane for so many ms; while one lane keeps an agent busy, the others are asked
 * this often.
 */
export const SLICE_MS = 50;
/** A lane that has just told when its next delayed job is due is not asked again for so many ms. */
export const DUE_LOOK = 50;

export class LaneRotation {
  readonly #lanes: LaneState[];
  /** Which lane's turn it is. */
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
    this.#lanes = lanes.map((lane) => ({ ...lane, ...unknown }));
  }

  get lanes(): readonly LaneState[] {
    return this.#lanes;
  }

  /** Whether there is more than one lane. */
  get alternate(): boolean {
    return this.#lanes.length > 1;
  }

  /** The lane that is to be asked now; undefined where none is known to have a job. */
  next(): LaneState | undefined {
    for (const lane of this.#lanes) {
      if (lane.drained && lane.delayUntil !== 0 && lane.delayUntil <= lane.store.clock.now())
        lane.drained = false;
    }
    if (this.#lanes.every(({ drained }) => drained)) return undefined;
    for (let i = 0; i < this.#lanes.length; i++) {
      const lane = this.#lanes[(this.#turn + i) % this.#lanes.length] as LaneState;
      // Nobody reads the markers while there is work: a lane that had nothing is asked anew at its
      // turn.
      if (!lane.drained || this.monotonic() - lane.askedAt >= SLICE_MS) return lane;
    }
    return undefined;
  }

  /**
   * Whether a claim that finds nothing is to look for delayed jobs that have become due, which
   * takes a second round trip. A worker that gets one job after another has an empty claim after
   * each: it looks once in `DUE_LOOK` ms, and when it knows of a due job.
   */
  mayHaveDue(lane: LaneState): boolean {
    if (lane.delayUntil !== 0 && lane.delayUntil <= lane.store.clock.now()) return true;
    return this.monotonic() - lane.dueKnownAt >= DUE_LOOK;
  }

  /** What a lane answered to a claim that was made at its turn: the next one is another's. */
  answered(lane: LaneState, reply: ClaimReply): void {
    this.note(lane, reply);
    this.#turn = (this.#lanes.indexOf(lane) + 1) % this.#lanes.length;
  }

  /** What a lane answered to a claim. */
  note(lane: LaneState, { job, damaged, delayUntil }: ClaimReply): void {
    lane.drained = !job && !damaged;
    lane.askedAt = this.monotonic();
    if (delayUntil !== undefined) {
      lane.delayUntil = delayUntil;
      lane.dueKnownAt = lane.askedAt;
    } else if (lane.drained) this.#lookLater(lane);
  }

  /** Word of a job in one lane. Nobody else gets that word: the lane is asked before the others. */
  told(index: number, due: number): void {
    const lane = this.#lanes[index];
    if (!lane) return;
    // A marker says that jobs are due, or when the next one will be.
    if (due > lane.store.clock.now() + 1) {
      noteDue(lane, due);
      return;
    }
    if (due > 0) lane.dueKnownAt = -Infinity;
    lane.drained = false;
    this.#turn = index;
  }

  /** Nothing is known of any lane: each is to be asked. */
  askAll(): void {
    for (const lane of this.#lanes) lane.drained = false;
  }

  /** Milliseconds until the first delayed job that is known of is due; Infinity for none. */
  untilDue(): number {
    const waits = this.#lanes.map(({ delayUntil, store }) =>
      delayUntil === 0 ? Infinity : delayUntil - store.clock.now(),
    );
    return Math.min(...waits);
  }

  /**
   * Word of a delayed job may have gone to a process that is busy when it is due: a look that was
   * left out is made up for.
   */
  #lookLater(lane: LaneState): void {
    const left = Math.max(0, lane.dueKnownAt + DUE_LOOK - this.monotonic());
    noteDue(lane, lane.store.clock.now() + left);
  }
}

function noteDue(lane: LaneState, due: number): void {
  lane.delayUntil = lane.delayUntil ? Math.min(due, lane.delayUntil) : due;
}
