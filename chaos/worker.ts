// A worker process of the chaos harness: one dispatcher behind a fault proxy, which writes down
// what it does.
import '@drover/composite';
import { Queue } from '@drover/core';
import { Dispatcher, type DispatcherEvents, type JobEvent } from '@drover/worker';
import pino = require('pino'); // loads faster than an import, as in the packages
import { History } from './history.js';
import { LANES } from './plan.js';
import { makeOthers, QUEUES } from './queues.js';
import { writeTo } from './tasks.js';
import type { WorkerSettings, WorkerOrder } from './fleet.js';

const settings = JSON.parse(process.env['CHAOS_WORKER'] ?? '') as WorkerSettings;
const { who, url, prefix, uuid, folder, clockOffset, pingInterval, deathInterval } = settings;

// All of this process takes its time from here: Drover, BullMQ and the tasks.
const rightNow = Date.now;
Date.now = () => rightNow() + clockOffset;

const history = new History(folder, who);
writeTo(history);
makeOthers((name) => new Queue(name, { connection: url, prefix }));

const dispatcher = new Dispatcher({
  connection: url,
  prefix,
  uuid,
  queues: Object.fromEntries(
    QUEUES.map((name) => [name, { main: { size: 4, lanes: [...LANES] } }]),
  ),
  pingInterval,
  deathInterval,
  maxBlock: 2 * deathInterval,
  keepCompleted: { age: Infinity, count: Infinity },
  logger: pino.pino({ level: 'warn' }),
});
const events: (keyof DispatcherEvents)[] = [
  'activated',
  'deactivated',
  'reactivated',
  'deposed',
  'died',
  'interrupted',
  'reassigned',
];
for (const event of events) {
  dispatcher.on(event, (about: unknown) => {
    const { job, jobId, fence } = about as Partial<JobEvent> & { jobId?: string };
    history.note({ what: 'event', event, job: job?.id ?? jobId, fence });
  });
}
process.on('message', ({ stop }: WorkerOrder) => {
  void dispatcher.deactivate({ grace: stop }).then(() => process.exit(0));
});
process.on('disconnect', () => process.exit(1)); // the harness is gone
await dispatcher.activate();
process.send?.('active');
