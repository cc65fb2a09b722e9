// Whether a dispatcher works, for the probes of an orchestrator (D2, D5, D9).
import type { Settings } from '../options/settings.js';
import type { Session } from './session.js';
import { DispatcherStatus } from './status.js';

/** What `dispatcher.health()` gives. */
export interface Health {
  /**
   * False where a restart of the process may help: no ping has succeeded for a `deathInterval`, the
   * main loop has been blocked for longer than `maxBlock`, the dispatcher was deposed, or it was
   * deactivated. True before its first activation is complete.
   */
  live: boolean;
  /** Whether it claims jobs: it is active, its lease holds, and an agent has a size above 0. */
  ready: boolean;
  /** Why it is not live or not ready, for people: empty where it is both. */
  reasons: readonly string[];
}

export interface HealthFacts {
  status: DispatcherStatus;
  session: Pick<Session, 'activation' | 'lease'> | undefined;
  settings: Pick<Settings, 'agents' | 'maxBlock'>;
}

export function healthOf(facts: HealthFacts): Health {
  const dead = whyNotLive(facts);
  const idle = dead.length > 0 ? [] : whyNotReady(facts);
  const reasons = [...dead, ...idle];
  return { live: dead.length === 0, ready: reasons.length === 0, reasons };
}

function whyNotLive({ status, session, settings: { maxBlock } }: HealthFacts): string[] {
  if (status === DispatcherStatus.DEACTIVATED) return ['it was deactivated'];
  const lease = session?.lease;
  if (!lease || status === DispatcherStatus.NEW) return [];
  // A stop has ended the pings of a session, or is about to, and goes on by itself.
  if (status === DispatcherStatus.DEACTIVATING && session.activation.abandoned) return [];
  if (session.activation.abandoned || lease.isDeposed)
    return ['it was deposed: found dead, or activated elsewhere'];
  const { blockedFor, sinceLastPing, holds } = lease;
  return [
    ...(blockedFor > maxBlock ? [`its main loop has been blocked for ${blockedFor} ms`] : []),
    ...(holds ? [] : [`no ping has succeeded for ${sinceLastPing} ms`]),
  ];
}

function whyNotReady({ status, settings: { agents } }: HealthFacts): string[] {
  if (status !== DispatcherStatus.ACTIVE) return [`it is ${status}`];
  return agents.some(({ size }) => size > 0) ? [] : ['no agent has a size above 0'];
}
