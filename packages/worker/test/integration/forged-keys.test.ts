// Records that name keys outside the prefix, as the user of a producer could write them: such a job
// is a dead letter, and no key elsewhere is written (B1).
import { defineTask, Queue, type Job } from '@drover/core';
import { Redis } from 'ioredis';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { documentedUsers } from '../../../../test/kit/acl.js';
import { gate } from '../../../../test/kit/gate.js';
import { startRedis } from '../../../../test/kit/redis-server.js';
import { eventually } from '../../../../test/kit/wait.js';
import { dispatchersIn } from './dispatchers.js';

const prefix = '{drover}';
const echo = defineTask('forged-keys.echo', (value: unknown) => value);
const gates = new Map<string, ReturnType<typeof gate>>();
const gated = defineTask(
  'forged-keys.gated',
  async (name: string) => await gates.get(name)?.opened,
);

const OUTSIDE = 'elsewhere:queue:job';
const parent = (own: object): string =>
  JSON.stringify({ id: 'job', queueKey: `${prefix}:forged`, ...own });
/** The forged fields of a record, by their meaning. */
const FORGERIES: Record<string, Record<string, string>> = {
  'a parent': { parentKey: OUTSIDE, parent: parent({ queueKey: 'elsewhere:queue' }) },
  'the queue of a parent': {
    parentKey: `${prefix}:forged:job`,
    parent: parent({ queueKey: 'elsewhere:queue' }),
  },
  'the job at the end of a chain': {
    parentKey: `${prefix}:forged:job`,
    parent: parent({ of: OUTSIDE, stops: true }),
  },
  callbacks: { callbacks: JSON.stringify([OUTSIDE]) },
  'callbacks that ran': { ranCallbacks: JSON.stringify([OUTSIDE]) },
  dependents: { dependents: JSON.stringify([OUTSIDE]) },
  'the jobs that need it': { neededBy: JSON.stringify([OUTSIDE]) },
  'the owner of a callback': { callbackOf: OUTSIDE },
  'the composite that it was a part of': { partOf: OUTSIDE },
};

let admin: Redis;
let queue: Queue;
let url: string;
beforeAll(async () => {
  const server = await startRedis();
  admin = new Redis(server.url);
  cleanUpLater(() => admin.disconnect());
  const urlOf = await documentedUsers(admin, server.url);
  url = urlOf('drover');
  queue = new Queue('forged', { connection: urlOf('drover-producer'), prefix });
  cleanUpLater(() => queue.close());
  await dispatchersIn({ redisUrl: url, prefix } as never).start('forged', {
    size: 3,
    pingInterval: 100,
    deathInterval: 500,
  });
});

const forge = (job: Job, fields: Record<string, string>) =>
  admin.hset(`${prefix}:forged:${job.id}`, fields);
const reasonOf = async (job: Job): Promise<string | undefined> =>
  (await queue.deadLetters().list()).find(({ id }) => id === job.id)?.reason;

/** No key is outside the prefix. */
async function expectNothingElsewhere(): Promise<void> {
  expect((await admin.keys('*')).filter((key) => !key.startsWith(prefix))).toEqual([]);
}

it.each(Object.entries(FORGERIES))(
  'B1 a job with %s outside the prefix is a dead letter when it is claimed',
  async (_, fields) => {
    const job = await queue.put(echo.job(1), { beginAfter: 60_000 });
    await forge(job, fields);
    const base = `${prefix}:forged:`;
    await admin
      .multi()
      .zrem(`${base}delayed`, job.id)
      .lpush(`${base}wait`, job.id)
      .zadd(`${base}marker`, 0, '0')
      .exec();
    await eventually(async () => await reasonOf(job));
    expect(await reasonOf(job)).toMatch(/names a key outside the prefix$/);
    await expectNothingElsewhere();
  },
);

it.each(['a parent', 'dependents', 'callbacks'])(
  'B1 a job that gets %s outside the prefix while it runs frees its slot',
  async (what) => {
    const opening = gate();
    gates.set(what, opening);
    const jobs = await queue.putAll([1, 2, 3].map(() => gated.job(what)));
    for (const job of jobs) await eventually(async () => (await job.refresh()).status === 'active');
    for (const job of jobs) await forge(job, FORGERIES[what] as Record<string, string>);
    opening.open();
    // All three slots were taken.
    expect(await (await queue.put(echo.job('next'))).wait({ timeout: 20_000 })).toBe('next');
    for (const job of jobs)
      await eventually(
        async () =>
          (await reasonOf(job)) !== undefined || (await job.refresh()).status === 'completed',
      );
    await expectNothingElsewhere();
  },
);
