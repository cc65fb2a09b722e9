// Dispatchers remove completed jobs by themselves, one of them at a time (J9).
import { defineTask, type Job } from '@drover/core';
import { RedisRecovery, type RedisClient } from '../../../../test/kit/store.js';
import { testContext } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn } from './dispatchers.js';
import { Retention } from '../../src/recovery/retention.js';

const context = testContext('retention-turns');
const dispatchers = dispatchersIn(context);
const give = defineTask('retention.give', (value: unknown) => value);
const refuse = defineTask('retention.refuse', () => {
  throw new Error('no');
});

async function ended(queue: string, jobs: readonly Job[]): Promise<void> {
  await context.queue(queue).putAll(jobs);
  await dispatchers.start(queue, { size: 1 });
  for (const job of jobs) await job.wait().catch(() => {});
}

it('J9 a dispatcher removes jobs by itself', async () => {
  const job = give.job(1);
  await ended('itself', [job]);
  await context.redis.del(`${context.prefix}:itself:retention`);
  await dispatchers.start('itself', { keepCompleted: { count: 0 } });
  await eventually(async () => (await context.queue('itself').get(job.id)) === undefined);
});

it('J9 a dispatcher removes jobs by outcome and by queue', async () => {
  const jobs = { trimmed: [give.job(1), refuse.job()], kept: [give.job(1), refuse.job()] };
  for (const [name, some] of Object.entries(jobs)) {
    await ended(name, some);
    await context.redis.del(`${context.prefix}:${name}:retention`);
  }
  await dispatchers.start('kept', {
    queues: { kept: { main: {} }, trimmed: { main: {} } },
    keepCompleted: { queues: { trimmed: { succeeded: { count: 0 } } } },
  });
  const isStored = async (queue: string, job: Job) =>
    (await context.queue(queue).get(job.id)) !== undefined;
  await eventually(async () => !(await isStored('trimmed', jobs.trimmed[0] as Job)));
  expect(await isStored('trimmed', jobs.trimmed[1] as Job)).toBe(true);
  for (const job of jobs.kept) expect(await isStored('kept', job)).toBe(true);
});

const EXPIRED = { age: 0, count: Infinity };

/** Retention as in a dispatcher; `looks` gets its uuid for each look that was its turn. */
function retention(name: string, uuid: string, looks: string[]): Retention {
  const client = Object.create(context.redis, {
    set: {
      value: async (...args: Parameters<typeof context.redis.set>) => {
        const reply = await context.redis.set(...args);
        looks.push(reply === null ? 'not its turn' : uuid);
        return reply;
      },
    },
  }) as RedisClient;
  const settings = {
    uuid,
    queues: [name],
    agents: [],
    keepCompleted: { [name]: { succeeded: EXPIRED, failed: EXPIRED } },
  } as never;
  const reportError = (error: Error): never => {
    throw error;
  };
  const store = { recovery: new RedisRecovery(client, context.prefix, uuid) };
  return new Retention({ store, settings, reportError }, 60);
}

it('J9 the only dispatcher takes each turn, also while the queue is idle', async () => {
  const looks: string[] = [];
  const alone = retention('alone', 'alone', looks);
  alone.start();
  await eventually(() => looks.length >= 5);
  await alone.stop();
  expect(new Set(looks)).toEqual(new Set(['alone']));
});

it('J9 another dispatcher takes the turns when the first one is gone', async () => {
  const looks: string[] = [];
  const [first, second] = [
    retention('several', 'first', looks),
    retention('several', 'second', looks),
  ];
  first.start();
  second.start();
  await eventually(() => looks.includes('first') || looks.includes('second'));
  const gone = looks.includes('first') ? first : second;
  await gone.stop();
  const other = gone === first ? 'second' : 'first';
  await eventually(() => looks.filter((who) => who === other).length >= 2);
  await (gone === first ? second : first).stop();
});
