// The deps of recovery, and a dispatcher's process, for tests that take the steps themselves.
import {
  DispatcherStore,
  LaneKeys,
  RedisLane,
  RedisRecovery,
  type RedisClient,
} from '../../../../test/kit/store.js';
import type { ProcessIdentity } from '@drover/core/internal';
import type { RecoveryDeps } from '../../src/recovery/recovery-deps.js';

/** The process of a dispatcher that a test plays. */
export const playedProcess: ProcessIdentity = {
  host: 'here',
  hostIdentity: 'h',
  pid: 1,
  processIdentity: 'p',
  thread: 0,
  threadIdentity: 't',
  moduleIdentity: 'm',
};
/** A death interval, in ms, that no test waits for. */
export const HOUR = 3_600_000;

/**
 * Throws for a dead letter or an error that the test does not expect. `uuid`: the dispatcher that
 * claims.
 */
export function recoveryDeps(
  client: RedisClient,
  prefix: string,
  uuid: string,
  onInterrupted: RecoveryDeps['onInterrupted'] = () => {},
): RecoveryDeps {
  const onError = (error: Error): never => {
    throw error;
  };
  return {
    store: new RedisRecovery(client, prefix, uuid),
    activations: new DispatcherStore(client, prefix),
    ownLanes: () => [],
    onInterrupted,
    onDeadLetter: ({ id }, reason) => onError(new Error(`${id} is a dead letter: ${reason}`)),
    onRestored: ({ id }) => onError(new Error(`${id} had been lost`)),
    onError,
  };
}

/** The stores of lanes, for the dispatcher `uuid`. */
export function laneStores(client: RedisClient, prefix: string, uuid: string) {
  return (queue: string, lane: string): RedisLane =>
    new RedisLane(client, new LaneKeys(prefix, queue, lane), uuid);
}
