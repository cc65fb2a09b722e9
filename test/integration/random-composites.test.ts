// Random composites give what their evaluation in memory gives, and each of their jobs runs once.
// Ten thousand of them: test/nightly.
import { testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';
import { differences, randomCases } from '../kit/random-composites/run.js';
import { LANES } from '../kit/random-composites/shapes.js';

const context = testContext('random-composites');

it('C1, C2, C3 two hundred random composites: the results are right, and each job ran once', async () => {
  await dispatchersIn(context).start('random', {
    queues: { random: { main: { size: 100, lanes: LANES } } },
  });
  expect(await differences(context.queue('random'), randomCases(200))).toEqual([]);
  expect(await context.queue('random').length()).toBe(0);
  expect(await context.queue('random').jobs({ status: ['new', 'active', 'callbacks'] })).toEqual(
    [],
  );
}, 240_000);
