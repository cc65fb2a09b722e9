// A composite that waits for its packed parts, for tests of what readers see of these
// (docs/protocol/packs.md).
import { defineTask, type Job, type JobStatus } from '@drover/core';
import type { TestContext } from '../../../../test/kit/context.js';
import { encode } from '../../../../test/kit/store.js';
import { playPacks, type PackedOptions, type PlayedPacks } from './packed.js';

export const work = defineTask('packs-scene.work', (value: unknown) => value);
export const rare = defineTask('packs-scene.rare', (value: unknown) => value);
export const labelsOf = (jobs: readonly Job[]): unknown[] => jobs.map(({ args }) => args[0]);
export const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Parts with the labels 0, 1, 2 …; every tenth is of the rare task. */
export const makeParts = (count: number): Job[] =>
  range(count).map((i) => (i % 10 === 0 ? rare : work).job(i));

export interface Scene {
  context: TestContext;
  name: string;
  dispatcher: PlayedPacks;
  parts: Job[];
  /** The key of a job, or of a pack. */
  keyOf(id: string): string;
}

/** A composite that waits for so many parts. Jobs are before and behind the parts in the lane. */
export async function waiting(
  context: TestContext,
  name: string,
  count: number,
  { inOrder = false, packed = true, around = false }: PackedOptions & { around?: boolean } = {},
): Promise<Scene> {
  const queue = context.queue(name);
  const dispatcher = playPacks(context, name);
  await queue.put(work.job('whole'));
  const whole = await dispatcher.claimNow();
  if (around) await queue.putAll([work.job('before'), rare.job('rare before')]);
  const parts = makeParts(count);
  await dispatcher.suspend(whole, parts, { inOrder, packed });
  if (around) {
    await queue.putAll([work.job('behind'), rare.job('rare behind')]);
    await queue.put(work.job('later'), { beginAfter: 600_000 });
  }
  return { context, name, dispatcher, parts, keyOf: (id) => dispatcher.store.keys.job(id) };
}

export const lengthOf = ({ context, name }: Scene): Promise<number> => context.queue(name).length();
export const part = (scene: Scene, i: number): Job => scene.parts[i] as Job;
export const read = (scene: Scene, i: number): Promise<Job> =>
  scene.context.queue(scene.name).get(part(scene, i).id) as Promise<Job>;

/** The statuses of all parts, as read one by one. */
export async function statusesOf(scene: Scene): Promise<JobStatus[]> {
  const jobs = await Promise.all(scene.parts.map((_, i) => read(scene, i)));
  return jobs.map(({ status }) => status);
}

/** All that the handle of a part shows. */
export async function shown(scene: Scene, i: number): Promise<unknown> {
  const { status, result, interruptions, annotations, args, options, task } = await read(scene, i);
  const text = result instanceof Error ? result.message : result;
  const byDispatcher = (await read(scene, i)).dispatcher === scene.dispatcher.uuid;
  const facts = { status, text, byDispatcher, interruptions, annotations, args: [...args] };
  return encode({ ...facts, options, task }, 'shown');
}

export const isPacked = async (scene: Scene, i: number): Promise<boolean> =>
  (await scene.context.redis.exists(scene.keyOf(part(scene, i).id))) === 0;
