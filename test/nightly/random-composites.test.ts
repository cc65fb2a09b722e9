// Random composites in great number, and with processes that are killed: what test/integration and
// test/catastrophes do with few.
import { parallel, serial } from '@drover/composite';
import { testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';
import { underNemesis } from '../kit/random-composites/nemesis.js';
import { echo } from '../kit/tasks.js';
import { differences, randomCases } from '../kit/random-composites/run.js';
import { LANES } from '../kit/random-composites/shapes.js';

const context = testContext('random-composites-nightly');
const HOUR = 3_600_000;

it.each([
  ['parallel', parallel, 10_000],
  ['serial', serial, 5_000],
] as const)(
  'C5 a %s of many parts gives their results in order',
  async (name, compose, count) => {
    await dispatchersIn(context).start(name, { size: 50 });
    const parts = Array.from({ length: count }, (_, i) => echo.job(i));
    const job = await context.queue(name).put(compose(parts));
    expect(await job.wait()).toEqual(parts.map((_, i) => i));
  },
  HOUR,
);

it(
  'C1, C2, C3 ten thousand random composites have the right results, each job run once',
  async () => {
    await dispatchersIn(context).start('random', {
      queues: { random: { main: { size: 100, lanes: LANES } } },
    });
    expect(
      await differences(
        context.queue('random'),
        randomCases(Number(process.env['DROVER_CASES'] ?? 10_000)),
      ),
    ).toEqual([]);
    expect(await context.queue('random').length()).toBe(0);
  },
  HOUR,
);

it(
  'C1, I2, I3 a thousand random composites have the right results after a hundred kills',
  async () => {
    const cases = randomCases(Number(process.env['DROVER_CASES'] ?? 1_000));
    const worker = {
      prefix: context.prefix,
      queues: { killed: { main: { size: 20, lanes: LANES } } },
      pingInterval: 100,
      deathInterval: 1_000,
    };
    const work = differences(context.queue('killed'), cases, {
      policy: 'RetryCommonForever',
      counts: false,
      timeout: HOUR / 2,
    });
    const outcome = await underNemesis(
      { worker, workers: 3, kills: 100, pause: [50, 1_000], seed: cases.seed },
      work,
    );
    expect(outcome).toEqual({ found: [], killed: 100 });
  },
  HOUR,
);
