// Workers are killed: a quota never has more rightful runs than slots, and no slot is lost (Q5).
import { waitForResult } from '@drover/core/testing';
import { newUuid, testContext } from '../kit/context.js';
import { counted } from '../kit/tasks.js';
import { eventually } from '../kit/wait.js';
import { startWorker } from '../kit/worker.js';

const context = testContext('quota-deaths');
const { prefix, redis } = context;
/**
 * A worker that only waits for a processor must not be found dead: its runs would go on although
 * they are not rightful any more.
 */
const PATIENT = { pingInterval: 500, deathInterval: 4_000 };
const SIZES = { disk: 2, net: 3, 'team/a': 2, 'team/b': 2 };

it('Q5, Q9 no quota, and no key of one, has more rightful runs than slots while workers are killed', async () => {
  const queue = context.queue('killed');
  await queue.quotas.create('disk', SIZES.disk);
  await queue.quotas.create('net', SIZES.net);
  await queue.quotas.create('team', SIZES['team/a'], { keyed: true });
  const log = `${prefix}:runs`;
  const names = ['disk', 'net'];
  const sets = [['disk'], ['net'], names, [], ['team/a'], ['team/b', 'disk'], ['net', 'team/b']];
  const jobs = await queue.putAll(
    Array.from({ length: 150 }, (_, i) => {
      const quotas = sets[i % sets.length] as string[];
      return counted.job(log, quotas).with({ quotas, retryPolicy: 'RetryCommonForever' });
    }),
  );
  const start = () => {
    const uuid = newUuid();
    return {
      uuid,
      process: startWorker({ prefix, uuid, queues: { killed: { main: { size: 6 } } }, ...PATIENT }),
    };
  };
  const workers = [start(), start(), start()];
  for (let kills = 1; kills <= 6; kills++) {
    // Each job writes down two entries at least.
    await eventually(async () => (await redis.llen(log)) >= kills * 40, { timeout: 60_000 });
    const { uuid, process } = workers.shift() as ReturnType<typeof start>;
    await process.end('SIGKILL');
    await redis.rpush(log, JSON.stringify({ type: 'killed', dispatcher: uuid }));
    workers.push(start());
  }
  await Promise.all(jobs.map((job) => waitForResult(job, { timeout: 100_000 })));
  expect(await overlaps(log)).toEqual([]);
  const interrupted = await Promise.all(
    jobs.map(async (job) => (await job.refresh()).interruptions),
  );
  expect(Math.max(...interrupted)).toBeGreaterThan(0);
  await eventually(async () => {
    expect((await queue.quotas.list()).map(({ holders, waiters }) => [holders, waiters])).toEqual(
      ['disk', 'net', 'team'].map(() => [[], 0]),
    );
    expect(await redis.keys(`${prefix}:killed:quota:team/*`)).toEqual([]);
    return true;
  });
  expect(await queue.length()).toBe(0);
  await Promise.all(workers.map(({ process }) => process.end('SIGTERM')));
}, 120_000);

/** An entry of the log: a run began or ended, or its process was killed. */
type Entry =
  | { type: 'begin' | 'end'; job: string; dispatcher: string; quotas: string[] }
  | { type: 'killed'; dispatcher: string };

/** The moments at which more runs of a quota were under way than it has slots. */
async function overlaps(log: string): Promise<string[]> {
  const entries = (await redis.lrange(log, 0, -1)).map((json) => JSON.parse(json) as Entry);
  expect(entries.length).toBeGreaterThanOrEqual(300);
  const found: string[] = [];
  const running = new Map<string, Entry & { quotas: string[] }>();
  for (const entry of entries) {
    if (entry.type === 'begin') running.set(entry.job, entry);
    else if (entry.type === 'end') running.delete(entry.job);
    else
      for (const [job, { dispatcher }] of running)
        if (dispatcher === entry.dispatcher) running.delete(job);
    for (const [name, size] of Object.entries(SIZES)) {
      const holders = [...running.values()].filter(({ quotas }) => quotas.includes(name));
      if (holders.length > size) found.push(`${name}: ${holders.length}`);
    }
  }
  return found;
}
