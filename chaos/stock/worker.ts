// A worker process of the negative control: BullMQ's own Worker, as fast at finding stalled jobs as
// is sane, running the same kinds of jobs.
import { Worker, type Job } from 'bullmq';
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { History, type Got } from '../history.js';
import type { WorkerOrder, WorkerSettings } from '../fleet.js';
import { block as blockLoop } from '../tasks.js';
import type { StockPlan } from './plans.js';

const { who, url, prefix, queue, folder, clockOffset } = JSON.parse(
  process.env['CHAOS_WORKER'] ?? '',
) as WorkerSettings;
const rightNow = Date.now;
Date.now = () => rightNow() + clockOffset;
const history = new History(folder, who);

/**
 * The results of the children of a parent: their values, and their failures, which it
 * ignores.
 */
async function partsOf(job: Job<StockPlan>, ids: readonly string[]): Promise<Got[]> {
  const [values, failures] = [
    await job.getChildrenValues<unknown>(),
    await job.getIgnoredChildrenFailures(),
  ];
  return ids.map((id) => {
    const key = `${prefix}:${queue}:${id}`;
    const failure = failures[key];
    return { id, result: failure === undefined ? values[key] : { failure: `Error (${failure})` } };
  });
}

async function run(job: Job<StockPlan>): Promise<unknown> {
  const { name, ms = 0, block = 0, fails } = job.data;
  const run = randomUUID();
  const about = { job: job.id ?? '', fence: job.attemptsStarted, run };
  history.note({ what: 'start', task: job.name, name, ...about });
  if (block > 0) blockLoop(block);
  if (ms > 0) await setTimeout(ms);
  if (job.data.parts)
    history.note({ what: 'got', job: about.job, run, parts: await partsOf(job, job.data.parts) });
  history.note({ what: 'end', ...about, ...(fails && { threw: 'RangeError' }) });
  if (fails) throw new RangeError('as told');
  return { name, run, fence: job.attemptsStarted };
}

const { hostname, port } = new URL(url);
const worker = new Worker(queue, run as never, {
  connection: { host: hostname, port: Number(port) },
  prefix,
  concurrency: 4,
  lockDuration: 2_000,
  stalledInterval: 500,
});
worker.on('error', () => {});
const stop = (): void => void worker.close().then(() => process.exit(0));
process.on('message', (_order: WorkerOrder) => stop());
process.on('SIGTERM', stop);
process.on('disconnect', () => process.exit(1));
await worker.waitUntilReady();
process.send?.('active');
