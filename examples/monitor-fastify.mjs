// The monitor in a Fastify application: its page and its API at /drover.
import { getRequestListener } from '@hono/node-server';
import { fastify } from 'fastify';
import { defineTask, Queue } from '@drover/core';
import { createMonitor } from '@drover/monitor';

const monitor = createMonitor({
  basePath: '/drover',
  audit: ({ action }) => console.log(action),
});
const listener = getRequestListener((request) => monitor.fetch(request));

const app = fastify();
app.get('/', () => 'the application');
await app.register((drover, _, done) => {
  // The monitor reads the bodies of its actions itself.
  drover.removeAllContentTypeParsers();
  drover.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null));
  drover.all('/drover/*', (request, reply) => {
    reply.hijack();
    void listener(request.raw, reply.raw);
  });
  done();
});
// The streams of open pages end with the monitor: the server would wait for them.
app.addHook('preClose', () => monitor.close());
const url = await app.listen({ port: 0, host: '127.0.0.1' });

const queue = new Queue('letters');
await queue.put(defineTask('letters.send', () => {}).job());
const ask = async (/** @type {string} */ path, /** @type {RequestInit} */ init = {}) => {
  const headers = { 'x-drover-action': '1', 'content-type': 'application/json' };
  const response = await fetch(`${url}${path}`, { headers, ...init });
  console.log(path, response.status, response.headers.get('content-type'));
};
await ask('/');
await ask('/drover/');
await ask('/drover/api/queues');
await ask('/drover/api/queues/letters/pause', { method: 'POST', body: '{}' });
console.log('paused:', await queue.isPaused());

await queue.obliterate();
await queue.close();
await app.close();

// Prints:
// / 200 text/plain; charset=utf-8
// /drover/ 200 text/html; charset=utf-8
// /drover/api/queues 200 application/json; charset=utf-8
// /api/queues/:queue/pause
// /drover/api/queues/letters/pause 200 application/json; charset=utf-8
// paused: true
