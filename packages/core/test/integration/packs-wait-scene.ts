// A composite that was put, and whose packed parts a test waits for (docs/protocol/packs.md). The
// regular look of the waits is off.
import '../../../../test/kit/no-regular-look.js';
import { defineTask, type Job } from '@drover/core';
import { parallel, serial, type Composite } from '@drover/composite';
import type { ClaimedJob } from '@drover/core/internal';
import type { TestContext } from '../../../../test/kit/context.js';
import { playPacks, type PlayedPacks } from './packed.js';

export const work = defineTask('packs-wait.work', (value: unknown) => value);
export const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

export interface Scene {
  composite: Composite;
  /** Handles of the parts as the producer has them. */
  parts: Job[];
  dispatcher: PlayedPacks;
  /** Schedules the parts, and lets the composite wait. */
  schedule: () => Promise<void>;
  /** The same without the suspension. */
  store: () => Promise<ClaimedJob>;
}

/** A composite that was put, and is claimed when the test schedules its parts. */
export async function scene(
  context: TestContext,
  name: string,
  kind: 'parallel' | 'serial',
  parts: Job[],
): Promise<Scene> {
  const dispatcher = playPacks(context, name);
  const make = kind === 'parallel' ? parallel : serial;
  const composite = await context.queue(name).put(make(parts) as unknown as Job);
  const options = { inOrder: kind === 'serial' };
  return {
    composite: composite as unknown as Composite,
    parts,
    dispatcher,
    async schedule() {
      await dispatcher.suspend(await dispatcher.claimNow(), parts, options);
    },
    async store() {
      const claim = await dispatcher.claimNow();
      await dispatcher.schedule(claim, parts, options);
      return claim;
    },
  };
}

export const makeParts = (count: number): Job[] => range(count).map((i) => work.job(i));
export const waitAll = (jobs: readonly Job[]): Promise<unknown[]> =>
  Promise.all(jobs.map((job) => job.wait()));

/** Resolves when the waits that began before have read their jobs. */
export async function hasLooked(job: Job): Promise<void> {
  await expect(job.wait({ timeout: 50 })).rejects.toThrow(/not there after/);
}
