// Claims jobs of some tasks, for an agent with `tasks` (D9). Between two calls it remembers how far
// it has looked (docs/protocol/claim.md).
import type { ClaimReply } from '../../../model/records.js';
import type { RedisClock } from '../../../redis/clock.js';
import type { RedisClient } from '../../../redis/connection.js';
import type { LaneKeys } from '../keys.js';
import { LOCK_DURATION } from '../lock.js';
import { runScript } from '../scripts/run-script.js';
import { throwTyped } from '../scripts/store-errors.js';
import { toClaimReply } from './claim-reply.js';

/**
 * Ms after which it begins at the head again, and so many for each job that it has looked at: that
 * costs Redis some hundredth of its time at most. Needed only where many jobs were put at the head
 * of the lane while as many were claimed.
 */
const ANEW = 10_000;
const ANEW_PER_LOOK = 0.1;

const BEGIN = '{}';

type Reply = [
  fields: string[] | 0,
  id: string,
  delayUntil: number,
  goesOn: 0 | 1,
  looks: number,
  cursor: string,
];

export class TaskClaims {
  readonly #tasks: string;
  #cursor = BEGIN;
  #beganAt = performance.now();
  /** Since it began at the head. */
  #looks = 0;

  /** @param by the dispatcher and the agent that claim: `<uuid>/<agent>` */
  constructor(
    private readonly client: RedisClient,
    private readonly keys: LaneKeys,
    private readonly by: string,
    private readonly tasks: readonly string[],
    private readonly clock: Pick<RedisClock, 'now'>,
  ) {
    this.#tasks = JSON.stringify(tasks);
  }

  /** Looks at some hundreds of jobs. The reply tells whether there are more to look at. */
  async claim(token: string): Promise<ClaimReply> {
    const args = [this.keys.base, this.by, this.clock.now(), LOCK_DURATION, token, this.#tasks];
    const wait = [this.keys.list('wait')];
    const sent = runScript(this.client, 'claimTasks', wait, [...args, this.#cursor]);
    const reply = (await sent.catch(throwTyped)) as Reply;
    const [fields, , delayUntil, goesOn, looks, cursor] = reply;
    this.#looks += looks;
    this.#cursor = cursor;
    if (fields === 0 && goesOn === 0) this.#beginAnew();
    const due = goesOn === 1 || fields !== 0 ? undefined : delayUntil;
    const claimed = await toClaimReply(this.client, this.keys, token, reply, due);
    return goesOn === 1 ? { ...claimed, goesOn: true } : claimed;
  }

  /** Whether the agent takes a job that needs this, such as `task:images.resize`. */
  takes(needs: string): boolean {
    return needs.startsWith('task:') && this.tasks.includes(needs.slice('task:'.length));
  }

  #beginAnew(): void {
    const now = performance.now();
    if (now - this.#beganAt < ANEW + this.#looks * ANEW_PER_LOOK) return;
    this.#beganAt = now;
    this.#looks = 0;
    this.#cursor = BEGIN;
  }
}
