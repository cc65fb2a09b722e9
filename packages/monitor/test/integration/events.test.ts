// GET /api/events: a stream of events for each browser, and one look at Redis for all of them.
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { serve } from '@hono/node-server';
import { Redis } from 'ioredis';
import { defineTask, Queue } from '@drover/core';
import type { Monitor, MonitorOptions } from '@drover/monitor';
import { Dispatcher } from '@drover/worker';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { dispatchersIn } from '../../../../test/kit/dispatchers.js';
import { startRedis } from '../../../../test/kit/redis-server.js';
import { eventually } from '../../../../test/kit/wait.js';
import { monitorOver } from '../../src/http/monitor.js';
import { FleetView } from '../../src/model/fleet-view.js';
import { readEvents, type EventReader } from './event-reader.js';
import { clientOf, type Refusal } from './monitor-requests.js';

const context = testContext('events');
const echo = defineTask('events.echo', (value: unknown) => value);
const fails = defineTask('events.fails', (value: unknown) => {
  throw new Error(`broken by ${String(value)}\u202e\n`);
});
/** Ms between two looks. */
const EVERY = 30;

type Place = Pick<typeof context, 'redisUrl'> & { prefix?: string };
function monitorAt({ redisUrl, prefix }: Place, options: MonitorOptions = {}): Monitor {
  const view = new FleetView({
    ...{ connection: redisUrl, whenUnavailable: 'fail', ...(prefix && { prefix }) },
  });
  const monitor = monitorOver(view, options, EVERY);
  cleanUpLater(() => monitor.close());
  return monitor;
}

