// Random composites have the right results while the processes that run them are killed at random.
import { testContext } from '../kit/context.js';
import { randomCount } from '../kit/nightly.js';
import { packClaims } from '../kit/packs.js';
import { underNemesis } from '../kit/random-composites/nemesis.js';
import { differences, randomCases } from '../kit/random-composites/run.js';
import { LANES } from '../kit/random-composites/shapes.js';
import { eventually } from '../kit/wait.js';

const context = testContext('random-composites-killed');

it('C1, I2, I3 random composites have the right results while workers are killed', async () => {
  const cases = randomCases(randomCount(60));
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
    { worker, workers: 2, kills: randomCount(12), pause: [50, 500], seed: cases.seed },
    work,
  );
  expect(found).toEqual([]);
  expect(killed).toBeGreaterThan(0);
  expect((await packClaims(context, 'random')).size).toBeGreaterThan(0);
  // A composite that a part has stopped ends before the children that have begun (C2). These may
  // have been held by the last worker that was killed, and end when it is found dead.
  const left = async () =>
    (await context.queue('random').jobs({ status: ['new', 'active', 'callbacks'] })).length;
  await eventually(async () => (await left()) === 0);
}, 240_000);
