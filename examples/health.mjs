// Health checks: "ready" while the dispatcher is active, "live" while its event loop answers. The
// length of the queue is for the autoscaler.
import { createServer } from 'node:http';
import { Queue } from '@drover/core';
import { Dispatcher } from '@drover/worker';

const queue = new Queue('images');
const dispatcher = new Dispatcher({ queues: { images: { main: { size: 10 } } } });

const server = createServer(async ({ url }, response) => {
  if (url === '/live') return response.end('live');
  if (url === '/ready') {
    response.statusCode = dispatcher.status === 'active' ? 200 : 503;
    return response.end(dispatcher.status);
  }
  // How many jobs wait for a free slot of an agent.
  return response.end(`due ${(await queue.counts()).due}`);
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());

const ask = async (/** @type {string} */ path) => {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    headers: { connection: 'close' },
  });
  console.log(path, response.status, await response.text());
};
await ask('/ready');
await dispatcher.activate();
for (const path of ['/ready', '/live', '/metrics']) await ask(path);
await dispatcher.deactivate();
await ask('/ready');

server.close();
await queue.close();

// Prints:
// /ready 503 new
// /ready 200 active
// /live 200 live
// /metrics 200 due 0
// /ready 503 deactivated
