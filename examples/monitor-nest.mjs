// The monitor in a Nest application: its page and its API at /drover.
import 'reflect-metadata';
import { getRequestListener } from '@hono/node-server';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { defineTask, Queue } from '@drover/core';
import { createMonitor } from '@drover/monitor';

const monitor = createMonitor({
  basePath: '/drover',
  audit: ({ action }) => console.log(action),
});
const listener = getRequestListener((request) => monitor.fetch(request));

class AppModule {
  // Nest calls it in app.close(), before the server waits for the streams of open pages.
  async beforeApplicationShutdown() {
    await monitor.close();
  }
}
Module({})(AppModule);

/** @type {import('@nestjs/platform-express').NestExpressApplication} */
const app = await NestFactory.create(AppModule, { logger: false });
// Before `listen`: Nest adds what reads bodies then.
app.use((/** @type {Req} */ request, /** @type {Res} */ response, /** @type {Next} */ next) => {
  if (/^\/drover(\/|$)/.test(request.url ?? '')) void listener(request, response);
  else next();
});
await app.listen(0, '127.0.0.1');

const queue = new Queue('letters');
await queue.put(defineTask('letters.send', () => {}).job());
const ask = async (/** @type {string} */ path, /** @type {RequestInit} */ init = {}) => {
  const headers = { 'x-drover-action': '1', 'content-type': 'application/json' };
  const response = await fetch(`${await app.getUrl()}${path}`, { headers, ...init });
  console.log(path, response.status, response.headers.get('content-type'));
};
await ask('/drover/');
await ask('/drover/api/queues');
await ask('/drover/api/queues/letters/pause', { method: 'POST', body: '{}' });
console.log('paused:', await queue.isPaused());

await queue.obliterate();
await queue.close();
await app.close();

/** @typedef {import('node:http').IncomingMessage} Req */
/** @typedef {import('node:http').ServerResponse} Res */
/** @typedef {() => void} Next */

// Prints:
// /drover/ 200 text/html; charset=utf-8
// /drover/api/queues 200 application/json; charset=utf-8
// /api/queues/:queue/pause
// /drover/api/queues/letters/pause 200 application/json; charset=utf-8
// paused: true
