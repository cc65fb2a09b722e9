// bull-board on Drover's queues: each lane of each queue is a BullMQ queue. It only looks here: its
// buttons know nothing of Drover (docs/guides/bullmq-tools.md).
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import { Queue as BullQueue } from 'bullmq';
import express from 'express';
import { defineTask, Queue } from '@drover/core';

const send = defineTask('letters.send', (/** @type {string} */ to) => `sent to ${to}`);
const letters = new Queue('letters');
await letters.put(send.job('ann'));
await letters.put(send.job('bob'), { lane: 'slow' });

const connection = { url: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379' };
const boards = [];
for (const name of await Queue.names()) {
  const queue = new Queue(name);
  const { lanes } = await queue.counts();
  await queue.close();
  for (const lane of Object.keys(lanes).sort()) {
    const bullName = lane === 'main' ? name : `${name}/${lane}`;
    boards.push(new BullQueue(bullName, { connection, prefix: '{drover}' }));
  }
}
const serverAdapter = new ExpressAdapter();
serverAdapter.setBasePath('/queues');
const adapters = boards.map((board) => new BullMQAdapter(board, { readOnlyMode: true }));
createBullBoard({ queues: adapters, serverAdapter });

const server = express().use('/queues', serverAdapter.getRouter()).listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
const response = await fetch(`http://127.0.0.1:${port}/queues/api/queues`);
/** @type {{ queues: { name: string, counts: { waiting: number } }[] }} */
const { queues } = JSON.parse(await response.text());
for (const { name, counts } of queues)
  if (name.startsWith('letters')) console.log(name, counts.waiting);

server.close();
server.closeAllConnections();
for (const board of boards) await board.close();
await letters.obliterate();
await letters.close();

// Prints:
// letters 1
// letters/slow 1
// letters/system 0
