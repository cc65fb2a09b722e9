// Becoming the active dispatcher of a UUID: at once, after a crash on this host, or when the other
// one is gone (D1, D4).
import { AlreadyActivatedError, UnsupportedError } from '@drover/core';
import {
  clientSettings,
  connect,
  crashPoint,
  endClient,
  isObject,
  orUndefined,
  parsed,
  timerDelay,
  type ActiveElsewhere,
  type ProcessIdentity,
} from '@drover/core/internal';
import type { DispatcherContext } from '../context/context.js';
import { isCertainlyGone, isSameModule, isSameProcess, processIdentity } from './identity.js';
import { lanesServed } from '../options/agent-options.js';
import { subscribe } from '../recovery/subscribe.js';

/** A new activation. */
export interface Activated {
  epoch: number;
  /** Its own, and those where earlier activations may have left jobs. */
  queues: string[];
  /** From `process.hrtime.bigint()`, just before it was sent. */
  sentAt: bigint;
}

export interface ActivateHow {
  /** Whether to wait for another activation of the UUID to end. */
  wait: boolean;
  /**
   * Take over from whoever is active. Not when it was deposed: two that force would depose each
   * other for ever.
   */
  force: boolean;
  signal: AbortSignal;
  /** The epoch of the last activation of this process; 0 for none. */
  lastEpoch: number;
}

/**
 * Dispatchers of this copy of the module that are active, by UUID and prefix: nothing else tells
 * those apart.
 */
const activeHere = new Map<string, DispatcherContext>();

/** ms between looks whether the other process, or thread, is gone: it may end without a word. */
const LOOK_INTERVAL = 500;

/**
 * Activates.
 * @throws AlreadyActivatedError where it may not wait; the reason of `signal` when that is aborted.
 */
export async function activate(context: DispatcherContext, how: ActivateHow): Promise<Activated> {
  const { wait, signal } = how;
  await checkEvictionPolicy(context);
  let said = false;
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
    if (!said) {
      const next = wait ? ' Until then this one waits, and runs nothing.' : '';
      logger.error(
        { other: result.elsewhere },
        `already activated: another process? ${refusal.message}${next}`,
      );
    }
    said = true;
    if (!wait) throw refusal;
    await untilItMayBeGone(context, result.elsewhere, signal);
  }
}

/** This copy of the module has no activation of that UUID any more. */
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
  const { uuid, deathInterval, queues } = settings;
  const lanes = queues.flatMap((queue) =>
    lanesServed(settings, queue).map((lane) => `${queue}/${lane}`),
  );
  const sentAt = process.hrtime.bigint();
  const reply = await store.activate(uuid, own, deathInterval, queues, takeover, {
    lanes,
    lastEpoch,
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

/** Resolves when the other activation says that it ended, is certainly gone, or may be dead. */
async function untilItMayBeGone(
  context: DispatcherContext,
  other: ActiveElsewhere,
  signal: AbortSignal,
): Promise<void> {
  const { target, uuid } = context.settings;
  const subscriber = connect(
    target,
    { ...clientSettings.reading, autoResubscribe: false },
    context.reportError,
  );
  let stop = (): void => {};
  const own = processIdentity();
  let timer: NodeJS.Timeout | undefined;
  let looking: NodeJS.Timeout | undefined;
  let onAbort = () => {};
  try {
    await new Promise<void>((resolve, reject) => {
      onAbort = () => reject(signal.reason as Error);
      signal.addEventListener('abort', onAbort);
      // Earlier than that it is looked at once more, and waited for again.
      timer = setTimeout(resolve, timerDelay(Math.max(other.msUntilDead, 0) + 1));
      looking = setInterval(() => mayTakeOver(context, other, own) && resolve(), LOOK_INTERVAL);
      subscriber.on('message', (_channel, message) => {
        // What somebody else publishes there is passed over (B1).
        const said = orUndefined(() =>
          parsed('message', message, isObject<{ event?: unknown; uuid?: unknown }>),
        );
        if (said?.uuid === uuid && said.event !== 'activated') resolve();
      });
      // What ended before the subscription stood is seen by looking once more.
      const look = async (): Promise<void> => {
        const record = await context.store.read(uuid);
        if (record?.status !== 'active' || record.epoch !== other.epoch) resolve();
      };
      stop = subscribe(subscriber, context.store.keys.channel, () => void look().catch(reject));
    });
  } finally {
    clearTimeout(timer);
    clearInterval(looking);
    signal.removeEventListener('abort', onAbort);
    stop();
    await endClient(subscriber);
  }
}

/** Under any other policy Redis may drop locks or jobs. */
async function checkEvictionPolicy({ client }: DispatcherContext): Promise<void> {
  // A Cluster asks any one of its nodes, and knows all of them then.
  const told = [await client.info('memory')];
  if ('nodes' in client)
    told.push(...(await Promise.all(client.nodes('master').map((node) => node.info('memory')))));
  const policies = told.map((info) => /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? 'noeviction');
  const policy = policies.find((one) => one !== 'noeviction');
  if (policy === undefined) return;
  throw new UnsupportedError(
    `Redis may evict what it keeps (maxmemory-policy is ${policy}): jobs would be lost. Set maxmemory-policy noeviction.`,
  );
}
