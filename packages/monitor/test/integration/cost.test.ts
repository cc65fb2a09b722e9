// What each look of the monitor costs Redis: a bounded number of commands, whatever the size of a
// queue.
import { defineTask, type Job, Queue } from '@drover/core';
import { parallel } from '@drover/composite';
import { Dispatcher } from '@drover/worker';
import { pino } from 'pino';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { newUuid } from '../../../../test/kit/context.js';
import { monitorOver } from '../../src/http/monitor.js';
import { routes } from '../../src/http/routes.js';
import { FleetView } from '../../src/model/fleet-view.js';
import { clientOf } from './monitor-requests.js';
import { ownRedis } from './own-redis.js';

const { server, admin, commands } = await ownRedis();
const echo = defineTask('cost.echo', (value: unknown) => value);
const fails = defineTask('cost.fails', () => {
  throw new Error('broken');
});
const queue = new Queue('many', { connection: server.url });
cleanUpLater(() => queue.close());
const startDispatcher = async (): Promise<Dispatcher> => {
  const dispatcher = new Dispatcher({
    ...{ connection: server.url, uuid: newUuid(), queues: { many: { main: { size: 50 } } } },
    ...{ signals: false, logger: pino({ level: 'silent' }) },
  });
  await dispatcher.activate();
  return dispatcher;
};
const view = new FleetView({ connection: server.url });
const monitor = monitorOver(view, {});
cleanUpLater(() => monitor.close());
const client = clientOf(monitor);

const jobs = (count: number) => Array.from({ length: count }, (_, i) => echo.job(i));
let album: Job;
let uuid = '';

/** Adds so many jobs of each kind, and a composite with so many parts. */
async function grow(count: number): Promise<void> {
  const dispatcher = await startDispatcher();
  album = (await queue.put(parallel(jobs(count) as never) as Job<unknown, []>)) as Job;
  const ended = await queue.putAll([
    ...jobs(count),
    ...Array.from({ length: count }, () => fails.job()),
  ] as Job<unknown, []>[]);
  await Promise.allSettled([album, ...ended].map((job) => job.wait()));
  await dispatcher.deactivate();
  uuid = dispatcher.uuid;
  await queue.putAll(jobs(count));
  await queue.putAll(jobs(count), { lane: 'idle' });
  await queue.putAll(jobs(count), { beginAfter: 3_600_000 });
  const keys = Array.from({ length: count }, (_, i) =>
    echo.job(i).with({ quotas: [`team/${count}-${i}`] }),
  );
  for (let next = 0; next < count; next += 200) await queue.putAll(keys.slice(next, next + 200));
  const letters = Array.from({ length: count }, (_, i) => [
    `${count}-${i}`,
    JSON.stringify({ reason: 'damaged', at: i }),
  ]);
  await admin.hset('{drover}:many:dead-letters', ...letters.flat());
}

/** Commands of Redis, those of scripts included, beside those of the count itself. */
async function costOf(look: () => Promise<unknown>): Promise<number> {
  await look();
  const before = await commands();
  await look();
  return (await commands()) - before - 1;
}

async function looks(): Promise<Record<string, number>> {
  const costs: Record<string, number> = {};
  const follower = view.follow();
  await follower.next();
  costs['a tick of the events'] = await costOf(() => Promise.all([view.status(), follower.next()]));
  for (const { method, path, answers } of routes) {
    if (method !== 'get' || answers === 'Events') continue;
    const real = path.replace(':queue', 'many').replace(':uuid', uuid).replace(':id', album.id);
    costs[path] = await costOf(async () => {
      const { status } = await client.get(real);
      expect([path, status]).toEqual([path, 200]);
    });
  }
  for (const query of ['status=failed', 'status=succeeded', 'lane=idle', 'start=100', 'since=1h'])
    costs[query] = await costOf(() => client.get(`/api/queues/many/jobs?${query}`));
  return costs;
}

it('D10 each look costs a bounded number of commands, whatever the size of the queue', async () => {
  await queue.quotas.create('team', 1, { keyed: true });
  await grow(3_000);
  const many = await looks();
  const grown = Object.entries(many).filter(
    ([look, cost]) => cost > (look.endsWith('quotas') || look.endsWith(':uuid') ? 16_000 : 4_000),
  );
  expect(grown).toEqual([]);
});
