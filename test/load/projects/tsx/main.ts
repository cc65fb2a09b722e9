// A worker with a job and a composite.
import { serial } from '@drover/composite';
import { Queue } from '@drover/core';
import { waitForResult } from '@drover/core/testing';
import { Dispatcher } from '@drover/worker';
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { double, where } from './tasks.js';

const prefix = process.env['DROVER_LOAD_PREFIX'] as string;
const errors: string[] = [];
const dispatcher = new Dispatcher({
  prefix,
  uuid: randomUUID(),
  signals: false,
  logger: pino({ level: 'silent' }),
  queues: { main: { main: {} } },
});
dispatcher.on('error', (error) => errors.push(String(error)));
await dispatcher.activate();
const queue = new Queue('main', { prefix });
const job = await queue.put(serial([double.job(4), double.job(5)]));
const there = await queue.put(where.job());
console.log(JSON.stringify([await waitForResult(job), await there.wait(), errors]));
await queue.close();
await dispatcher.deactivate();
