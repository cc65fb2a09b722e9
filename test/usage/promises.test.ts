// Usage, "Returning deferreds": a task may wait for the network, and costs its process nothing
// meanwhile.
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { defineTask, local } from '@drover/core';
import { cleanUpLater } from '../kit/cleanup.js';
import { testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';

const context = testContext('usage-promises');
const queue = context.queue('fetches');

// A server that answers when it has been asked three times: it takes three who wait at once.
const waiting: (() => void)[] = [];
const server = createServer((_request, response) => {
  waiting.push(() => response.end('OK'));
  if (waiting.length === 3) for (const answer of waiting.splice(0)) answer();
});
let url = '';
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  cleanUpLater(() => void server.close());
  await dispatchersIn(context).start('fetches', { size: 3 });
});

// There is no second kind of task for this: what a task returns may be a promise, and its result is
// what the promise brings. While it waits, its agent runs as many other jobs as its `size` allows,
// in the same process, without a thread for each. `local.signal` goes to whatever takes a signal,
// so that a dispatcher that stops need not wait for the network.
const get = defineTask('promises.get', async () => {
  const response = await fetch(url, { signal: local.signal });
  return `${response.status} ${await response.text()}`;
});

it('J3 the result is what the promise of the task brings', async () => {
  const jobs = await queue.putAll([get.job(), get.job(), get.job()]);
  expect(await Promise.all(jobs.map((job) => job.wait()))).toEqual(['200 OK', '200 OK', '200 OK']);
});

// A function that is not async serves as well: its result is there at once.
it('J3 a task may return its value at once', async () => {
  const double = defineTask('promises.double', (n: number) => 2 * n);
  expect(await (await queue.put(double.job(21))).wait()).toBe(42);
});
