// Wishes of this process for a dispatcher of another one (D9): stored, then awaited.
import { setTimeout as pause } from 'node:timers/promises';
import { BadStatusError, TimeoutError } from '../errors.js';
import { delayAfter, type BackOff } from '../lib/back-off.js';
import { checkMs } from '../lib/timeout.js';
import type { Wish } from '../model/activation-store.js';
import type { FleetStore } from '../store/bullmq/dispatcher/fleet-store.js';

/** How long a call waits for the dispatcher. */
export interface WishOptions {
  /** Milliseconds after which the call throws a TimeoutError. Default: 10,000. */
  timeout?: number;
}

/** Ms between looks at the record. A message would not tell that the dispatcher has died. */
const LOOKS: BackOff = { firstDelay: 5, mostDelay: 200 };

export interface WishDeps {
  store: Pick<FleetStore, 'wish' | 'progress'>;
  /** Makes a call of the store, again while Redis is away. */
  ask: <T>(action: () => Promise<T>) => Promise<T>;
}

/**
 * Resolves when the dispatcher has taken the wish over. A drain of one that has ended, or ends, is
 * done already.
 * @throws BadStatusError; TimeoutError
 */
export async function fulfil(
  { store, ask }: WishDeps,
  uuid: string,
  wish: Wish,
  timeout: unknown = 10_000,
): Promise<void> {
  checkMs('timeout', timeout);
  const end = performance.now() + timeout;
  const isDone = (status: string) =>
    wish.kind === 'drain' && (status === 'cleaning' || status === 'deactivated');
  const stored = await ask(() => store.wish(uuid, wish));
  if ('refused' in stored) {
    if (isDone(stored.refused)) return;
    throw new BadStatusError(`dispatcher ${uuid} ${WHY[stored.refused] ?? NOT_ACTIVE}`);
  }
  for (let look = 0; ; look++) {
    const { status, epoch, taken } = await ask(() => store.progress(uuid));
    if (epoch === stored.epoch && (taken >= stored.number || isDone(status))) return;
    if (epoch !== stored.epoch || status !== 'active') {
      throw new BadStatusError(
        `dispatcher ${uuid} ended before it took this over. ` +
          'When it is active again it begins with its own options: then make the call again',
      );
    }
    const left = end - performance.now();
    if (left <= 0) {
      throw new TimeoutError(
        `dispatcher ${uuid} has not taken this over within ${timeout} ms: its main loop is ` +
          'blocked, it cannot reach Redis, or it is dead (see Dispatchers.get). ' +
          'It does so when it can, unless it is activated anew before',
      );
    }
    await pause(Math.min(delayAfter(look, LOOKS), left));
  }
}

const NOT_ACTIVE = 'is not active, and has no agents';
const WHY: Record<string, string> = {
  none: 'has no record: it was never active under this prefix, or was forgotten',
  full: 'has a thousand changes to take over: it is blocked, or cannot reach Redis',
};
