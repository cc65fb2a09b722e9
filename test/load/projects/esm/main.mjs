// A worker with a job in the main thread, one in a thread, and a composite.
import { serial } from '@drover/composite';
import { Queue } from '@drover/core';
import { waitForResult } from '@drover/core/testing';
import { Dispatcher } from '@drover/worker';
import { randomUUID } from 'node:crypto';
import pino from 'pino';
import { double, where } from './tasks.mjs';

async function main() {
  const prefix = process.env.DROVER_LOAD_PREFIX;
  const errors = [];
  const dispatcher = new Dispatcher({
    prefix,
    uuid: randomUUID(),
    signals: false,
    logger: pino({ level: 'silent' }),
    queues: { main: { main: {} }, threads: { main: { threads: true } } },
    taskModules: [process.env.DROVER_LOAD_TASKS],
  });
  dispatcher.on('error', (error) => errors.push(String(error)));
  await dispatcher.activate();
  const queue = new Queue('main', { prefix });
  const threads = new Queue('threads', { prefix });
  const job = await queue.put(serial([double.job(4), double.job(5)]));
  const thread = await threads.put(where.job());
  console.log(JSON.stringify([await waitForResult(job), await thread.wait(), errors]));
  await queue.close();
  await threads.close();
  await dispatcher.deactivate();
}

void main();
