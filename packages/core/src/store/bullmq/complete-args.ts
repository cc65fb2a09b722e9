// Makes the arguments of the script that completes a job. BullMQ packs the options among them,
// which is slow. So they are made once for each token; each further job changes a few of them.
import type { Clock } from '../../redis/clock.js';
import type { LaneKeys } from './keys.js';

/** The indices in BullMQ 6.7's `moveToFinished` that differ from job to job. A test holds them. */
const AT = { jobKey: 11, jobId: 14, time: 15, value: 17, claimNext: 19 } as const;

/** At so many tokens all are forgotten, since most of them are not used any more. */
const MAX_TOKENS = 1_000;

export interface Completion {
  id: string;
  /** The JSON of its value. */
  value: string;
  claimNext: boolean;
}

export class CompleteArgs {
  readonly #byToken = new Map<string, readonly unknown[]>();

  constructor(
    private readonly make: (id: string, token: string) => unknown[],
    private readonly keys: LaneKeys,
    private readonly clock: Clock,
  ) {}

  of(token: string, { id, value, claimNext }: Completion): unknown[] {
    let known = this.#byToken.get(token);
    if (!known) {
      if (this.#byToken.size >= MAX_TOKENS) this.#byToken.clear();
      known = this.make(id, token);
      this.#byToken.set(token, known);
    }
    const args = known.slice();
    args[AT.jobKey] = this.keys.job(id);
    args[AT.jobId] = id;
    args[AT.time] = this.clock.now();
    args[AT.value] = value;
    args[AT.claimNext] = claimNext ? 1 : 0;
    return args;
  }
}
