// Jobs whose records are damaged at random: what a dispatcher must bear, and what must hold after
// it has (B1).
import { defineTask, JobStatus, type Job, type Queue } from '@drover/core';
import fc from 'fast-check';
import type { TestContext } from './context.js';
import { dispatchersIn } from './dispatchers.js';
import { eventually } from './wait.js';

/**
 * A job's hash with some of its fields changed (undefined takes a field away), and text in the
 * place of some of its other keys.
 */
export interface Damage {
  fields: Record<string, string | undefined>;
  foreign: readonly string[];
}

const FIELDS = [
  ...[
    'name',
    'data',
    'opts',
    'parent',
    'parentKey',
    'ats',
    'processedOn',
    'delay',
    'priority',
    'timestamp',
    'attemptsMade',
  ],
  ...[
    'interruptions',
    'policyData',
    'retries',
    'unroutableOffers',
    'resumeAfter',
    'failure',
    'manifest',
    'scheduledChunks',
  ],
  ...[
    'joined',
    'verdict',
    'waitingOwner',
    'turnAt',
    'dueAt',
    'result',
    'given',
    'callbacks',
    'ranCallbacks',
  ],
  ...[
    'callbackOf',
    'deferred',
    'quotaArrival',
    'dependents',
    'putBy',
    'returnvalue',
    'failedReason',
    'linked',
  ],
];

const odd = fc.constantFrom(
  ...[
    '',
    '{}',
    '[]',
    '[[',
    'null',
    '0',
    '-1',
    '1e999',
    'NaN',
    '""',
    '"x"',
    'v',
    'f',
    'v1',
    'f{}',
    'aborted',
    'aborted {}',
    'cancelled "x"',
    'stopped {"name":"E","message":"m"}',
    'else {"name":"E","message":"m"}',
    'f{"name":"E","message":"m"}',
  ],
  ...[
    '{"__proto__":{"polluted":1}}',
    '[{"__proto__":{"polluted":1}}]',
    '{"constructor":{"prototype":{"polluted":1}}}',
  ],
  ...[
    '[{"$drover":"job","job":{}}]',
    '[{"$drover":"graph","value":5}]',
    '[{"$drover":"map","value":{}}]',
    '{"$drover":1}',
  ],
  ...[
    '{"jobs":[],"chunks":1}',
    '{"jobs":["gone"],"chunks":1}',
    '{"jobs":[],"then":"gone","chunks":0}',
    '{"quotas":["none"]}',
  ],
  ...[
    '{"retryPolicy":"none"}',
    '{"beginBy":-1}',
    '{"priority":"first"}',
    '{"beginAfter":1e300}',
    '{"lane":"elsewhere"}',
    '["no:such:key"]',
    'a\0b',
    '\ud800',
  ],
);

const value = fc.oneof(
  odd,
  fc.json({ maxDepth: 3 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme' }),
);

const KEYS = ['dependencies', 'processed', 'failed', 'unsuccessful', 'logs', 'annotations', 'once'];

export const damages: fc.Arbitrary<Damage> = fc.record({
  fields: fc.dictionary(fc.constantFrom(...FIELDS), fc.option(value, { freq: 8, nil: undefined }), {
    minKeys: 1,
    maxKeys: 4,
  }),
  foreign: fc.oneof(fc.constant([]), fc.subarray(KEYS, { minLength: 1, maxLength: 2 })),
});

const echo = defineTask('damaged.echo', (given: unknown) => given);

/**
 * Puts a job for each damage, lets a dispatcher come upon them, and expects that nothing is stopped
 * by them, or left in the middle.
 */
export async function expectBorne(
  context: TestContext,
  name: string,
  all: readonly Damage[],
): Promise<void> {
  const { redis, prefix } = context;
  const queue = context.queue(name);
  const jobs = await queue.putAll(all.map((_, i) => echo.job(i)));
  await Promise.all(jobs.map((job, i) => damage(context, name, job, all[i] as Damage)));
  const dispatcher = await dispatchersIn(context).start(name, { size: 20 });
  const last = await queue.put(echo.job('last'));
  expect(await last.wait({ timeout: 20_000 })).toBe('last');
  const active = async (lane: string) => await redis.lrange(`${prefix}:${lane}:active`, 0, -1);
  await eventually(async () => {
    const left = jobs.flatMap(({ id }, i) => [{ id, damage: all[i] }]);
    const ids = new Set(await active(name));
    expect(left.filter(({ id }) => ids.has(id)).map(({ damage }) => damage)).toEqual([]);
    expect(await active(`${name}/system`)).toEqual([]);
    return true;
  });
  await dispatcher.deactivate();
  await expectReadable(queue);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
}

async function damage(
  { redis, prefix }: TestContext,
  name: string,
  job: Job,
  { fields, foreign }: Damage,
): Promise<void> {
  const key = `${prefix}:${name}:${job.id}`;
  for (const suffix of foreign) await redis.set(`${key}:${suffix}`, 'foreign');
  for (const [field, given] of Object.entries(fields)) {
    if (given === undefined) await redis.hdel(key, field);
    else await redis.hset(key, field, given);
  }
}

/** People can still look at everything. */
async function expectReadable(queue: Queue): Promise<void> {
  const found = await queue.jobs({ status: Object.values(JobStatus), end: 100_000 });
  for (const job of found) {
    expect(typeof job.status).toBe('string');
    void job.options;
  }
  for (const { id, reason } of await queue.deadLetters().list()) {
    expect(reason).toMatch(/\w/);
    await queue.get(id);
  }
  await queue.length();
}
