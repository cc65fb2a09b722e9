// Closing a queue while Redis is away (B3): open calls reject at once, and the process can end.
import { BadStatusError, Queue } from '@drover/core';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { testContext } from '../../../../test/kit/context.js';
import { startFaultProxy } from '../../../../test/kit/fault-proxy.js';
import { runAlone } from '../../../../test/kit/run-alone.js';

const context = testContext('close-away');
const ENDS = { left: [], code: 0, signal: null };

const setUp = `
  import { defineTask, Queue } from '@drover/core';
  const work = defineTask('work', (value) => value);
  let errors = 0, onErrors = () => {};
  const queue = new Queue('away', { connection: process.env.URL, prefix: process.env.PREFIX,
    onError: () => ++errors > 2 && onErrors() });
  const outcome = (call) => call.then(() => 'done',
    ({ name, message }) => name + ': ' + message.split('meanwhile')[1]);
`;
const NOT_DONE = 'BadStatusError: . Nothing was done.';
const UNCLEAR = 'BadStatusError: . The call may have been done, wholly or in part, all the same.';

const away = (url: string, body: string, listeners = {}) =>
  runAlone(setUp, body, { env: { URL: url, PREFIX: context.prefix }, listeners });

/** Accepts connections and never answers. */
let silent: Server;
const sockets = new Set<Socket>();
beforeAll(async () => {
  silent = createServer((socket) => sockets.add(socket.on('error', () => {})));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  silent.close();
});
const silentUrl = () => `redis://127.0.0.1:${(silent.address() as AddressInfo).port}`;
const refusedUrl = () => 'redis://127.0.0.1:1';

it.each([
  ['connections are refused', refusedUrl],
  ['a server takes connections and says nothing', silentUrl],
])(
  'B3 a queue that never connected, where %s, does not keep the process alive',
  async (_what, url) => {
    const body = 'await Promise.all([queue.close(), queue.close()]); await queue.close();';
    expect(await away(url(), body)).toEqual({ said: [], ...ENDS });
  },
);

it('B3 a queue between two connection attempts rejects each open call as not done', async () => {
  const body = `
    const calls = [queue.put(work.job(1)), queue.get(work.job().id), queue.length(), queue.jobs(),
      queue.quotas.list()];
    // More calls than Node allows listeners, to show that Node warns of no leak.
    for (let i = 0; i < 15; i++) calls.push(queue.length());
    const outcomes = Promise.all(calls.map(outcome));
    await new Promise((resolve) => (onErrors = resolve));
    const closing = queue.close();
    say(...await outcomes);
    await closing;`;
  expect(await away(refusedUrl(), body)).toEqual({ said: Array(20).fill(NOT_DONE), ...ENDS });
});

it.each([
  ['a queue whose connection is a black hole', "await told('black hole');"],
  [
    'a queue that waits for Redis to come back',
    "await told('cut'); await new Promise((resolve) => (onErrors = resolve));",
  ],
])('B3 on closing %s, a wait and all other calls reject at once', async (what, disturbance) => {
  const proxy = await startFaultProxy(context.redisUrl);
  const body = `
    const job = await queue.put(work.job(1));
    const waiting = outcome(job.wait());
    await queue.length();
    ${disturbance}
    const calls = [queue.put(work.job(1)), queue.get(job.id), queue.jobs(), job.refresh(),
      job.annotate('a', 1)];
    const outcomes = Promise.all(calls.map(outcome));
    await new Promise(setImmediate);
    const closing = queue.close();
    const rejected = new Set(await outcomes);
    say(...rejected, await waiting);
    await closing;`;
  const listeners = {
    'black hole': () => proxy.blackHole(),
    cut: () => proxy.close(),
  };
  const unclear = what.includes('black hole') ? UNCLEAR : NOT_DONE;
  expect(await away(proxy.url, body, listeners)).toEqual({
    said: [unclear, 'BadStatusError: '],
    ...ENDS,
  });
});

it('B3 a queue whose sentinels cannot be reached rejects its calls on closing', async () => {
  const setUpSentinels = setUp.replace(
    'connection: process.env.URL',
    "connection: { name: 'mymaster', sentinels: [{ host: '127.0.0.1', port: 1 }] }",
  );
  const body =
    'const outcomes = outcome(queue.length()); await queue.close(); say(await outcomes);';
  expect(await runAlone(setUpSentinels, body, { env: { PREFIX: context.prefix } })).toMatchObject({
    said: [NOT_DONE],
    code: 0,
    signal: null,
  });
});

it('`await using` closes a queue at the end of its block', async () => {
  let kept: Queue;
  {
    await using queue = new Queue('using', {
      connection: context.redisUrl,
      prefix: context.prefix,
    });
    kept = queue;
    expect(await queue.length()).toBe(0);
  }
  await expect(kept.length()).rejects.toThrow(BadStatusError);
});
