// The stream of events of the monitor: a status each 2 s, and what happens.
import type { FleetEvent, FleetStatus } from '@drover/monitor';
import { urlOf } from '../api/client.js';
import { connection, tellEvent, tellStatus, trouble } from './fleet.js';

const EVENTS: readonly FleetEvent['event'][] = [
  ...(['completed', 'failed', 'missed', 'activated', 'died', 'deactivated'] as const),
  ...(['paused', 'resumed'] as const),
];

/**
 * @param onRefused called once where there is no such stream
 * @returns ends it
 */
export function openStream(onRefused: () => void): () => void {
  const source = new EventSource(urlOf('api/events'));
  const dataOf = <T>(message: Event): T => JSON.parse((message as MessageEvent<string>).data) as T;
  source.addEventListener('status', (message) => {
    connection.value = 'live';
    tellStatus(dataOf<FleetStatus>(message));
  });
  for (const name of EVENTS)
    source.addEventListener(name, (message) => tellEvent(dataOf<FleetEvent>(message)));
  source.addEventListener('away', (message) => {
    connection.value = 'away';
    trouble.value = saidIn(dataOf<unknown>(message));
  });
  source.addEventListener('error', () => {
    // It connects again by itself, unless the answer was no stream.
    if (source.readyState === EventSource.CLOSED) onRefused();
    else connection.value = 'away';
  });
  return () => source.close();
}

function saidIn(data: unknown): string {
  const message = (data as { message?: unknown; error?: { message?: unknown } } | null) ?? {};
  const text = message.message ?? message.error?.message;
  return typeof text === 'string' ? text : 'Redis does not answer.';
}