/** Serves a monitor on a port of its own. */
async function served(monitor: Monitor): Promise<string> {
  const server = serve({
    fetch: (request) => monitor.fetch(request),
    port: 0,
    hostname: '127.0.0.1',
  });
  await once(server, 'listening');
  cleanUpLater(async () => {
    await monitor.close();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/events`;
}

const read = (url: string, headers?: Record<string, string>) =>
  readEvents((init) => fetch(url, init), headers);
const inside = (monitor: Monitor, query = '', headers?: Record<string, string>) =>
  readEvents((init) => monitor.fetch(new Request(`http://m/api/events${query}`, init)), headers);
const names = ({ events }: EventReader) => events.map(({ event }) => event);
const count = (reader: EventReader, name: string) =>
  names(reader).filter((event) => event === name).length;
const hasStatus = (reader: EventReader, least = 1) =>
  eventually(() => count(reader, 'status') >= least);

beforeAll(async () => {
  await dispatchersIn(context).start('work', {
    queues: { work: { main: { size: 2 } }, other: { main: { size: 1 } } },
  });
});

it('D8 tells what happens, by name, with the status; redacted, and safe for a terminal', async () => {
  const monitor = monitorAt(context, { redact: true });
  const reader = await inside(monitor);
  expect(reader.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(reader.response.headers.get('cache-control')).toBe('no-store');
  expect(reader.response.headers.get('content-security-policy')).toContain("default-src 'none'");
  await hasStatus(reader);
  const queue = context.queue('work');
  const [done, failed] = await queue.putAll([echo.job(1), fails.job('hunter2')]);
  await eventually(() => count(reader, 'completed') + count(reader, 'failed') === 2);
  const told = (name: string) => reader.events.find(({ event }) => event === name)?.data;
  expect(told('completed')).toMatchObject({ event: 'completed', queue: 'work', job: done?.id });
  expect(told('failed')).toMatchObject({
    ...{ job: failed?.id, failure: { name: 'Error', message: '(redacted)' } },
  });
  expect(JSON.stringify(reader.events)).not.toContain('hunter2');
  expect(told('status')?.queues.map(({ name }) => name)).toEqual(['other', 'work']);
  reader.close();
});

it('D8 of one queue: its events alone, and those of dispatchers', async () => {
  const monitor = monitorAt(context);
  const [all, one] = [await inside(monitor), await inside(monitor, '?queue=other')];
  await Promise.all([hasStatus(all), hasStatus(one)]);
  await (await context.queue('work').put(echo.job(1))).wait();
  await (await context.queue('other').put(echo.job(2))).wait();
  await eventually(() => count(all, 'completed') === 2 && count(one, 'completed') === 1);
  expect(one.events.find(({ event }) => event === 'completed')?.data.queue).toBe('other');
  const refused = await clientOf(monitor).get<Refusal>('/api/events?queue=none');
  expect([refused.status, refused.body.error.code]).toEqual([404, 'NOT_FOUND']);
  await monitor.close();
  await Promise.all([all.ended, one.ended]);
});

it('D8 a browser that connects again gets what it has missed, by the id of its last event', async () => {
  const monitor = monitorAt(context);
  const first = await inside(monitor);
  await hasStatus(first);
  first.close();
  await first.ended;
  const job = await context.queue('work').put(echo.job(1));
  await job.wait();
  const lastId = first.events.at(-1)?.id ?? '';
  const again = await inside(monitor, '', { 'last-event-id': lastId });
  await eventually(() => count(again, 'completed') === 1);
  const found = again.events.find(({ event }) => event === 'completed');
  expect([found?.data.job, found?.id !== lastId]).toEqual([job.id, true]);
  const third = await inside(monitor, '', { 'last-event-id': lastId });
  expect(await eventually(() => third.events.find(({ event }) => event === 'completed'))).toEqual(
    found,
  );
  const fresh = await inside(monitor, '', { 'last-event-id': 'other-3' });
  await hasStatus(fresh);
  expect(names(fresh)).not.toContain('completed');
  for (const reader of [again, third, fresh]) reader.close();
});

it('D10 jobs that succeed are not told to those who ask so, and are not missed by others', async () => {
  const monitor = monitorAt(context);
  const page = await inside(monitor, '?without=completed');
  await hasStatus(page);
  const queue = context.queue('work');
  await (await queue.put(echo.job(1))).wait();
  await (await queue.put(fails.job(2))).wait().catch(() => {});
  await eventually(() => count(page, 'failed') === 1);
  // What nobody has asked for was not read.
  const all = await inside(monitor, '', { 'last-event-id': page.events[0]?.id ?? '' });
  await eventually(() => count(all, 'missed') === 1);
  const seen = count(all, 'completed');
  await (await queue.put(echo.job(3))).wait();
  await eventually(() => count(all, 'completed') > seen);
  await hasStatus(page, count(page, 'status') + 2);
  expect(names(page)).not.toContain('completed');
  for (const reader of [page, all]) reader.close();
});

it('B2 asks auth, and refuses more than 50 streams until one has gone', async () => {
  const closed = clientOf(monitorAt(context, { auth: () => undefined }));
  expect((await closed.get('/api/events')).status).toBe(401);
  const monitor = monitorAt(context);
  const readers = await Promise.all(Array.from({ length: 50 }, () => inside(monitor)));
  const refused = await clientOf(monitor).get<Refusal>('/api/events');
  expect([refused.status, refused.body.error.code]).toEqual([503, 'TOO_MANY_STREAMS']);
  readers[0]?.close();
  await readers[0]?.ended;
  const head = await monitor.fetch(new Request('http://m/api/events', { method: 'HEAD' }));
  expect([head.status, head.body]).toEqual([200, null]);
  const next = await inside(monitor);
  await hasStatus(next);
  await monitor.close();
  await Promise.all([...readers, next].map(({ ended }) => ended));
  expect((await clientOf(monitor).get('/api/events')).status).toBe(503);
});

describe('with a Redis of its own', () => {
  it('D10 Redis is asked once however many pages are open, and not without one', async () => {
    const redis = await startRedis();
    const queue = new Queue('work', { connection: redis.url });
    cleanUpLater(() => queue.close());
    await queue.put(echo.job(1));
    const url = await served(monitorAt({ redisUrl: redis.url }));
    const admin = new Redis(redis.url);
    const watcher = await admin.monitor();
    cleanUpLater(() => (watcher.disconnect(), admin.disconnect()));
    const commands: string[] = [];
    watcher.on('monitor', (_: string, [name = '']: string[]) => commands.push(name.toLowerCase()));
    /** Each status asks for the facts of the server once. */
    const looks = () => commands.filter((name) => name === 'info').length;
    const perLook = async (readers: readonly EventReader[]): Promise<number> => {
      await eventually(() => commands.includes('info'));
      commands.length = 0;
      const before = readers.map((reader) => count(reader, 'status'));
      await Promise.all(readers.map((reader, i) => hasStatus(reader, (before[i] ?? 0) + 5)));
      // Each page got each status.
      expect(looks()).toBeLessThanOrEqual(7);
      return commands.length / looks();
    };

    const one = await read(url);
    await hasStatus(one);
    const alone = await perLook([one]);
    const others = [await read(url), await read(url)] as const;
    const together = await perLook([one, ...others]);
    expect(together).toBeLessThan(alone * 1.5);
    // One is dropped: the others go on.
    one.close();
    await one.ended;
    await perLook(others);
    for (const other of others) other.close();
    // With the last one the looks end: 40 polls of this loop without a command are long enough.
    let [quiet, seen] = [0, -1];
    await eventually(() => {
      quiet = commands.length === seen ? quiet + 1 : 0;
      seen = commands.length;
      return quiet >= 40;
    });
    const again = await read(url);
    await hasStatus(again);
    again.close();
  });

  it('B3 while Redis is away it says so, without ending', async () => {
    const redis = await startRedis({ appendonly: true });
    const monitor = monitorAt({ redisUrl: redis.url });
    const reader = await inside(monitor);
    await hasStatus(reader);
    await redis.kill();
    const away = await eventually(() => reader.events.find(({ event }) => event === 'away'));
    expect(away.data).toMatchObject({ error: { code: 'DROVER_UNAVAILABLE' } });
    await redis.restart();
    const before = count(reader, 'status');
    await hasStatus(reader, before + 1);
    const dispatcher = new Dispatcher({
      ...{ connection: redis.url, uuid: newUuid(), queues: { work: { main: { size: 1 } } } },
      ...{ signals: false },
    });
    cleanUpLater(() => dispatcher.deactivate());
    await dispatcher.activate();
    await eventually(() => count(reader, 'activated') === 1);
    reader.close();
  });
});
