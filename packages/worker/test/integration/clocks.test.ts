// Hosts whose clocks are hours off, or are set while a process runs: all times are Redis's (Q2).
import '@drover/composite';
import { defineTask, RetryableError, type Job } from '@drover/core';
import { testContext, newUuid } from '../../../../test/kit/context.js';
import { eventually } from '../../../../test/kit/wait.js';
import { startProgram } from '../../../../test/kit/process.js';
import { startWorker } from '../../../../test/kit/worker.js';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import type { WrongClock } from '../../../../test/kit/wrong-clock.js';
import { echo } from '../../../../test/kit/tasks.js';
import { dispatchersIn } from './dispatchers.js';

const context = testContext('clocks');
const dispatchers = dispatchersIn(context);
const { redis, prefix } = context;
const HOURS = 3 * 3_600_000;
const WRONG: [string, WrongClock][] = [
  ['is hours ahead', { ahead: HOURS }],
  ['is hours behind', { ahead: -HOURS }],
  ['is set while it runs', { setBy: HOURS }],
  ['is set back while it runs', { setBy: -HOURS }],
];
/** The longest round trip on a busy machine, in ms. */
const ERROR = 2_000;

async function redisNow(): Promise<number> {
  const [seconds, microseconds] = await redis.time();
  return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
}

async function timesOf(queue: string, id: string): Promise<number[]> {
  return (
    await redis.hmget(`${prefix}:${queue}:${id}`, 'timestamp', 'processedOn', 'finishedOn')
  ).map(Number);
}

describe.each(WRONG)('a worker whose clock %s', (how, wrongClock) => {
  const name = `worker ${how}`.replace(/ /g, '-');
  const queue = context.queue(name);
  beforeAll(async () => {
    const queues = { [name]: { main: { size: 4 } } };
    const worker = startWorker({ prefix, uuid: newUuid(), queues, wrongClock });
    cleanUpLater(() => worker.end('SIGKILL'));
    await worker.event('activated');
  });

  it("Q2 starts a job before its beginBy, and stores times of Redis's clock", async () => {
    const before = await redisNow();
    const job = await queue.put(echo.job(1), { beginBy: 60_000 });
    expect(await job.wait()).toBe(1);
    const after = await redisNow();
    for (const time of await timesOf(name, job.id)) {
      expect(time).toBeGreaterThanOrEqual(before - ERROR);
      expect(time).toBeLessThanOrEqual(after);
    }
  });

  it('Q2 ends an overdue job, and not early', async () => {
    const due = (await redisNow()) + 100;
    const job = await queue.put(echo.job(1), { lane: 'nobody', beginBy: 100 });
    await expect(job.wait({ timeout: 15_000 })).rejects.toThrow('was to begin by');
    expect((await timesOf(`${name}/nobody`, job.id))[2]).toBeGreaterThanOrEqual(due);
  });

  it('Q2 starts a job when it is due, and not early', async () => {
    const due = (await redisNow()) + 200;
    const job = await queue.put(echo.job(1), { beginAfter: 200 });
    expect(await job.wait({ timeout: 15_000 })).toBe(1);
    expect((await timesOf(name, job.id))[1]).toBeGreaterThanOrEqual(due - 1);
  });
});

describe.each(WRONG)('a producer whose clock %s', (how, wrongClock) => {
  it.each([
    ['a job', false],
    ['a part', true],
  ])("Q2 puts %s whose beginAfter is a time of Redis's clock", async (what, asPart) => {
    const name = `producer ${how} ${what}`.replace(/ /g, '-');
    const before = await redisNow();
    const options = { beginAfter: 200, beginBy: 60_000 };
    const env = {
      PRODUCER_OPTIONS: JSON.stringify({ prefix, queue: name, options, asPart, wrongClock }),
    };
    const program = startProgram<string>('producer', { env });
    await program.exited;
    const put = await redisNow();
    await dispatchers.start(name);
    const id = program.messages[0] as string;
    const job = (await eventually(() => context.queue(name).get(id))) as Job;
    expect(await job.wait({ timeout: 15_000 })).toBe('put');
    expect(job.options.beginAfter).toBeGreaterThanOrEqual(before + 200);
    expect(job.options.beginAfter).toBeLessThanOrEqual(put + 200);
    expect((await timesOf(name, id))[1]).toBeGreaterThanOrEqual(
      (job.options.beginAfter ?? 0) - ERROR,
    );
  });
});

it("Q2, R1 the delay of a retry passes by Redis's clock", async () => {
  const real = Date.now;
  const runs: number[] = [];
  const again = defineTask('clocks.again', async () => {
    runs.push(await redisNow());
    if (runs.length === 1) throw new RetryableError('again');
  });
  await dispatchers.start('retries');
  try {
    Date.now = () => real() + HOURS;
    const job = await context.queue('retries').put(again.job());
    await job.wait({ timeout: 15_000 });
  } finally {
    Date.now = real;
  }
  expect(runs).toHaveLength(2);
});
