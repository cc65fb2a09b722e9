// Reads the record of a dispatcher, as any process does (D10).
import type { AgentFacts, DispatcherState } from '../../../model/dispatcher-facts.js';
import type { RedisClient } from '../../../redis/connection.js';
import type { DispatcherKeys } from '../keys.js';
import { isNames, isObject, orUndefined, parsed } from '../record-checks.js';
import { runScript } from '../scripts/run-script.js';
import { typed } from '../scripts/store-errors.js';

/** Fields of a record, by name. A missing one is ''. */
export type RecordFields<Name extends string> = Readonly<Record<Name, string>>;

/** So many records are read by one call. */
const PAGE = 50;

/**
 * Undefined: there is no such record.
 * @throws DamagedRecord where another type is in its place
 */
export async function readRecord<Name extends string>(
  client: RedisClient,
  key: string,
  names: readonly Name[],
): Promise<RecordFields<Name | 'status'> | undefined> {
  return toRecord(names, await typed(() => client.hmget(key, 'status', ...names)));
}

/**
 * The records of these dispatchers, in pages. Undefined: there is no such record, or another type
 * is in its place, which must not hide the other dispatchers (B1).
 */
export async function readRecords<Name extends string>(
  client: RedisClient,
  keys: DispatcherKeys,
  uuids: readonly string[],
  names: readonly Name[],
): Promise<(RecordFields<Name | 'status'> | undefined)[]> {
  const head = [names.length + 1, 'status', ...names];
  const records: (RecordFields<Name | 'status'> | undefined)[] = [];
  while (records.length < uuids.length) {
    const page = uuids.slice(records.length, records.length + PAGE);
    const args = [...head, ...page.map((uuid) => keys.record(uuid))];
    const reply = await typed(() => runScript(client, 'readRecords', [keys.deadlines], args));
    for (const values of reply as ((string | null)[] | null)[])
      records.push(values ? toRecord(names, values) : undefined);
  }
  return records;
}

function toRecord<Name extends string>(
  names: readonly Name[],
  [status, ...values]: readonly (string | null)[],
): RecordFields<Name | 'status'> | undefined {
  if (status === null || status === undefined || status === '') return undefined;
  const fields = names.map((name, i) => [name, values[i] ?? '']);
  return { ...Object.fromEntries(fields), status } as RecordFields<Name | 'status'>;
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
