// Runs a task that uses `local.signal` fifty times: in the main thread, and in a thread.
import { Queue } from '@drover/core';
import { Dispatcher } from '@drover/worker';
import { join } from 'node:path';
import { pino } from 'pino';
import { compiledKit } from '../paths.js';
import { waitsAtOnce } from '../thread-tasks.js';

const prefix = process.env['PREFIX'] ?? '';
const queues = { jobs: { main: {}, threads: { lanes: ['threads'], threads: true } } };
const taskModules = [join(compiledKit, 'thread-tasks.js')];
const dispatcher = new Dispatcher({
  prefix,
  queues,
  taskModules,
  logger: pino({ level: 'silent' }),
});
await dispatcher.activate();
const queue = new Queue('jobs', { prefix });
for (const lane of ['main', 'threads']) {
  const job = await queue.put(waitsAtOnce.job(50), { lane });
  console.log(`${lane}: ${await job.wait({ timeout: 20_000 })}.`);
}
await queue.close();
await dispatcher.deactivate();
process.disconnect?.();
