// One worker process: a dispatcher for the demo's tasks, which sends its events to the process that
// started it.
import { Dispatcher, type JobEvent } from '@drover/worker';
import type { JobNews, News, WorkerSettings } from './news.js';
import { indexBatch, QUEUE } from './tasks.js';

/**
 * Short, so that a stop interrupts tasks. In production it is 25 s, and tasks heed `local.signal`.
 */
const GRACE = 50;

const { prefix, uuid } = JSON.parse(process.argv[2] ?? '{}') as WorkerSettings;
const dispatcher = new Dispatcher({
  prefix,
  uuid,
  queues: { [QUEUE]: { main: { size: 2 } } },
  pingInterval: 300,
  deathInterval: 1_500,
  signals: false,
});

function tell(news: News): void {
  if (process.connected) process.send?.(news);
}

function toNews({ job, fence }: JobEvent): JobNews {
  const { id, task, args } = job;
  return { id, task, fence, ...(task === indexBatch.name && { batch: args[0] as number }) };
}

for (const event of ['activated', 'deactivated', 'deposed', 'reactivated'] as const) {
  dispatcher.on(event, ({ epoch }) => tell({ event, epoch }));
}
for (const event of ['started', 'completed', 'reassigned'] as const) {
  dispatcher.on(event, (about) => tell({ event, job: toNews(about) }));
}
dispatcher.on('failed', (about) =>
  tell({ event: 'failed', job: toNews(about), problem: String(about.failure) }),
);
dispatcher.on('died', ({ uuid: dead, age }) => tell({ event: 'died', dispatcher: dead, age }));
dispatcher.on('interrupted', ({ jobId, task, dispatcher: whose, handleInterrupt }) =>
  tell({ event: 'interrupted', jobId, task, dispatcher: whose, handleInterrupt }),
);

process.on('SIGTERM', () => {
  void dispatcher.deactivate({ grace: GRACE }).then(() => {
    // Interrupted tasks still run here, and nothing waits for them. Closing the channel sends the
    // last news first.
    process.disconnect();
  });
});
// ^C reaches every process of the terminal: the process that started this one decides on its end.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit());

await dispatcher.activate();
