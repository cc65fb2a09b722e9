// How long Redis was held up: a command holds up all others for as long as it runs, and its slow
// log has each that took over a millisecond.
import { median } from '#bench/statistics.js';
import type { Redis } from 'ioredis';
import type { Table } from './scenarios/scenario.js';
import { scriptNames } from './script-names.js';

/** Microseconds from which on a command is noted. */
const SLOW = 1_000;

/** A command that took long. */
interface Slow {
  command: string;
  ms: number;
}

export async function startSlowLog(client: Redis): Promise<void> {
  await client.config('SET', 'slowlog-log-slower-than', String(SLOW), 'slowlog-max-len', '100000');
  await client.config('SET', 'latency-monitor-threshold', '1');
  await client.slowlog('RESET');
  await client.call('LATENCY', 'RESET');
}

/** The slow commands since `startSlowLog`. */
export async function readSlowLog(client: Redis): Promise<Slow[]> {
  const lines = (await client.slowlog('GET', -1)) as [number, number, number, string[]][];
  const names = await scriptNames();
  return lines.map(([, , microseconds, command]) => ({
    command: names.of(command),
    ms: microseconds / 1_000,
  }));
}

export function longest(slow: readonly Slow[]): Slow {
  return slow.reduce((most, one) => (one.ms > most.ms ? one : most), {
    command: 'nothing',
    ms: SLOW / 1_000,
  });
}

/** Other events that held Redis up, by its latency monitor: event → the most ms. */
export async function readLatencies(client: Redis): Promise<Record<string, number>> {
  const events = (await client.call('LATENCY', 'LATEST')) as [string, number, number, number][];
  return Object.fromEntries(events.map(([event, , , most]) => [event, most]));
}

export function slowTable(title: string, slow: readonly Slow[]): Table {
  const rows = [...new Set(slow.map(({ command }) => command))].map(
    (command): Table['rows'][number] => {
      const ms = slow.filter((one) => one.command === command).map((one) => one.ms);
      return [command, ms.length, median(ms), Math.max(...ms)];
    },
  );
  rows.sort((a, b) => Number(b[3]) - Number(a[3]));
  return {
    title,
    columns: ['command', 'times over 1 ms', 'median of these, ms', 'longest, ms'],
    rows,
  };
}
