// A producer and worker that asks for traces, where @opentelemetry/api is not installed: no module
// of that name can be resolved. First no SDK is registered, then one is, which is in a bundle.
import Module from 'node:module';

type Resolve = (request: string, ...rest: unknown[]) => string;
const loader = Module as unknown as { _resolveFilename: Resolve };
const resolve = loader._resolveFilename;
const asked: string[] = [];
loader._resolveFilename = function (this: unknown, request, ...rest) {
  if (!request.startsWith('@opentelemetry/')) return resolve.call(this, request, ...rest);
  asked.push(request);
  throw Object.assign(new Error(`Cannot find module '${request}'`), { code: 'MODULE_NOT_FOUND' });
};
const warnings: string[] = [];
process.on('warning', ({ message }) => warnings.push(message));

const { Queue } = await import('@drover/core');
const { enableTracing } = await import('@drover/monitor/tracing');
const { Dispatcher } = await import('@drover/worker');
const { echo } = await import('../tasks.js');

const prefix = process.env['PREFIX'] ?? '';
const queues = { jobs: { main: {} } };
const dispatcher = new Dispatcher({ prefix, uuid: process.env['DROVER_UUID'] ?? '', queues });
enableTracing({ dispatcher });
await dispatcher.activate();
const queue = new Queue('jobs', { prefix });
const run = async (): Promise<void> => {
  const job = await queue.put(echo.job('value'));
  const value = await job.wait();
  await new Promise(setImmediate);
  const { traceparent } = job;
  process.send?.({ value, traceparent, asked: [...asked], warnings: [...warnings] });
};
await run();
Object.assign(globalThis, {
  [Symbol.for('opentelemetry.js.api.1')]: { version: '1.10.0', trace: {} },
});
await run();
await queue.close();
await dispatcher.deactivate();
process.disconnect();
