// A worker process: a dispatcher that tells how often each of its events came. It ends with who
// started it.
import '@drover/composite';
import { Dispatcher, type DispatcherEvents } from '@drover/worker';
import { pino } from 'pino';
import type { WorkerOptions, WorkerTold } from './workers.js';
import './tasks.js';

/** Ms between two words: what it tells is not to take the time that is measured. */
const TELL_EVERY = 10;

const { tells, ...options } = JSON.parse(process.env['WORKER_OPTIONS'] ?? '{}') as WorkerOptions;
process.on('disconnect', () => process.exit());

const dispatcher = new Dispatcher({
  ...options,
  signals: false,
  logger: pino({ level: 'silent' }),
});
const counts = new Map<keyof DispatcherEvents, WorkerTold>();
for (const event of tells) {
  dispatcher.on(event, () => {
    counts.set(event, { event, count: (counts.get(event)?.count ?? 0) + 1, at: performance.now() });
  });
}
setInterval(() => {
  for (const told of counts.values()) process.send?.(told);
}, TELL_EVERY);
await dispatcher.activate();
