// A composite of packed parts, as a test steps through it: docs/protocol/packs.md.
import type { Job } from '@drover/core';
import type { ClaimedJob } from '@drover/core/internal';
import type { TestContext } from '../../../../test/kit/context.js';
import { encode } from '../../../../test/kit/store.js';
import { playDispatcher, type PlayedDispatcher } from './play-dispatcher.js';

export interface PackedOptions {
  inOrder?: boolean;
  /** Default: true. */
  packed?: boolean;
}

export interface PlayedPacks extends PlayedDispatcher {
  /** Claims the next job, which may be a pack. */
  claimAny(): Promise<ClaimedJob>;
  /** Claims the next job, which has to be a pack. */
  claimPack(): Promise<Required<ClaimedJob>>;
  /** Ends a pack of which no part has ended, or the last step of one. */
  endPack(pack: ClaimedJob, values: readonly unknown[]): Promise<void>;
  recordStep(pack: ClaimedJob, position: number, value: unknown): Promise<void>;
  /** Schedules the parts of a claimed composite. */
  schedule(composite: ClaimedJob, parts: readonly Job[], options?: PackedOptions): Promise<void>;
  /** The same, and lets the composite wait for them. */
  suspend(composite: ClaimedJob, parts: readonly Job[], options?: PackedOptions): Promise<void>;
}

export function playPacks(context: TestContext, queue: string): PlayedPacks {
  const played = playDispatcher(context, queue);
  const { store, uuid, owner } = played;
  let count = 0;
  const schedule: PlayedPacks['schedule'] = async (composite, parts, options = {}) => {
    const { inOrder = false, packed = true } = options;
    const jobs = parts.map(({ id, task, args }) => {
      return { id, task, args: encode([...args], 'args'), options: {}, lane: store.lane };
    });
    await store.schedule(composite, { jobs, inOrder, then: undefined, packed }, Date.now());
  };
  const claimAny: PlayedPacks['claimAny'] = async () => {
    const { job } = await store.claim(`${uuid}:1:pack${++count}`, true, true);
    if (!job) throw new Error('there is no job to claim');
    return job;
  };
  return {
    ...played,
    claimAny,
    schedule,
    async claimPack() {
      const job = await claimAny();
      if (!job.pack) throw new Error(`${job.task} is no pack`);
      return job as Required<ClaimedJob>;
    },
    async endPack({ id, token }, values) {
      const texts = values.map((value) => encode(value, 'result'));
      const ended = [{ id, token, value: texts }];
      const { ends } = await store.hand({ ended, back: [], tokens: [], takesPacks: true });
      if (ends[0] !== 'stored') throw new Error(JSON.stringify(ends));
    },
    async recordStep(pack, position, value) {
      await store.recordStep(pack, position, encode(value, 'result'));
    },
    async suspend(composite, parts, options) {
      await schedule(composite, parts, options);
      await store.suspend(composite, owner);
    },
  };
}
