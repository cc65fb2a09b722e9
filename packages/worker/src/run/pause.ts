// Waiting for a time, where there is no event to wait for, and trying again after one.
import {
  delayAfter,
  isAboutRecord,
  isOfRedis,
  refusalCode,
  type BackOff,
} from '@drover/core/internal';
import { setTimeout } from 'node:timers/promises';
import type { Activation } from '../activation/activation.js';

/**
 * Resolves after `ms` milliseconds. A dispatcher that has stopped does not keep its process alive
 * for that; others have connections.
 */
export async function pause(ms: number): Promise<void> {
  await setTimeout(ms, undefined, { ref: false });
}

/** How to try again. */
export interface Persistence extends BackOff {
  /** Whether the error is the end of it: it is thrown. `attempt`: from 0. */
  isFinal: (error: Error, attempt: number) => boolean;
  /** Told of each error. */
  onError: (error: Error) => void;
}

/**
 * Repeats `action`, which gets the number of the attempt, from 0, until it succeeds or its error is
 * final.
 */
export async function persist<T>(
  action: (attempt: number) => Promise<T>,
  how: Persistence,
): Promise<T> {
  const { isFinal, onError } = how;
  for (let attempt = 0; ; attempt++) {
    try {
      return await action(attempt);
    } catch (thrown) {
      const error = thrown as Error;
      if (isFinal(error, attempt)) throw error;
      onError(error);
      await pause(delayAfter(attempt, how));
    }
  }
}

const BACK_OFF: BackOff = { firstDelay: 50, mostDelay: 5_000 };
/** What a script says of a damaged record is said so often before it is believed. */
const BELIEVED = 3;

/**
 * While the activation stands, what Redis or the way to it makes fail is tried again. What is
 * refused, or finds a damaged record, is not; nor is an error that does not come from Redis, since
 * the same write would throw it again, for ever.
 */
export function whileActive({
  activation,
  onError,
}: {
  activation: Pick<Activation, 'abandoned'>;
  onError: (error: Error) => void;
}): Persistence {
  const isFinal = (error: Error, attempt: number): boolean => {
    if (refusalCode(error) !== undefined || activation.abandoned) return true;
    return !isOfRedis(error) || (attempt + 1 >= BELIEVED && isAboutRecord(error));
  };
  return { isFinal, onError, ...BACK_OFF };
}
