// The monitor in an Express application: its page and its API at /drover.
import { getRequestListener } from '@hono/node-server';
import express from 'express';
import { defineTask, Queue } from '@drover/core';
import { createMonitor } from '@drover/monitor';

const monitor = createMonitor({
  basePath: '/drover',
  // Ask your sessions here: a name, or undefined for 401.
  auth: (request) => (request.headers.get('x-user') === 'ann' ? 'ann' : undefined),
  audit: ({ who, action }) => console.log(who, action),
});
const listener = getRequestListener((request) => monitor.fetch(request));

const app = express();
// Before express.json(), which would read the bodies of its actions.
app.all(/^\/drover(\/|$)/, (request, response) => void listener(request, response));
app.use(express.json());
app.get('/', (_, response) => void response.send('the application'));

const server = app.listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());

const queue = new Queue('letters');
await queue.put(defineTask('letters.send', () => {}).job());
const ask = async (/** @type {string} */ path, /** @type {RequestInit} */ init = {}) => {
  const headers = { 'x-user': 'ann', 'x-drover-action': '1', 'content-type': 'application/json' };
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers, ...init });
  console.log(path, response.status, response.headers.get('content-type'));
};
await ask('/');
await ask('/drover/');
await ask('/drover/api/queues');
await ask('/drover/api/queues', { headers: {} });
await ask('/drover/api/queues/letters/pause', { method: 'POST', body: '{}' });
console.log('paused:', await queue.isPaused());

await queue.obliterate();
await queue.close();
await monitor.close();
server.close();
server.closeAllConnections();

// Prints:
// / 200 text/html; charset=utf-8
// /drover/ 200 text/html; charset=utf-8
// /drover/api/queues 200 application/json; charset=utf-8
// /drover/api/queues 401 application/json; charset=utf-8
// ann /api/queues/:queue/pause
// /drover/api/queues/letters/pause 200 application/json; charset=utf-8
// paused: true
