// Turns the filter that a person types into the options of a list of jobs.
import { InvalidArgumentError, type ListOptions, type ListStatus } from '@drover/core';
import { msIn } from '../text/words.js';
import { findDispatcher } from './find-dispatcher.js';
import type { Sources } from './sources.js';

export const LIST_STATUSES = [
  ...(['new', 'pending', 'assigned', 'active', 'callbacks', 'completed'] as const),
  ...(['due', 'delayed', 'waitingForQuota', 'succeeded', 'failed'] as const),
] satisfies ListStatus[];

/** A filter as it is typed. */
export interface TypedFilter {
  status?: ListStatus | readonly ListStatus[] | undefined;
  task?: string | undefined;
  lane?: string | undefined;
  /** A UUID, or its beginning. */
  dispatcher?: string | undefined;
  /** Such as '10m' (ago), or a date. */
  since?: string | undefined;
  until?: string | undefined;
  text?: string | undefined;
}

/**
 * It has only the fields that are given.
 * @param now Redis's clock
 * @param dashes stand before the names of options in errors
 * @throws InvalidArgumentError for a bad time, or for the beginning of several UUIDs; NotThereError
 *   where there is no such dispatcher
 */
export async function toListOptions(
  sources: Sources,
  { status, task, lane, dispatcher, since, until, text }: TypedFilter,
  now: number,
  dashes: '' | '--' = '',
): Promise<ListOptions> {
  return {
    ...(status !== undefined && { status }),
    ...(task !== undefined && { task }),
    ...(lane !== undefined && { lane }),
    ...(dispatcher !== undefined && {
      dispatcher: (await findDispatcher(sources, dispatcher)).uuid,
    }),
    ...(since !== undefined && { since: timeIn(`${dashes}since`, since, now) }),
    ...(until !== undefined && { until: timeIn(`${dashes}until`, until, now) }),
    ...(text !== undefined && { text }),
  };
}

/**
 * Ms since 1970, of '10m' (ago) or of a date.
 * @param name of the option, for the error
 * @param now Redis's clock
 * @throws InvalidArgumentError
 */
function timeIn(name: string, text: string, now: number): number {
  const span = msIn(text);
  if (span !== undefined) return now - span;
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return time;
  throw new InvalidArgumentError(`${name} takes 10m, 2h, 7d, or a date such as 2030-01-31T12:00Z`);
}
