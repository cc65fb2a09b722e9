// Repeats an action until it succeeds, with growing pauses.
import { DamagedRecord, delayAfter, isOfRedis, Refused } from '@drover/core/internal';
import { setTimeout } from 'node:timers/promises';
import type { Activation } from '../activation/activation.js';

/**
 * Resolves after `ms`. The timer does not keep the process alive: a connection does, while open.
 */
export async function pause(ms: number): Promise<void> {
  await setTimeout(ms, undefined, { ref: false });
}

/** How to try again. */
export interface Persistence {
  /** Ms before the second attempt: it doubles with each, up to `mostDelay`. */
  firstDelay: number;
  mostDelay: number;
  /** Whether `persist` gives up and throws the error. `attempt`: from 0. */
  isFinal: (error: Error, attempt: number) => boolean;
  /** Gets each error after which `persist` tries again. */
  onError: (error: Error) => void;
}

/** Repeats `action`, which gets the number of the attempt, from 0. */
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

const BACK_OFF = { firstDelay: 50, mostDelay: 5_000 };
/** After so many errors about the same record it counts as damaged. */
const ATTEMPTS_AT_RECORD = 3;

/**
 * Repeats what Redis or the connection makes fail, while the activation is not abandoned. Final are
 * a refusal, a damaged record, and an error that does not come from Redis: the same write would
 * throw it again, for ever.
 */
export function whileActive({
  activation,
  onError,
}: {
  activation: Pick<Activation, 'abandoned'>;
  onError: (error: Error) => void;
}): Persistence {
  const isFinal = (error: Error, attempt: number): boolean => {
    if (error instanceof Refused || activation.abandoned) return true;
    if (error instanceof DamagedRecord) return attempt + 1 >= ATTEMPTS_AT_RECORD;
    return !isOfRedis(error);
  };
  return { isFinal, onError, ...BACK_OFF };
}
