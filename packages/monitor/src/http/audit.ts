// One line for each action: who did what, to how many.
import { cleanJson } from '../text/clean.js';
import { toProblem } from './problem.js';
import type { Done } from './route.js';

/** One action, done or failed. */
export interface AuditEntry {
  /** By the clock of this host: ms since 1970. */
  at: number;
  /** By the hook `auth`; null without one. */
  who: string | null;
  /** The path of the action, without what it is mounted under: `/api/queues/:queue/pause`. */
  action: string;
  /** The parameters of the path, and the fields of the body. Arguments of jobs are left out. */
  what: Readonly<Record<string, unknown>>;
  /** How many passed the filter, and how many were changed, of an action on many. */
  matched?: number;
  done?: number;
  /** Its code, where it failed: a part may be done. */
  error?: string;
}

export type Audit = (entry: AuditEntry) => void | Promise<void>;

/** Writes a line of JSON to standard error. */
export const auditToStderr: Audit = (entry) => {
  process.stderr.write(`${cleanJson(entry)}\n`);
};

/** Does an action, and writes its line. A dry run changes nothing, and has no line. */
export async function audited(
  audit: Audit,
  entry: Omit<AuditEntry, 'at' | 'matched' | 'done' | 'error'>,
  act: () => Promise<Done>,
): Promise<Done> {
  const { args: _, ...what } = entry.what;
  const facts = { at: Date.now(), ...entry, what };
  let done: Done;
  try {
    done = await act();
  } catch (error) {
    await audit({ ...facts, error: toProblem(error).code });
    throw error;
  }
  if (done.dryRun === true) return done;
  const { matched, done: changed } = done;
  await audit({
    ...facts,
    ...(matched !== undefined && { matched }),
    ...(changed !== undefined && { done: changed }),
  });
  return done;
}
