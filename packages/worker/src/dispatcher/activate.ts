// Activates a dispatcher: at once; by takeover, if the process of the other activation is gone
// (D4); or after a wait for the other activation to end (D1).
import { AlreadyActivatedError } from '@drover/core';
import {
  crashPoint,
  timerDelay,
  type ActiveElsewhere,
  type ProcessIdentity,
} from '@drover/core/internal';
import type { DispatcherContext } from '../context/context.js';
import { isCertainlyGone, isSameModule, isSameProcess, processIdentity } from './identity.js';
import { lanesByQueue } from '../options/agent-options.js';
import { selfDescription } from '../options/self-description.js';

/** A new activation. */
export interface Activated {
  epoch: number;
  /** Its own queues, and those of earlier activations, which may have left jobs there. */
  queues: string[];
  /** From `process.hrtime.bigint()`, just before the command was sent. */
  sentAt: bigint;
}

export interface ActivateHow {
  /** Whether to wait for another activation of the UUID to end. */
  wait: boolean;
  /**
   * Takes over from any other activation. False after a deposition: otherwise two processes that
   * both force would depose each other endlessly.
   */
  force: boolean;
  /** Aborts the wait. */
  signal: AbortSignal;
  /** The epoch of the last activation in this process; 0 for none. */
  lastEpoch: number;
}

/**
 * The active dispatchers of this copy of the module, by prefix and UUID. A record in Redis names
 * the copy of the module, and only this map says whether its dispatcher is still active.
 */
const activeHere = new Map<string, DispatcherContext>();

/** Ms between checks whether the other process or thread is gone: a crash publishes nothing. */
const LOOK_INTERVAL = 500;

/** @throws AlreadyActivatedError without `wait`; the reason of `signal` when that is aborted */
export async function activate(context: DispatcherContext, how: ActivateHow): Promise<Activated> {
  const { wait, signal } = how;
  await context.store.refuseEviction();
  let isLogged = false;
  for (;;) {
    signal.throwIfAborted();
    const result = await attempt(context, how);
    if (!('elsewhere' in result)) {
      activeHere.set(keyOf(context), context);
      crashPoint('activate.after-epoch');
      return result;
    }
    const { uuid, uuidFrom, logger } = context.settings;
    const refusal = new AlreadyActivatedError(uuid, result.elsewhere, uuidFrom);
    if (!isLogged) {
      const next = wait ? ' Until then this one waits, and runs nothing.' : '';
      logger.error(
        { other: result.elsewhere },
        `already activated: another process? ${refusal.message}${next}`,
      );
    }
    isLogged = true;
    if (!wait) throw refusal;
    await untilItMayBeGone(context, result.elsewhere, signal);
  }
}

/** The dispatcher is no longer active: another one of this copy of the module may take over. */
export function forget(context: DispatcherContext): void {
  if (activeHere.get(keyOf(context)) === context) activeHere.delete(keyOf(context));
}

async function attempt(
  context: DispatcherContext,
  { force, lastEpoch }: ActivateHow,
): Promise<Activated | { elsewhere: ActiveElsewhere }> {
  const own = processIdentity();
  const first = await send(context, own, force ? 'force' : undefined, lastEpoch);
  if (!('elsewhere' in first) || !mayTakeOver(context, first.elsewhere, own)) return first;
  const { host, pid, thread } = first.elsewhere;
  const where = isSameProcess(first.elsewhere, own)
    ? `thread ${thread} of this process`
    : `process ${pid} on ${host}`;
  context.settings.logger.info(`taking over from ${where}, which is certainly gone`);
  return await send(context, own, first.elsewhere.epoch, lastEpoch);
}

async function send(
  { settings, store }: DispatcherContext,
  own: ProcessIdentity,
  takeover: 'force' | number | undefined,
  lastEpoch: number,
) {
  const { uuid, deathInterval, queues, retention } = settings;
  const about = selfDescription(settings.agents);
  const lanes = lanesByQueue(settings);
  const sentAt = process.hrtime.bigint();
  const reply = await store.activations.activate(uuid, own, deathInterval, queues, takeover, {
    ...{ lanes, lastEpoch, about, retention },
  });
  return 'elsewhere' in reply ? reply : { ...reply, sentAt };
}

function mayTakeOver(
  context: DispatcherContext,
  other: ActiveElsewhere,
  own: ProcessIdentity,
): boolean {
  return isSameModule(other, own) ? !activeHere.has(keyOf(context)) : isCertainlyGone(other, own);
}

function keyOf({ settings }: DispatcherContext): string {
  return `${settings.prefix} ${settings.uuid}`;
}

/** Resolves when the other activation has ended, its process is gone, or its lease has expired. */
async function untilItMayBeGone(
  context: DispatcherContext,
  other: ActiveElsewhere,
  signal: AbortSignal,
): Promise<void> {
  const { store, settings, reportError: onError } = context;
  let subscription: { end(): Promise<void> } | undefined;
  const own = processIdentity();
  let timer: NodeJS.Timeout | undefined;
  let checks: NodeJS.Timeout | undefined;
  let onAbort = () => {};
  try {
    await new Promise<void>((resolve, reject) => {
      onAbort = () => reject(signal.reason as Error);
      signal.addEventListener('abort', onAbort);
      // If it pings meanwhile, the next attempt fails, and the caller waits again.
      timer = setTimeout(resolve, timerDelay(Math.max(other.msUntilDead, 0) + 1));
      checks = setInterval(() => mayTakeOver(context, other, own) && resolve(), LOOK_INTERVAL);
      // The other activation may have ended before the subscription began.
      const look = async (): Promise<void> => {
        const record = await store.activations.read(settings.uuid);
        if (record?.status !== 'active' || record.epoch !== other.epoch) resolve();
      };
      const onSubscribed = (): void => void look().catch(reject);
      subscription = store.onEnded(resolve, { onSubscribed, onError });
    });
  } finally {
    clearTimeout(timer);
    clearInterval(checks);
    signal.removeEventListener('abort', onAbort);
    await subscription?.end();
  }
}
