// A worker process for tests, or a thread of one: a dispatcher that knows the kit's tasks, and that
// tells its events and logs to the test.
import { parentPort } from 'node:worker_threads';
import '@drover/composite';
import { Dispatcher, type DispatcherEvents, type JobEvent } from '@drover/worker';
import pino = require('pino'); // loads faster than an import, as in the packages
import type { WorkerMessage, WorkerProgramOptions } from '../worker.js';
import { caught } from '../secret.js';
import '../tasks.js';
import { setWrongClock } from '../wrong-clock.js';

const {
  activate,
  heartbeatEnds = 0,
  wrongClock,
  ...options
} = JSON.parse(process.env['WORKER_OPTIONS'] ?? '{}') as WorkerProgramOptions;
if (wrongClock) setWrongClock(wrongClock);
const tell = (message: WorkerMessage): void => {
  if (parentPort) parentPort.postMessage(message);
  else process.send?.(message);
};
const logger = pino(
  { level: 'info' },
  {
    write: (text: string) => {
      caught(text);
      tell({ type: 'log', text });
    },
  },
);

let ends = heartbeatEnds === 'all' ? 0 : heartbeatEnds;
process.on('worker', (thread) => {
  if (heartbeatEnds === 'all') thread.once('online', () => void thread.terminate());
  else if (ends-- > 0) thread.once('message', () => void thread.terminate());
  else if (heartbeatEnds > 0)
    thread.once('message', () => logger.info('the last heartbeat thread pings'));
});
const dispatcher = new Dispatcher({ ...options, logger });
const events: (keyof DispatcherEvents)[] = [
  'activated',
  'deactivated',
  'reactivated',
  'deposed',
  'died',
  'started',
  'completed',
  'failed',
  'interrupted',
  'reassigned',
];
for (const event of events) {
  dispatcher.on(event, (argument: unknown) => {
    const { job, fence } = argument as Partial<JobEvent>;
    tell({
      type: 'event',
      event,
      detail: job ? { jobId: job.id, task: job.task, fence } : (argument as object),
    });
  });
}
// A thread gets no signals.
parentPort?.on('message', () => void dispatcher.deactivate());
await dispatcher.activate(activate);
