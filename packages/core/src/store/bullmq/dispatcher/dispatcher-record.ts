// Reads the record of a dispatcher, as any process does (D10).
import type { AgentFacts, DispatcherState } from '../../../model/dispatcher-facts.js';
import { DamagedRecord } from '../../../model/store-errors.js';
import type { RedisClient } from '../../../redis/connection.js';
import { isNames, isObject, orUndefined, parsed } from '../record-checks.js';
import { typed } from '../scripts/store-errors.js';

/** Fields of a record, by name. A missing one is ''. */
export type RecordFields<Name extends string> = Readonly<Record<Name, string>>;

/**
 * Undefined: there is no such record.
 * @throws DamagedRecord where another type is in its place
 */
export async function readRecord<Name extends string>(
  client: RedisClient,
  key: string,
  names: readonly Name[],
): Promise<RecordFields<Name | 'status'> | undefined> {
  const [status, ...values] = await typed(() => client.hmget(key, 'status', ...names));
  if (status === null || status === undefined || status === '') return undefined;
  const fields = names.map((name, i) => [name, values[i] ?? '']);
  return { ...Object.fromEntries(fields), status } as RecordFields<Name | 'status'>;
}

/** The same for a list: a key of the wrong type must not hide the other dispatchers (B1). */
export async function readUnlessDamaged<Name extends string>(
  client: RedisClient,
  key: string,
  names: readonly Name[],
): Promise<RecordFields<Name | 'status'> | undefined> {
  try {
    return await readRecord(client, key, names);
  } catch (error) {
    if (error instanceof DamagedRecord) return undefined;
    throw error;
  }
}

/** @param now Redis's clock, ms since 1970 */
export function stateOf(
  { status, lastPing, deathInterval }: RecordFields<'status' | 'lastPing' | 'deathInterval'>,
  now: number,
): DispatcherState {
  if (status === 'active')
    return now - numberOf(lastPing) > numberOf(deathInterval) ? 'dead' : 'active';
  return status === 'deactivated' ? 'deactivated' : 'cleaning';
}

/** A damaged number counts as 0 (B1). */
export function numberOf(text: string): number {
  return Number(text) || 0;
}

/** Undefined where the field is missing or damaged. */
export function agentsIn(json: string): AgentFacts[] | undefined {
  return orUndefined(() => parsed('agents', json, areAgents));
}

function areAgents(value: unknown): value is AgentFacts[] {
  return Array.isArray(value) && value.every(isAgent);
}

function isAgent(value: unknown): value is AgentFacts {
  if (!isObject<Partial<AgentFacts>>(value)) return false;
  const { queue, name, size, lanes, tasks, threads } = value;
  return (
    [queue, name].every((text) => typeof text === 'string') &&
    Number.isInteger(size) &&
    isNames(lanes) &&
    (tasks === undefined || isNames(tasks)) &&
    typeof threads === 'boolean'
  );
}
