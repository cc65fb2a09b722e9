// One worker process of either side, for one job that never ends: it tells when it takes jobs, and
// when it runs the job.
import { defineTask } from '@drover/core';
import { Dispatcher } from '@drover/worker';
import { Worker } from 'bullmq';
import { setTimeout } from 'node:timers/promises';
import { pino } from 'pino';
import { QUEUE } from '../sides/side.js';
import {
  ENDLESS,
  GRACE,
  type DroverIntervals,
  type RawIntervals,
  type WorkerEvent,
  type WorkerSettings,
} from './settings.js';

const { url, prefix, ...settings } = JSON.parse(
  process.env['BENCH_WORKER'] ?? '{}',
) as WorkerSettings;

function tell(event: WorkerEvent['event']): void {
  process.send?.({ event, at: Date.now() } satisfies WorkerEvent);
}

async function runForEver(): Promise<never> {
  tell('running');
  return await new Promise<never>(() => {});
}

/** Ends the process as a deploy does: what runs has a while to end. */
function endOnSigterm(close: () => Promise<unknown>): void {
  process.once('SIGTERM', () => void close().finally(() => process.exit(0)));
}

async function startDrover({
  uuid,
  intervals,
}: {
  uuid: string;
  intervals: DroverIntervals;
}): Promise<void> {
  defineTask(ENDLESS, runForEver);
  const dispatcher = new Dispatcher({
    connection: url,
    prefix,
    uuid,
    queues: { [QUEUE]: { main: { size: 1 } } },
    ...intervals,
    signals: false,
    logger: pino({ level: 'silent' }),
  });
  dispatcher.on('error', () => {});
  await dispatcher.activate();
  endOnSigterm(() => dispatcher.deactivate({ grace: GRACE }));
}

async function startRaw({ intervals }: { intervals: RawIntervals }): Promise<void> {
  const worker = new Worker(QUEUE, runForEver, {
    connection: { url, maxRetriesPerRequest: null },
    prefix,
    ...intervals,
  });
  worker.on('error', () => {});
  await worker.waitUntilReady();
  endOnSigterm(() => Promise.race([worker.close(), setTimeout(GRACE)]));
}

// It ends with the process that measures it.
process.once('disconnect', () => process.exit(1));
await (settings.side === 'drover' ? startDrover(settings) : startRaw(settings));
tell('ready');
