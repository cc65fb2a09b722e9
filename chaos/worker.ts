// A worker process of the chaos harness: one dispatcher behind a fault proxy, which writes down
// what it does.
import '@drover/composite';
import { Queue } from '@drover/core';
import { Dispatcher, type DispatcherEvents, type JobEvent } from '@drover/worker';
import pino = require('pino'); // loads faster than an import, as in the packages
import { History, type AgentChange } from './history.js';
import { inner, outer } from './around.js';
import { AGENT } from './plan.js';
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
    QUEUES.map((name) => [name, { [AGENT.name]: { size: AGENT.size, lanes: AGENT.lanes } }]),
  ),
  pingInterval,
  deathInterval,
  maxBlock: 2 * deathInterval,
  keepCompleted: { age: Infinity, count: Infinity },
  logger: pino.pino({ level: 'warn' }),
});
history.note({ what: 'serves', uuid, queues: QUEUES, agent: AGENT.name, size: AGENT.size });
dispatcher.use(outer(dispatcher, history)).use(inner);
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
process.on('message', (order: WorkerOrder) => {
  if ('stop' in order)
    void dispatcher.deactivate({ grace: order.stop }).then(() => process.exit(0));
  // It is refused where the dispatcher ends.
  else changeAgent(order.change, order.call).catch(() => {});
});
process.on('disconnect', () => process.exit(1)); // the harness is gone
await dispatcher.activate();
process.send?.('active');

/** By itself, as a task or a signal of the process may do it. */
async function changeAgent(change: AgentChange, call: string): Promise<void> {
  const { queue, agent, size, lanes, removes } = change;
  history.note({ what: 'agent', change, call, acknowledged: false });
  if (removes) await dispatcher.removeAgent(queue, agent);
  else await dispatcher.setAgent(queue, agent, { size, ...(lanes && { lanes }) });
  history.note({ what: 'agent', change, call, acknowledged: true });
}
