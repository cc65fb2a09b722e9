// Events and logs of dispatchers, for the tests of the worker.
import type { Dispatcher, DispatcherEvents } from '@drover/worker';
import { pino, type Logger } from 'pino';

import { caught } from '../../../../test/kit/secret.js';

export { dispatchersIn, type Dispatchers } from '../../../../test/kit/dispatchers.js';

type Event = keyof DispatcherEvents;

/** Collects all events of that name from now on. */
export function collect<E extends Event>(
  dispatcher: Dispatcher,
  name: E,
): DispatcherEvents[E][0][] {
  const events: DispatcherEvents[E][0][] = [];
  dispatcher.on(name as Event, (event: unknown) => events.push(event as DispatcherEvents[E][0]));
  return events;
}

/** The next event of that name. */
export async function next<E extends Event>(
  dispatcher: Dispatcher,
  name: E,
): Promise<DispatcherEvents[E][0]> {
  return await new Promise((resolve) => {
    dispatcher.once(name as Event, (event: unknown) => resolve(event as DispatcherEvents[E][0]));
  });
}

/** A line of a log. */
export interface LogLine {
  level: number;
  msg: string;
  [field: string]: unknown;
}

/** A logger whose lines the test can read. */
export function readableLogger(): { logger: Logger; lines: LogLine[]; text: () => string } {
  const lines: LogLine[] = [];
  const write = (line: string): void => {
    caught(line);
    lines.push(JSON.parse(line) as LogLine);
  };
  const logger = pino({ level: 'trace' }, { write });
  return { logger, lines, text: () => JSON.stringify(lines) };
}
