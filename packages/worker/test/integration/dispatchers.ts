// Dispatchers in the test's own process: silent, without signals, and stopped after the test file.
import { Dispatcher, type DispatcherEvents, type DispatcherOptions } from '@drover/worker';
import { pino, type Logger } from 'pino';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { newUuid, type TestContext } from '../../../../test/kit/context.js';

export interface StartOptions extends Partial<DispatcherOptions> {
  /** Of its one agent. Default 10. */
  size?: number;
}

export interface Dispatchers {
  make(queue: string, options?: StartOptions): Dispatcher;
  /** Makes one and activates it. */
  start(queue: string, options?: StartOptions): Promise<Dispatcher>;
}

export function dispatchersIn({ redisUrl, prefix }: TestContext): Dispatchers {
  const make = (queue: string, { size = 10, ...options }: StartOptions = {}): Dispatcher => {
    const dispatcher = new Dispatcher({
      connection: redisUrl,
      prefix,
      uuid: newUuid(),
      queues: { [queue]: { main: { size } } },
      signals: false,
      logger: pino({ level: 'silent' }),
      ...options,
    });
    cleanUpLater(() => dispatcher.deactivate());
    return dispatcher;
  };
  const start = async (queue: string, options?: StartOptions): Promise<Dispatcher> => {
    const dispatcher = make(queue, options);
    await dispatcher.activate();
    return dispatcher;
  };
  return { make, start };
}

type Event = keyof DispatcherEvents;

/** All events of that name from now on, as they come. */
export function collect<E extends Event>(dispatcher: Dispatcher, name: E): DispatcherEvents[E][0][] {
  const events: DispatcherEvents[E][0][] = [];
  dispatcher.on(name as Event, (event: unknown) => events.push(event as DispatcherEvents[E][0]));
  return events;
}

/** The next event of that name. */
export async function next<E extends Event>(dispatcher: Dispatcher, name: E): Promise<DispatcherEvents[E][0]> {
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

/** A logger whose lines can be read. */
export function readableLogger(): { logger: Logger; lines: LogLine[]; text: () => string } {
  const lines: LogLine[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => void lines.push(JSON.parse(line) as LogLine) });
  return { logger, lines, text: () => JSON.stringify(lines) };
}
