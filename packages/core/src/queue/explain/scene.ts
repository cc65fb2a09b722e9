// The facts of a job and of the dispatchers, from which its explanation is made (O4).
import type {
  BlockedDispatcher,
  Explained,
  ExplainedDispatcher,
  ExplainedJob,
} from '../../model/explanation.js';
import {
  explainedJob,
  type Brief,
  type StoredFacts,
} from '../../store/bullmq/explain/read-facts.js';
import type { FleetMember } from '../../store/bullmq/explain/read-fleet.js';
import type { LaneKeys } from '../../store/bullmq/keys.js';
import { orUndefined, parsed, isObject } from '../../store/bullmq/record-checks.js';

export interface Scene {
  facts: StoredFacts;
  /** The job itself. */
  job: ExplainedJob;
  /** By UUID; dispatchers that have ended are not among them. */
  fleet: ReadonlyMap<string, FleetMember>;
  keys: LaneKeys;
}

export function named({ keys }: Pick<Scene, 'keys'>, brief: Brief): ExplainedJob {
  return explainedJob(keys, brief);
}

/** The active dispatchers that serve a lane. */
export function servingIn({ fleet }: Scene, queue: string, lane: string): FleetMember[] {
  return [...fleet.values()].filter(
    ({ status, serves }) => status === 'active' && serves(queue, lane) === 'yes',
  );
}

/** The number of active dispatchers that run the system jobs of its queue, beside this one. */
export function recovering(scene: Scene, but?: string): number {
  return servingIn(scene, scene.job.queue, 'system').filter(({ uuid }) => uuid !== but).length;
}

export function asDispatcher({ uuid, host, pid }: FleetMember): ExplainedDispatcher {
  return { uuid, host, pid };
}

export function asBlocked(member: FleetMember): BlockedDispatcher {
  return { ...asDispatcher(member), blockedFor: member.blockedFor };
}

/** The activation in the token of a run; undefined for any other token. */
export function activationIn(token: string): { uuid: string; epoch: number } | undefined {
  const [, uuid, epoch] = /^([^:]+):(\d+):[\d.]+$/.exec(token) ?? [];
  return uuid === undefined ? undefined : { uuid, epoch: Number(epoch) };
}

/** The failure with which the job ends, whatever its task would do. */
export function verdictOf({ verdict }: StoredFacts['fields']): Explained['verdict'] {
  const [, why, json] = /^(cancelled|aborted|stopped) (.*)$/s.exec(verdict ?? '') ?? [];
  if (why === undefined) return undefined;
  const { message } = entryOf<{ message?: unknown }>('verdict', json);
  return { why: why as 'cancelled', message: short(message ?? `it was ${why}`) };
}

/** The fields of an object in JSON; none of a damaged text (B1). */
export function entryOf<T extends object>(field: string, json: string | undefined): Partial<T> {
  return orUndefined(() => parsed(field, json, isObject<T>)) ?? {};
}

const MOST = 300;

/** A text of a user, such as the message of a failure. */
export function short(text: unknown): string {
  const whole = String(text);
  return whole.length > MOST ? `${whole.slice(0, MOST)}…` : whole;
}
