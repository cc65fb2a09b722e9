// Random composites have the results of an evaluation in memory, and each of their jobs runs once.
// test/nightly has ten thousand of them.
import { testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';
import { randomCount } from '../kit/nightly.js';
import { closedPacks } from '../kit/packs.js';
import { differences, randomCases } from '../kit/random-composites/run.js';
import { LANES } from '../kit/random-composites/shapes.js';

const context = testContext('random-composites');

it('C1, C2, C3 random composites have the right results, and each of their jobs runs once', async () => {
  await dispatchersIn(context).start('random', {
    queues: { random: { main: { size: 100, lanes: LANES } } },
  });
  expect(await differences(context.queue('random'), randomCases(randomCount(200)))).toEqual([]);
  expect(await context.queue('random').length()).toBe(0);
  expect(await context.queue('random').jobs({ status: ['new', 'active', 'callbacks'] })).toEqual(
    [],
  );
  // Without packs that end as packs it would say nothing about them. Those of a parallel are run as
  // packs where jobs are short, which they may never be on a busy machine.
  const packs = async () => await closedPacks(context, 'random');
  for (let more = 1; more <= 5 && (await packs()).parallels === 0; more++)
    expect(await differences(context.queue('random'), randomCases(20, more))).toEqual([]);
  expect((await packs()).serials).toBeGreaterThan(0);
}, 240_000);
