// Names and settings that both processes of BullMQ's sides share.
import type { SideOptions } from '../side.js';

/** The name of a job that does nothing. */
export const PART = 'part';
/** The name of a job that adds up its children's values: a flow's postprocess. */
export const PARENT = 'parent';

export interface RawSettings {
  connection: { url: string; maxRetriesPerRequest: null };
  prefix: string;
}

export function rawSettings({ url, prefix }: SideOptions): RawSettings {
  return { connection: { url, maxRetriesPerRequest: null }, prefix };
}
