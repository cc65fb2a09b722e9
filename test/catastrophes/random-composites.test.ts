// Random composites give the right results while the processes that run them are killed at random.
import { testContext } from '../kit/context.js';
import { underNemesis } from '../kit/random-composites/nemesis.js';
import { differences, randomCases } from '../kit/random-composites/run.js';
import { LANES } from '../kit/random-composites/shapes.js';

const context = testContext('random-composites-killed');

it('C1, I2, I3 sixty random composites, with workers that are killed: the results are right', async () => {
  const cases = randomCases(60);
  const worker = {
    prefix: context.prefix,
    queues: { random: { main: { size: 20, lanes: LANES } } },
    pingInterval: 100,
    deathInterval: 1_000,
  };
  const work = differences(context.queue('random'), cases, {
    policy: 'RetryCommonForever',
    counts: false,
  });
  const { found, killed } = await underNemesis(
    { worker, workers: 2, kills: 12, pause: [50, 500], seed: cases.seed },
    work,
  );
  expect(found).toEqual([]);
  expect(killed).toBeGreaterThan(0);
  // A worker that was killed at the very end holds its interrupts until somebody finds it dead,
  // though the jobs have ended meanwhile.
  const left = await context.queue('random').jobs({ status: ['new', 'active', 'callbacks'] });
  expect(left.filter(({ task }) => task !== 'drover.handleInterrupt')).toEqual([]);
}, 240_000);
