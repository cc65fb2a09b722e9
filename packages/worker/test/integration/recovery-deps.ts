// The deps of recovery, for tests that take its steps themselves.
import { LaneKeys, LaneStore, type RedisClient } from '@drover/core/internal';
import type { RecoveryDeps } from '../../src/recovery/recovery-deps.js';

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
    client,
    prefix,
    laneStore: (queue, lane) => new LaneStore(client, new LaneKeys(prefix, queue, lane), uuid),
    ownLanes: () => [],
    onInterrupted,
    onDeadLetter: (id, _keys, reason) => onError(new Error(`${id} is a dead letter: ${reason}`)),
    onRestored: (id) => onError(new Error(`${id} had been lost`)),
    onError,
  };
}
