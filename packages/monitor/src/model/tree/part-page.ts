// Some of the parts of a composite, in their order, and what each does. A thousand cost little.
import { partStatesOf, type PartState } from '@drover/core';
import { findJob } from '../find-job.js';
import type { Sources } from '../sources.js';

export interface PartPage {
  parts: { id: string; queue: string; state: PartState }[];
  /** The position of the first of them, from 0. */
  start: number;
  /** The number of all parts; 0: the job does not wait for parts, or has not begun to. */
  total: number;
}

export interface PartPageOptions {
  queue?: string | undefined;
  /** Default: 0. */
  start?: number;
  /** Up to 1,000, which is the default. */
  most?: number;
}

/** @throws as `findJob`, and as `partStatesOf` */
export async function readPartPage(
  sources: Sources,
  id: string,
  { queue, start = 0, most = 1_000 }: PartPageOptions = {},
): Promise<PartPage> {
  const { job } = await findJob(sources, id, queue);
  const found = await partStatesOf(job, { start, most });
  const parts = (found?.states ?? []).map(({ lane: _, ...part }) => part);
  return { parts, start, total: found?.parts ?? 0 };
}
