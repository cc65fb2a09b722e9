// A dispatcher for core's tests: it claims jobs one at a time, and ends each as the test says.
import { Failure } from '@drover/core';
import { MAIN_LANE, type ClaimedJob } from '@drover/core/internal';
import { LaneKeys, RedisLane } from '../../../../test/kit/store.js';
import { newUuid, type TestContext } from '../../../../test/kit/context.js';

type HandReply = Awaited<ReturnType<RedisLane['hand']>>;
export type Ended = [claim: ClaimedJob, value: unknown];

export interface PlayedDispatcher {
  readonly uuid: string;
  readonly owner: { uuid: string; epoch: number };
  readonly store: RedisLane;
  /** Claims the next due job, if any. */
  claim(): Promise<ClaimedJob | undefined>;
  /** Claims the next due job; throws when there is none. */
  claimNow(): Promise<ClaimedJob>;
  complete(claim: ClaimedJob, value: unknown): Promise<void>;
  /** Ends jobs with their values, and claims up to `count` next ones, in one step. */
  completeAndClaim(ended: readonly Ended[], count: number): Promise<HandReply>;
  fail(claim: ClaimedJob, thrown: unknown): Promise<void>;
}

export function playDispatcher({ redis, prefix }: TestContext, queue: string): PlayedDispatcher {
  const uuid = newUuid();
  const owner = { uuid, epoch: 1 };
  const store = new RedisLane(redis, new LaneKeys(prefix, queue, MAIN_LANE), uuid);
  let count = 0;
  const newToken = () => `${uuid}:1:${++count}`;
  const claim = async () => (await store.claim(newToken())).job;
  return {
    uuid,
    owner,
    store,
    claim,
    async claimNow() {
      const claimed = await claim();
      if (!claimed) throw new Error('there is no job to claim');
      return claimed;
    },
    async complete(claimed, value) {
      await store.complete(claimed, JSON.stringify(value), owner);
    },
    async completeAndClaim(ended, wanted) {
      return await store.hand({
        ended: ended.map(([{ id, token }, value]) => ({ id, token, value: JSON.stringify(value) })),
        back: [],
        tokens: Array.from({ length: wanted }, newToken),
      });
    },
    async fail(claimed, thrown) {
      await store.fail(claimed, Failure.from(thrown), owner);
    },
  };
}
