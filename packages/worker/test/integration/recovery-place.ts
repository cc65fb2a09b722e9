// What recovery needs of a dispatcher, for tests that take its steps themselves.
import { LaneKeys, LaneStore, type RedisClient } from '@drover/core/internal';
import type { RecoveryPlace } from '../../src/recovery.js';

/**
 * Nothing is set aside there, and there is no trouble, unless a test expects it. `uuid`: who
 * claims.
 */
export function recoveryPlace(
  client: RedisClient,
  prefix: string,
  uuid: string,
  onInterrupted: RecoveryPlace['onInterrupted'] = () => {},
): RecoveryPlace {
  const onTrouble = (error: Error): never => {
    throw error;
  };
  return {
    client,
    prefix,
    laneStore: (queue, lane) => new LaneStore(client, new LaneKeys(prefix, queue, lane), uuid),
    ownLanes: () => [],
    onInterrupted,
    onSetAside: (id, _keys, reason) => onTrouble(new Error(`${id} is set aside: ${reason}`)),
    onRestored: (id) => onTrouble(new Error(`${id} had been lost`)),
    onTrouble,
  };
}
