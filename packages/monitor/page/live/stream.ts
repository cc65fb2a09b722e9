// The stream of events of the monitor: a status each 2 s, and what happens.
import type { FleetEvent, FleetStatus } from '@drover/monitor';
import { urlOf } from '../api/client.js';
import { connection, tellEvent, tellStatus, trouble } from './fleet.js';

/** All that it asks for: the compiler misses a name that is not here. */
const EVENTS: Readonly<Record<Exclude<FleetEvent['event'], 'completed'>, true>> = {
  ...({ failed: true, missed: true, activated: true, died: true } as const),
  ...({ deactivated: true, paused: true, resumed: true } as const),
};

/** Ms without a status after which the monitor counts as away. A stream may end and begin anew. */
const PATIENCE = 6_000;

/**
 * @param onRefused called once where there is no such stream
 * @returns ends it
 */
export function openStream(onRefused: () => void): () => void {
  const source = new EventSource(urlOf('api/events?without=completed'));
  const dataOf = <T>(message: Event): T => JSON.parse((message as MessageEvent<string>).data) as T;
  let patience: ReturnType<typeof setTimeout>;
  const heard = (): void => {
    clearTimeout(patience);
    patience = setTimeout(() => {
      connection.value = 'away';
      trouble.value = 'The monitor does not answer.';
    }, PATIENCE);
  };
  heard();
  source.addEventListener('status', (message) => {
    heard();
    connection.value = 'live';
    tellStatus(dataOf<FleetStatus>(message));
  });
  for (const name of Object.keys(EVENTS))
    source.addEventListener(name, (message) => tellEvent(dataOf<FleetEvent>(message)));
  source.addEventListener('away', (message) => {
    heard();
    connection.value = 'away';
    trouble.value = saidIn(dataOf<unknown>(message));
  });
  const close = (): void => {
    clearTimeout(patience);
    source.close();
  };
  source.addEventListener('error', () => {
    // It connects again by itself, unless the answer was no stream.
    if (source.readyState !== EventSource.CLOSED) return;
    close();
    onRefused();
  });
  return close;
}

function saidIn(data: unknown): string {
  const message = (data as { message?: unknown; error?: { message?: unknown } } | null) ?? {};
  const text = message.message ?? message.error?.message;
  return typeof text === 'string' ? text : 'Redis does not answer.';
}
